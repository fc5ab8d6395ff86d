import type { Text } from '@vivarium/labs/text';
import { useTranslation } from 'react-i18next';
import type { Branch } from '../branch.ts';
import { useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './inspector.module.css';

/** What the scenario last said at or before the step; null where it has said nothing yet. */
function narrationAt(
  branch: Pick<Branch, 'records'>,
  cursor: number,
): { readonly n: number; readonly text: Text } | null {
  for (let n = Math.min(cursor, branch.records.length); n > 0; n -= 1) {
    const text = branch.records[n - 1]?.narration;
    if (text != null) return { n, text };
  }
  return null;
}

/** Which step it is, what happened in it, and what the lesson says of it. */
export function Narration() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const cursor = useLab((lab) => lab.cursor);
  const branch = useLab((lab) => lab.branch);
  const opening = useLab((lab) => lab.opening ?? lab.info.purpose);
  const isFree = useLab((lab) => lab.info.kind === 'free');
  const record = branch.records[cursor - 1];
  const narration = narrationAt(branch, cursor);
  return (
    <section className={styles.narration} aria-label={t('narration.label')}>
      <h2>
        <span className={styles.step}>{t('narration.step', { n: cursor })}</span>
        {record === undefined ? t('narration.begin') : say(record.sentence)}
      </h2>
      <p>{say(narration?.text ?? opening)}</p>
      {cursor === branch.records.length && branch.end !== 'limit' && (
        <p className={styles.end}>
          {t(isFree && branch.end === 'over' ? 'narration.yours' : `narration.${branch.end}`)}
        </p>
      )}
    </section>
  );
}

/** Says the sentence of each step to who does not see it. */
export function StepAnnouncer() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const playing = useLab((lab) => lab.playing);
  const cursor = useLab((lab) => lab.cursor);
  const record = useLab((lab) => lab.branch.records[lab.cursor - 1]);
  return (
    <p className="visually-hidden" aria-live={playing ? 'off' : 'polite'}>
      {record === undefined ? '' : t('narration.announced', { n: cursor, sentence: say(record.sentence) })}
    </p>
  );
}
