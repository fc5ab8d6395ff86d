import { useTranslation } from 'react-i18next';
import { useLab } from '../lab-store.ts';
import { Inbox } from '../stage/inbox.tsx';
import { Goals } from './goals.tsx';
import styles from './inspector.module.css';
import { Invariants } from './invariants.tsx';
import { Narration } from './narration.tsx';
import { Predictions } from './predictions.tsx';

/** Beside the stage: what happened, what is under way, what holds. */
export function LabInspector() {
  const { t } = useTranslation('labs');
  const isFree = useLab(({ info }) => info.goals.length > 0);
  return (
    <aside className={styles.inspector} aria-label={t('narration.label')}>
      <Narration />
      {isFree && <Goals />}
      <Inbox />
      <Invariants />
      <Predictions />
    </aside>
  );
}
