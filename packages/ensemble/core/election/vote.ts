import type { PeerState, TracedVote } from '@vivarium/shared/cluster-event';
import { formatHex } from '@vivarium/shared/zxid';
import { type Notification, ServerState } from '@vivarium/wire/election';

/** Whom a server wants as leader, and that server's standing (Java `Vote`). */
export interface Vote {
  readonly leader: bigint;
  readonly zxid: bigint;
  readonly peerEpoch: bigint;
  readonly electionEpoch: bigint;
  readonly state: number;
  /** Version of the message that brought it; 0 from very old servers, which count rounds in their own way. */
  readonly version: number;
}

/** What observers vote for: nobody can lose against it. */
export const LONG_MIN = -(1n << 63n);

/** Whether the first candidate is better: peer epoch, then zxid, then sid (Java `totalOrderPredicate`). */
export function isBetter(
  a: Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>,
  b: Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>,
): boolean {
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  return a.leader > b.leader;
}

/** Whether two votes are for the same thing (Java `Vote.equals`): settled servers may remember other zxids and rounds. */
export function isSameVote(a: Vote, b: Vote): boolean {
  if (a.leader !== b.leader) return false;
  if (a.state === ServerState.LOOKING || b.state === ServerState.LOOKING) {
    return a.zxid === b.zxid && a.electionEpoch === b.electionEpoch && a.peerEpoch === b.peerEpoch;
  }
  if (a.version > 0 !== b.version > 0) return true;
  return a.peerEpoch === b.peerEpoch;
}

/** The vote in a notification. */
export function voteOf(notification: Notification): Vote {
  const { leader, zxid, peerEpoch, electionEpoch, state, version } = notification;
  return { leader, zxid, peerEpoch, electionEpoch, state, version };
}

const STATE_NAMES: readonly PeerState[] = ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'];

/** The vote as events show it. */
export function tracedVote(vote: Omit<Vote, 'version'>): TracedVote {
  return {
    leader: Number(vote.leader),
    zxid: formatHex(vote.zxid),
    peerEpoch: Number(vote.peerEpoch),
    electionEpoch: Number(vote.electionEpoch),
    state: STATE_NAMES[vote.state] ?? 'LOOKING',
  };
}
