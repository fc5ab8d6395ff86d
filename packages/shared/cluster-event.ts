/**
 * What happens in a cluster, one vocabulary for live, recorded and simulated sources alike: servers trace it, tests check
 * it, browsers draw it. zxids and session ids are 64-bit hex strings (`0x…`), so that an event is plain JSON.
 */

/** The version of this vocabulary; it rises with every change that an older reader would misread. */
export const CLUSTER_EVENT_VERSION = 1;

/** State of a server as its election sees it. */
export type PeerState = 'LOOKING' | 'FOLLOWING' | 'LEADING' | 'OBSERVING';

/** Phase of ZAB that a server is in (Java `QuorumPeer.ZabState`). */
export type ZabPhase = 'ELECTION' | 'DISCOVERY' | 'SYNCHRONIZATION' | 'BROADCAST';

export type HexString = string;

/** A vote as an election compares it: epoch, then zxid, then sid. */
export interface TracedVote {
  readonly leader: number;
  readonly zxid: HexString;
  readonly peerEpoch: number;
  readonly electionEpoch: number;
  readonly state: PeerState;
}

export type ClusterEventBody =
  | {
      readonly kind: 'stateChanged';
      readonly state: PeerState;
      readonly phase: ZabPhase;
      readonly epoch: number;
      readonly leader: number | null;
    }
  | { readonly kind: 'voteSent'; readonly to: number; readonly vote: TracedVote }
  | { readonly kind: 'voteReceived'; readonly from: number; readonly vote: TracedVote }
  | { readonly kind: 'electionWon'; readonly leader: number; readonly electionEpoch: number }
  | {
      readonly kind: 'packetSent';
      readonly to: number;
      readonly packet: string;
      readonly zxid: HexString;
      readonly queueLength: number;
    }
  | { readonly kind: 'packetReceived'; readonly from: number; readonly packet: string; readonly zxid: HexString }
  | {
      readonly kind: 'proposed';
      readonly zxid: HexString;
      readonly operation: string;
      readonly path: string | null;
      readonly session: HexString;
    }
  | { readonly kind: 'logged'; readonly zxid: HexString }
  | { readonly kind: 'acked'; readonly zxid: HexString; readonly by: number }
  | { readonly kind: 'committed'; readonly zxid: HexString }
  | {
      readonly kind: 'applied';
      readonly zxid: HexString;
      readonly operation: string;
      readonly path: string | null;
      readonly error: number;
    }
  | {
      readonly kind: 'synchronised';
      readonly learner: number;
      readonly mode: 'DIFF' | 'TRUNC' | 'SNAP';
      readonly from: HexString;
      readonly to: HexString;
      readonly txns: number;
    }
  | { readonly kind: 'clientConnected'; readonly client: number; readonly address: string; readonly session: HexString }
  | {
      readonly kind: 'clientClosed';
      readonly client: number;
      readonly session: HexString | null;
      readonly reason: string;
    }
  | { readonly kind: 'sessionCreated'; readonly session: HexString; readonly timeoutMs: number }
  | { readonly kind: 'sessionClosed'; readonly session: HexString; readonly expired: boolean }
  | { readonly kind: 'watchSet'; readonly session: HexString; readonly path: string; readonly watch: 'data' | 'child' }
  | { readonly kind: 'watchFired'; readonly session: HexString; readonly path: string; readonly type: number }
  | { readonly kind: 'warning'; readonly code: string; readonly detail: string }
  /** Events that were not sent because the receiver was too slow: a count, never a gap in silence. */
  | { readonly kind: 'dropped'; readonly count: number };

/** One event of one server. `at` is the server's monotonic clock in ms, `wallMs` its wall clock. */
export interface ClusterEvent {
  readonly sid: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly wallMs: number;
  readonly body: ClusterEventBody;
}
