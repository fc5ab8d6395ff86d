import type { LinkFault } from './link-fault.ts';

/**
 * What happens in a cluster, one vocabulary for live, recorded and simulated sources alike: servers trace it, tests check
 * it, browsers draw it. zxids and session ids are 64-bit hex strings (`0x…`), so that an event is plain JSON.
 */

/** The version of this vocabulary; it rises with every change that an older reader would misread. */
export const CLUSTER_EVENT_VERSION = 4;

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

/** What a transaction did to one znode; `version` is the data's or the ACL's after it, -1 where the node is gone. */
export interface ZnodeChange {
  readonly path: string;
  readonly change: 'created' | 'dataChanged' | 'deleted' | 'aclChanged';
  readonly version: number;
}

/** What the operating system's process of a hosted server does; `killed` on request, `died` by itself. */
export type ProcessState = 'starting' | 'running' | 'paused' | 'stopping' | 'stopped' | 'killed' | 'died';

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
      readonly cxid: number;
      /** Length of the transaction in the log. */
      readonly bytes: number;
    }
  | { readonly kind: 'logged'; readonly zxid: HexString }
  | { readonly kind: 'acked'; readonly zxid: HexString; readonly by: number }
  | { readonly kind: 'committed'; readonly zxid: HexString }
  | {
      readonly kind: 'applied';
      readonly zxid: HexString;
      readonly operation: string;
      readonly path: string | null;
      readonly session: HexString;
      readonly cxid: number;
      readonly error: number;
      /** The znodes that it changed, `MAX_TRACED_CHANGES` at most. */
      readonly changes: readonly ZnodeChange[];
      /** How many more it changed. */
      readonly moreChanges: number;
    }
  /** A write of a client came in; `proposed` and `replied` name the same session and cxid. */
  | {
      readonly kind: 'writeRequested';
      readonly session: HexString;
      readonly cxid: number;
      readonly operation: string;
      readonly path: string | null;
    }
  /** The answer to a write went out. */
  | {
      readonly kind: 'writeReplied';
      readonly session: HexString;
      readonly cxid: number;
      readonly zxid: HexString;
      readonly error: number;
    }
  | {
      readonly kind: 'synchronised';
      readonly learner: number;
      readonly mode: 'DIFF' | 'TRUNC' | 'SNAP';
      readonly from: HexString;
      readonly to: HexString;
      readonly txns: number;
      /** Znodes in the snapshot; null where none was sent. */
      readonly nodes: number | null;
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
  /** `watches`, here and below: how many the session has now. */
  | {
      readonly kind: 'watchSet';
      readonly session: HexString;
      readonly path: string;
      readonly watch: 'data' | 'child' | 'persistent' | 'recursive';
      readonly watches: number;
    }
  | {
      readonly kind: 'watchFired';
      readonly session: HexString;
      readonly path: string;
      readonly type: number;
      readonly watches: number;
    }
  | { readonly kind: 'watchRemoved'; readonly session: HexString; readonly path: string; readonly watches: number }
  | { readonly kind: 'warning'; readonly code: string; readonly detail: string }
  /** From the host: the process of the server. `by` names who asked for it; null where nobody did. */
  | {
      readonly kind: 'processChanged';
      readonly process: ProcessState;
      readonly pid: number | null;
      readonly by: string | null;
      readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
      /** The end of its log where it died. */
      readonly lastLines: readonly string[];
    }
  /** From the host: what goes from this server to another one is disturbed, or no longer. */
  | { readonly kind: 'linkFaulted'; readonly to: number; readonly fault: LinkFault | null; readonly by: string | null }
  /** From the host: the cluster has this server as a member; at the start, and when one is added. */
  | {
      readonly kind: 'memberAdded';
      readonly role: 'participant' | 'observer';
      readonly host: string;
      readonly clientPort: number;
      readonly quorumPort: number;
      readonly electionPort: number;
    }
  /** From an attached cluster: what a watch of our session has told. */
  | {
      readonly kind: 'znodeSeen';
      readonly path: string;
      readonly change: 'created' | 'deleted' | 'dataChanged' | 'childrenChanged';
    }
  /** From an attached cluster: the server no longer belongs to it. */
  | { readonly kind: 'memberRemoved' }
  /** From an attached cluster: whether the server answers; `reason` is a `WayReasonCode`, null where it does. */
  | { readonly kind: 'reachabilityChanged'; readonly reachable: boolean; readonly reason: string | null }
  /** Events that were not sent because the receiver was too slow: a count, never a gap in silence. */
  | { readonly kind: 'dropped'; readonly count: number };

/** As many changed znodes one `applied` event names. */
export const MAX_TRACED_CHANGES = 256;

/**
 * One event of one server. `atMs` is the monotonic clock of the machine (one for all its processes), `wallMs` the wall
 * clock; `sequence` counts the events of one run of the server.
 */
export interface ClusterEvent {
  readonly sid: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly wallMs: number;
  readonly body: ClusterEventBody;
}
