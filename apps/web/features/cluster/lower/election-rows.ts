/** The table of an election in words: what each voter did, and why. */
import type { ElectionView, VoteStep } from '@vivarium/shared/cluster-state';
import { formatZxid } from '../../../components/format.ts';
import type { Sentence } from '../inspector/election-facts.ts';

/** What a voter did in a step of an election. */
export function stepSentence(
  { step, from, voter, vote, because }: VoteStep,
  { cause, leader }: Pick<ElectionView, 'cause' | 'leader'>,
): Sentence {
  // Whoever finds a leader gives up its own vote for it, and tells nobody.
  if (step === 'decides' && cause.kind === 'rejoined' && leader !== null && leader !== vote.leader) {
    return { key: 'rounds.step.joins', params: { sid: leader } };
  }
  // Another vote that it heard from nobody: it was started again meanwhile.
  if (step === 'starts' || (step === 'hears' && from === null)) {
    const key = vote.leader === voter ? 'rounds.step.starts' : 'rounds.step.startsOther';
    return { key, params: { sid: vote.leader } };
  }
  const shown = step === 'keeps' && because === 'equal' ? 'agrees' : step;
  return { key: `rounds.step.${shown}`, params: { from: from ?? '?' } };
}

/** Which comparison decided a step; null where nothing was compared. */
export function whySentence(
  { step, heard, because, vote }: VoteStep,
  before: VoteStep['vote'] | null,
): Sentence | null {
  if (heard === null) return null;
  if (step === 'answered') return { key: 'rounds.why.settled', params: { sid: heard.leader } };
  if (because === null) return null;
  if (because === 'equal') return { key: 'rounds.why.equal', params: {} };
  // A voter that takes a vote holds it after the step; what it was compared with is the vote that it had before.
  const [better, worse] = step === 'keeps' ? [vote, heard] : [heard, before ?? vote];
  const part = (of: VoteStep['vote']) =>
    because === 'epoch' ? of.peerEpoch : because === 'sid' ? of.leader : formatZxid(of.zxid);
  return { key: `rounds.why.${because}`, params: { better: part(better), worse: part(worse) } };
}

/** The vote that the voter of a step held before it; null where it had none. */
export function voteBefore(steps: readonly VoteStep[], index: number): VoteStep['vote'] | null {
  const voter = steps[index]?.voter;
  for (let i = index - 1; i >= 0; i--) {
    const step = steps[i];
    if (step !== undefined && step.voter === voter) return step.vote;
  }
  return null;
}

/** The voters whose votes an election was decided with; all that voted for the leader. */
export function electorsOf({ leader, votes, voters }: ElectionView): readonly number[] {
  return voters.filter((sid) => votes[sid] !== undefined && votes[sid].leader === leader);
}
