/** What every protocol of atomic commitment promises of its outcome, by what each node has decided. */
import type { Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Invariant, Judgement } from '../protocol.ts';
import type { Text } from '../text.ts';
import { type Decision, workOf } from './machine.ts';

/** What a node has come to, by its memory or, while it is down, by its log. */
export interface Outcome {
  readonly id: NodeId;
  readonly decision: Decision | null;
  /** What is in its books; null for a coordinator, which has none. */
  readonly value: number | null;
}

export const kept = (en: string, zh: string): Judgement => ({ holds: true, reason: { en, zh } });
export const broken = (reason: Text): Judgement => ({ holds: false, reason });
export const silent = (en: string, zh: string): Judgement => ({ holds: null, reason: { en, zh } });

/** Names in a row, as either language writes them. */
export function names(nodes: readonly string[]): Text {
  return { en: nodes.join(', '), zh: nodes.join('、') };
}

/** Who has decided so. */
export function decided(outcomes: readonly Outcome[], decision: Decision): readonly NodeId[] {
  return outcomes.filter((outcome) => outcome.decision === decision).map(({ id }) => id);
}

interface Flips {
  readonly decisions: Readonly<Record<NodeId, Decision>>;
  readonly flipped: Text | null;
}

/** No COMMIT beside ABORT; no decision changes; every change is made exactly once or not at all. */
export function outcomeInvariants<State, Message, Disk>(
  read: (moment: Moment<State, Message, Disk>) => readonly Outcome[],
): Readonly<Record<'atomic' | 'steady' | 'once', Invariant<State, Message, Disk>>> {
  return {
    atomic: {
      id: 'atomic',
      title: { en: 'No COMMIT beside ABORT', zh: 'COMMIT 与 ABORT 不并存' },
      judge: (moment) => ({ judgement: judgeAtomic(read(moment)), memory: null }),
    },
    steady: {
      id: 'steady',
      title: { en: 'A decision never changes', zh: '决定不可更改' },
      judge(moment, memory) {
        const next = watch((memory as Flips | null) ?? { decisions: {}, flipped: null }, read(moment));
        const who = names(Object.keys(next.decisions));
        if (next.flipped !== null) return { judgement: broken(next.flipped), memory: next };
        if (who.en === '') return { judgement: silent('Nobody has decided yet.', '还没有人作出决定。'), memory: next };
        return { judgement: kept(`Decided for good: ${who.en}.`, `已作出最终决定：${who.zh}。`), memory: next };
      },
    },
    once: {
      id: 'once',
      title: { en: 'Every change is made exactly once, or not at all', zh: '每项修改恰好做一次，或完全不做' },
      judge: (moment) => ({ judgement: judgeOnce(read(moment)), memory: null }),
    },
  };
}

function judgeAtomic(outcomes: readonly Outcome[]): Judgement {
  const committed = decided(outcomes, 'COMMIT');
  const aborted = decided(outcomes, 'ABORT');
  const [c, a] = [names(committed), names(aborted)];
  if (committed.length > 0 && aborted.length > 0) {
    return broken({
      en: `COMMIT on ${c.en}, ABORT on ${a.en}: half of T1 has happened.`,
      zh: `${c.zh} 是 COMMIT，${a.zh} 却是 ABORT：T1 只发生了一半。`,
    });
  }
  if (committed.length > 0)
    return kept(`All that is decided is COMMIT: ${c.en}.`, `已作出的决定都是 COMMIT：${c.zh}。`);
  if (aborted.length > 0) return kept(`All that is decided is ABORT: ${a.en}.`, `已作出的决定都是 ABORT：${a.zh}。`);
  return silent('Nobody has decided yet.', '还没有人作出决定。');
}

function watch(before: Flips, outcomes: readonly Outcome[]): Flips {
  const decisions: Record<NodeId, Decision> = { ...before.decisions };
  let { flipped } = before;
  for (const { id, decision } of outcomes) {
    const was = decisions[id];
    if (was !== undefined && was !== decision) {
      flipped ??= {
        en: `${id} had decided ${was}, ${decision === null ? 'and no longer knows it' : `then ${decision}`}.`,
        zh: `${id} 先决定了 ${was}，${decision === null ? '后来却不记得了' : `后来又变成 ${decision}`}。`,
      };
    } else if (decision !== null) decisions[id] = decision;
  }
  return { decisions, flipped };
}

function judgeOnce(outcomes: readonly Outcome[]): Judgement {
  for (const { id, decision, value } of outcomes) {
    const { key, start, add } = workOf(id);
    const expected = decision === 'COMMIT' ? start + add : start;
    if (value === null || value === expected) continue;
    return broken({
      en: `${id} ${decision === 'COMMIT' ? 'has committed' : 'has not committed'}, so ${key} should be ${expected}, but it is ${value}.`,
      zh: `${id} ${decision === 'COMMIT' ? '已提交' : '没有提交'}，${key} 应为 ${expected}，实际却是 ${value}。`,
    });
  }
  const now = names(outcomes.flatMap(({ id, value }) => (value === null ? [] : [`${workOf(id).key} = ${value}`])));
  return kept(`${now.en}.`, `${now.zh}。`);
}
