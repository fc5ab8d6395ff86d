/** Which question is asked at a moment, and which answer is being shown to be right or wrong. */
import type { Ask } from '@vivarium/labs/history';
import { type Answer, answerKey, askAt, type Lab } from '../lab-state.ts';

/** For how many steps behind it the outcome of a question stays beside the stage. */
const SHOWN_STEPS = 2;

type Asked = Pick<Lab, 'branches' | 'branch' | 'answers' | 'cursor'>;

export type QuestionState =
  /** `settled`: the one before it, where the step that asks this one has settled that one. */
  | { readonly kind: 'open'; readonly ask: Ask; readonly settled: Settled | null }
  /** Answered, and what comes true is still ahead. */
  | { readonly kind: 'waiting'; readonly ask: Ask; readonly answer: Answer }
  | ({ readonly kind: 'settled' } & Settled);

interface Settled {
  readonly ask: Ask;
  readonly answer: Answer;
}

/** What the bar under the stage is about; null where there is nothing to ask or to tell. */
export function questionState(lab: Asked): QuestionState | null {
  const open = askAt(lab, lab.cursor);
  const { cursor } = lab;
  const answerTo = (ask: Ask) => lab.answers[answerKey(lab.branches, lab.branch, ask)];
  if (open !== null) {
    const last = lab.branch.asks.findLast((ask) => ask.settledAt === cursor && answerTo(ask) !== undefined);
    const answer = last === undefined ? undefined : answerTo(last);
    return {
      kind: 'open',
      ask: open,
      settled: last === undefined || answer === undefined ? null : { ask: last, answer },
    };
  }
  for (const ask of lab.branch.asks.toReversed()) {
    const answer = answerTo(ask);
    if (answer === undefined || ask.before > cursor) continue;
    if (cursor < ask.settledAt) return { kind: 'waiting', ask, answer };
    if (cursor <= ask.settledAt + SHOWN_STEPS) return { kind: 'settled', ask, answer };
  }
  return null;
}

/** A question that was passed, with what was said. */
export interface Prediction {
  readonly ask: Ask;
  readonly answer: Answer;
  /** Null where it was skipped, or where what is true has not been shown yet. */
  readonly isRight: boolean | null;
  readonly isSettled: boolean;
}

/** The questions of the shown history that were answered or skipped, in their order. */
export function predictions(lab: Omit<Asked, 'cursor'>): readonly Prediction[] {
  return lab.branch.asks.flatMap((ask) => {
    const answer = lab.answers[answerKey(lab.branches, lab.branch, ask)];
    if (answer === undefined) return [];
    const isSettled = ask.settledAt <= lab.branch.seen;
    const isRight = isSettled && answer.option !== null ? answer.option === ask.truth : null;
    return [{ ask, answer, isRight, isSettled }];
  });
}

/** How many of the settled predictions were right. */
export function score(all: readonly Prediction[]): { readonly right: number; readonly answered: number } {
  const judged = all.filter(({ isRight }) => isRight !== null);
  return { right: judged.filter(({ isRight }) => isRight).length, answered: judged.length };
}
