import { ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Menu, type MenuEntry } from '../../../components/menu.tsx';
import { useLabPlaces } from '../lab-route.ts';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './lab-summary.module.css';

/** The lesson that is open, and the others of its protocol. */
export function LessonMenu() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const { go } = useLabPlaces();
  const { info, scenarios, seed } = useLab(useShallow(({ info, scenarios, seed }) => ({ info, scenarios, seed })));
  const entries: readonly MenuEntry[] = [
    ...scenarios.map((scenario) => ({
      kind: 'item' as const,
      key: scenario.id,
      label: say(scenario.title),
      note: t(`kind.${scenario.kind}`),
      checked: scenario.id === info.id,
      onSelect: () => go({ scenario: scenario.id, link: null, goals: false }),
    })),
    { kind: 'separator', key: 'between' },
    {
      kind: 'item',
      key: 'all',
      label: t('catalog.all'),
      onSelect: () => go({ scenario: null, link: null, goals: false }),
    },
  ];
  return (
    <Menu
      label={t('header.lessons')}
      entries={entries}
      trigger={
        <button type="button" className={styles.switcher}>
          <b>{say(info.title)}</b>
          <span className={styles.about}>{t('header.seedOf', { seed })}</span>
          <ChevronDown className={styles.chevron} size={14} strokeWidth={1.5} aria-hidden />
        </button>
      }
    />
  );
}
