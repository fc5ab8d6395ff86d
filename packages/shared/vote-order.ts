import type { TracedVote } from './cluster-event.ts';
import type { VoteReason } from './cluster-state.ts';
import { compareHex } from './zxid.ts';

/**
 * Compares two votes from left to right: epoch, zxid, sid (Java `FastLeaderElection.totalOrderPredicate`). `order` is
 * positive where `a` is the better one; `by` is what decided.
 */
export function compareVotes(a: TracedVote, b: TracedVote): { readonly order: number; readonly by: VoteReason } {
  if (a.peerEpoch !== b.peerEpoch) return { order: a.peerEpoch - b.peerEpoch, by: 'epoch' };
  const order = compareHex(a.zxid, b.zxid);
  if (order !== 0) return { order, by: 'zxid' };
  return a.leader === b.leader ? { order: 0, by: 'equal' } : { order: a.leader - b.leader, by: 'sid' };
}
