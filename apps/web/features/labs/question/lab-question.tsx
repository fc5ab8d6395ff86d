import type { Ask } from '@vivarium/labs/history';
import { Check, CircleDashed, X } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../../../components/button.tsx';
import { classNames } from '../../../components/class-names.ts';
import { keepFocus } from '../keep-focus.ts';
import type { Answer } from '../lab-state.ts';
import { lab, useLab } from '../lab-store.ts';
import { useSay } from '../use-say.ts';
import styles from './lab-question.module.css';
import { predictions, questionState, score } from './question-state.ts';

const OUTCOME = 'lab-outcome';

/** Under the stage: what will happen next? And then, whether that was right, and why. Nothing between the questions. */
export function LabQuestion() {
  const asked = useLab(useShallow(({ branches, branch, answers, cursor }) => ({ branches, branch, answers, cursor })));
  const state = questionState(asked);
  if (state === null) return null;
  const { ask } = state;
  const key = `${asked.branch.id} ${ask.id}`;
  return state.kind === 'open' ? (
    <>
      {state.settled !== null && <Outcome ask={state.settled.ask} answer={state.settled.answer} isSettled />}
      <OpenQuestion key={key} ask={ask} />
    </>
  ) : (
    <Outcome ask={ask} answer={state.answer} isSettled={state.kind === 'settled'} />
  );
}

function OpenQuestion({ ask }: { readonly ask: Ask }) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const name = useId();
  const form = useRef<HTMLFormElement>(null);
  const [option, setOption] = useState<string | null>(null);
  const nudges = useLab((state) => state.nudges);
  const firstNudge = useRef(nudges);
  // Who tries to go on is led to the question.
  useEffect(() => {
    if (nudges === firstNudge.current) return;
    form.current?.querySelector('input')?.focus();
  }, [nudges]);
  const outcome = () => document.getElementById(OUTCOME);
  const answer = (of: string | null) => void keepFocus(outcome, () => lab.answer(ask, of));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (option !== null) answer(option);
  };
  return (
    <form ref={form} className={styles.ask} onSubmit={submit} aria-label={t('question.label')}>
      <h2 id={`${name}-question`}>
        <span className={styles.before}>{t('question.before')}</span>
        {say(ask.question)}
      </h2>
      <div
        className={classNames(styles.options, ask.options.length === 3 && styles.three)}
        role="radiogroup"
        aria-labelledby={`${name}-question`}
      >
        {ask.options.map(({ id, text }) => (
          <label key={id} className={styles.option}>
            <input type="radio" name={name} value={id} checked={option === id} onChange={() => setOption(id)} />
            <span>{say(text)}</span>
          </label>
        ))}
      </div>
      <div className={styles.go}>
        <Button type="submit" variant="primary" disabled={option === null}>
          {t('question.submit')}
        </Button>
        <Button variant="quiet" onClick={() => answer(null)}>
          {t('question.skip')}
        </Button>
      </div>
    </form>
  );
}

function Outcome({
  ask,
  answer,
  isSettled,
}: {
  readonly ask: Ask;
  readonly answer: Answer;
  readonly isSettled: boolean;
}) {
  const { t } = useTranslation('labs');
  const say = useSay();
  const asked = useLab(useShallow(({ branches, branch, answers }) => ({ branches, branch, answers })));
  const textOf = (option: string | null) => {
    const offer = ask.options.find(({ id }) => id === option);
    return offer === undefined ? '' : say(offer.text);
  };
  const isRight = answer.option === ask.truth;
  const verdict = !isSettled ? 'waiting' : answer.option === null ? 'skipped' : isRight ? 'right' : 'wrong';
  if (verdict === 'waiting' && answer.option === null) return null;
  const { right, answered } = score(predictions(asked));
  return (
    <section
      id={OUTCOME}
      className={classNames(styles.outcome, styles[verdict])}
      aria-label={t('question.label')}
      tabIndex={-1}
    >
      <p className={styles.verdict} role="status">
        {verdict === 'right' && <Check size={16} strokeWidth={2} aria-hidden />}
        {verdict === 'wrong' && <X size={16} strokeWidth={2} aria-hidden />}
        {verdict === 'waiting' && <CircleDashed size={16} strokeWidth={1.5} aria-hidden />}
        <b>{t(`question.${verdict}`)}</b>
      </p>
      <div className={styles.why}>
        {verdict === 'waiting' ? (
          <p>{t('question.yours', { option: textOf(answer.option) })}</p>
        ) : (
          <>
            <p>
              {verdict === 'wrong' && (
                <span className={styles.yours}>{t('question.yours', { option: textOf(answer.option) })} </span>
              )}
              {t('question.truth', { option: textOf(ask.truth) })}
            </p>
            <p>{say(ask.because)}</p>
          </>
        )}
      </div>
      {answered > 0 && verdict !== 'waiting' && (
        <span className={styles.score}>{t('question.score', { right, answered })}</span>
      )}
    </section>
  );
}
