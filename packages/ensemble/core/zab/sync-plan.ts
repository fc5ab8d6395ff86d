/** How a leader brings a learner up to date (Java `LearnerHandler.syncFollower`). A pure decision, so that it can be tested whole. */
import { counterOf, epochOf } from '@vivarium/shared/zxid';
import type { LoggedTxn } from '../io.ts';

export type SyncPlan =
  /** Send what is missing. `target` is the zxid that the DIFF packet names. */
  | { readonly mode: 'DIFF'; readonly target: bigint; readonly txns: readonly LoggedTxn[] }
  /** Let the learner cut its log behind `target`, then send what is missing. */
  | { readonly mode: 'TRUNC'; readonly target: bigint; readonly txns: readonly LoggedTxn[] }
  | { readonly mode: 'SNAP'; readonly target: bigint };

/**
 * `recent`: the leader's newest committed transactions, oldest first, without a gap up to its last one. `lastZxid`: the
 * zxid its tree is at. `peerZxid`: the last one in the learner's log.
 */
export function planSync(recent: readonly LoggedTxn[], lastZxid: bigint, peerZxid: bigint): SyncPlan {
  if (peerZxid === lastZxid) return { mode: 'DIFF', target: peerZxid, txns: [] };
  const min = recent[0]?.zxid ?? lastZxid;
  const max = recent.at(-1)?.zxid ?? lastZxid;
  // A learner that led an epoch without a transaction reports the epoch's first zxid, which no log holds.
  const peerAtEpochStart = counterOf(peerZxid) === 0;
  if (peerZxid > max) {
    return peerAtEpochStart ? { mode: 'SNAP', target: lastZxid } : { mode: 'TRUNC', target: max, txns: [] };
  }
  if (peerZxid < min) return { mode: 'SNAP', target: lastZxid };

  const next = recent.findIndex((txn) => txn.zxid > peerZxid);
  const txns = next < 0 ? [] : recent.slice(next);
  const previous = next < 0 ? recent.at(-1) : recent[next - 1];
  if (previous?.zxid === peerZxid || peerAtEpochStart) return { mode: 'DIFF', target: max, txns };
  // The learner's last transaction is not ours. Cutting back over an epoch's border would trust a log that an older
  // leader wrote: only within the epoch is what stands before it surely the same.
  const following = recent[next];
  if (previous === undefined || following === undefined || epochOf(following.zxid) !== epochOf(peerZxid)) {
    return { mode: 'SNAP', target: lastZxid };
  }
  return { mode: 'TRUNC', target: previous.zxid, txns };
}
