import { Check, CircleDashed, Minus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Panel } from '../../../components/panel.tsx';
import { lab, useLab } from '../lab-store.ts';
import { type Prediction, predictions, score } from '../question/question-state.ts';
import { useSay } from '../use-say.ts';
import styles from './inspector.module.css';

/** What was predicted so far, and how much of it was right. */
export function Predictions() {
  const { t } = useTranslation('labs');
  const say = useSay();
  const asked = useLab(useShallow(({ branches, branch, answers }) => ({ branches, branch, answers })));
  const all = predictions(asked);
  if (asked.branch.asks.length === 0) return null;
  const { right, answered } = score(all);
  return (
    <Panel
      title={t('predictions.title')}
      aside={
        answered > 0
          ? t('question.score', { right, answered })
          : t('predictions.ahead', { count: asked.branch.asks.length })
      }
    >
      <ol className={styles.predictions}>
        {all.map((prediction) => (
          <li key={prediction.ask.id}>
            <Mark prediction={prediction} />
            <button type="button" onClick={() => lab.seek(prediction.ask.before - 1)}>
              {say(prediction.ask.question)}
            </button>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Mark({ prediction: { isRight, isSettled } }: { readonly prediction: Prediction }) {
  const { t } = useTranslation('labs');
  if (isRight === true) {
    return <Check className={styles.kept} size={16} strokeWidth={1.75} role="img" aria-label={t('question.right')} />;
  }
  if (isRight === false) {
    return <X className={styles.broken} size={16} strokeWidth={1.75} role="img" aria-label={t('question.wrong')} />;
  }
  return isSettled ? (
    <Minus className={styles.silent} size={16} strokeWidth={1.75} role="img" aria-label={t('question.skipped')} />
  ) : (
    <CircleDashed className={styles.silent} size={16} strokeWidth={1.5} role="img" aria-label={t('question.waiting')} />
  );
}
