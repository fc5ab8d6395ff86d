/** What lies below the stage: space–time diagram, journal, table of states and branches, as tabs. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Tab, Tabs } from '../../../components/tabs.tsx';
import { useLab } from '../lab-store.ts';
import { BranchesView } from './branches-view.tsx';
import { HistoryDrop } from './history-drop.tsx';
import { Journal } from './journal.tsx';
import { PictureMenu } from './picture-menu.tsx';
import { SpaceTimeTab } from './space-time-tab.tsx';
import { StateTable } from './state-table.tsx';
import styles from './views.module.css';

type LowerTab = 'spaceTime' | 'journal' | 'table' | 'branches';

/** Fills the height that it is given. */
export function LabLower() {
  const { t } = useTranslation('labsViews');
  const [value, setValue] = useState<LowerTab>('spaceTime');
  const cursor = useLab((state) => state.cursor);
  const branches = useLab((state) => state.branches.length);
  const tabs: readonly Tab<LowerTab>[] = [
    { value: 'spaceTime', label: t('tabs.spaceTime'), content: <SpaceTimeTab /> },
    { value: 'journal', label: t('tabs.journal'), count: cursor, content: <Journal /> },
    { value: 'table', label: t('tabs.table'), content: <StateTable /> },
    { value: 'branches', label: t('tabs.branches'), count: branches, content: <BranchesView /> },
  ];
  return (
    <section className={styles.lower} aria-label={t('tabs.label')}>
      <Tabs
        label={t('tabs.label')}
        value={value}
        tabs={tabs}
        onChange={setValue}
        end={<PictureMenu />}
        className={styles.tabs}
      />
      <HistoryDrop />
    </section>
  );
}
