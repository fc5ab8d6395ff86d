import { useTranslation } from 'react-i18next';
import { Inbox } from '../inbox/inbox.tsx';
import { useLabPlaces } from '../lab-route.ts';
import { Goals } from './goals.tsx';
import styles from './inspector.module.css';
import { Invariants } from './invariants.tsx';
import { Narration } from './narration.tsx';
import { Predictions } from './predictions.tsx';

/** Beside the stage: what happened, what is under way, what holds. */
export function LabInspector() {
  const { t } = useTranslation('labs');
  const { route } = useLabPlaces();
  return (
    <aside className={styles.inspector} aria-label={t('narration.label')}>
      <Narration />
      {route.goals && <Goals />}
      <Inbox />
      <Invariants />
      <Predictions />
    </aside>
  );
}
