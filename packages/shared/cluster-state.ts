/**
 * What a cluster looks like at an instant: the sum of all events up to it. Plain JSON, bounded in every part. The host
 * keeps one and sends it to who joins, a browser goes on from there, and a recording is read with the same function
 * (`apply` in cluster-reducer.ts).
 *
 * Every object below is never changed, only replaced; what holds them (`servers`, `links`, the lists) is changed in place.
 * So a copy of the containers (`copyState`) is a checkpoint, and a view knows by identity what has changed.
 */
import type { HexString, PeerState, ProcessState, TracedVote, ZabPhase } from './cluster-event.ts';
import type { LinkFault } from './link-fault.ts';

/** How settled a transaction is in one server's log: the more, the more ink. `truncated` was logged and taken back. */
export type EntryState = 'proposed' | 'logged' | 'acked' | 'committed' | 'truncated';

/** One transaction in a server's log. */
export interface LogEntry {
  readonly zxid: HexString;
  readonly state: EntryState;
}

/** The process of a hosted server, as the host knows it; an attached server has none. */
export interface ProcessView {
  readonly state: ProcessState;
  readonly pid: number | null;
  readonly by: string | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  readonly lastLines: readonly string[];
  readonly sinceMs: number;
}

/** How the last leader brought a learner up to date. */
export interface SyncView {
  readonly mode: 'DIFF' | 'TRUNC' | 'SNAP';
  readonly from: HexString;
  readonly to: HexString;
  readonly txns: number;
  /** Znodes in the snapshot; null where none was sent. */
  readonly nodes: number | null;
  readonly atMs: number;
}

export interface ServerView {
  readonly sid: number;
  readonly member: {
    readonly role: 'participant' | 'observer';
    readonly host: string;
    readonly clientPort: number;
    readonly quorumPort: number;
    readonly electionPort: number;
  } | null;
  readonly process: ProcessView | null;
  /** Why an attached server cannot be heard; null where it can, or where nobody tried. */
  readonly unreachable: { readonly reason: string; readonly sinceMs: number } | null;
  /** Null while it is not known, or where it does not run. */
  readonly state: PeerState | null;
  readonly phase: ZabPhase;
  readonly epoch: number;
  readonly leader: number | null;
  readonly sinceMs: number;
  /** Its own vote while it looks for a leader, or the last one. */
  readonly vote: TracedVote | null;
  /** The newest entries of its log, the oldest first, `MAX_LOG_ENTRIES` at most. */
  readonly log: readonly LogEntry[];
  readonly lastLogged: HexString;
  readonly lastCommitted: HexString;
  readonly lastApplied: HexString;
  /** Sessions whose client is connected to this server now. */
  readonly connections: number;
  readonly sync: SyncView | null;
  readonly lastEventMs: number;
}

/** What goes from one server to another. */
export interface LinkView {
  readonly from: number;
  readonly to: number;
  /** Packets and votes sent and not received yet, the oldest first; `MAX_QUEUE` at most. */
  readonly queue: readonly QueuedPacket[];
  /** All that wait, also those that `queue` has no place for. */
  readonly waiting: number;
  readonly sent: number;
  readonly received: number;
  /** What was under way when one of the two ends died. */
  readonly lost: number;
  /** Receipts that came before their sendings, as the merged streams of two servers can have it; the newest ones. */
  readonly early: readonly QueuedPacket[];
  readonly fault: LinkFault | null;
}

/** A packet of the quorum port under its ZooKeeper name, or a `NOTIFICATION` of the election port. */
export interface QueuedPacket {
  readonly packet: string;
  readonly zxid: HexString;
  readonly sentAtMs: number;
}

/** A transaction from its request to its commit; times are `atMs` of the events. */
export interface ProposalView {
  readonly zxid: HexString;
  readonly operation: string;
  readonly path: string | null;
  readonly session: HexString;
  readonly cxid: number;
  readonly bytes: number;
  readonly error: number | null;
  /** The server that the client asked, and when; null where it was not seen. */
  readonly requestedBy: number | null;
  readonly requestedAtMs: number | null;
  readonly leader: number;
  readonly proposedAtMs: number;
  /** When each server's PROPOSAL came, when it was on its disk, when its ACK was counted, when it committed and applied. */
  readonly receivedAtMs: Readonly<Record<number, number>>;
  readonly loggedAtMs: Readonly<Record<number, number>>;
  readonly ackedAtMs: Readonly<Record<number, number>>;
  readonly committedAtMs: Readonly<Record<number, number>>;
  readonly appliedAtMs: Readonly<Record<number, number>>;
  readonly repliedAtMs: number | null;
  readonly watchesFired: number;
}

/** Why a voter took another vote: the first of the three that differs decides (FastLeaderElection.totalOrderPredicate). */
export type VoteReason = 'epoch' | 'zxid' | 'sid' | 'equal';

/** One row of an election's table. */
export interface VoteStep {
  readonly atMs: number;
  readonly voter: number;
  /** `starts` with itself, `hears` a vote and takes it, `keeps` its own, `answered` by a server that already follows. */
  readonly step: 'starts' | 'hears' | 'keeps' | 'answered' | 'decides';
  /** Whom it heard; null where it starts or decides. */
  readonly from: number | null;
  /** What it votes for after the step. */
  readonly vote: TracedVote;
  /** The vote that it compared with its own, and what decided; null where nothing was compared. */
  readonly heard: TracedVote | null;
  readonly because: VoteReason | null;
  /** Voters that the voter knows to vote as it does, itself among them. */
  readonly tally: readonly number[];
}

export interface ElectionView {
  /** Counts the elections that were seen, from 1. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly startedWallMs: number;
  /** What set it off, where that was seen. */
  readonly cause: {
    /** `rejoined`: one server found the others led already, and follows. */
    readonly kind: 'started' | 'killed' | 'died' | 'stopped' | 'paused' | 'unreachable' | 'lostQuorum' | 'rejoined';
    readonly sid: number | null;
  };
  readonly endedAtMs: number | null;
  readonly leader: number | null;
  readonly epoch: number | null;
  readonly phase: ZabPhase;
  readonly quorum: number;
  readonly voters: readonly number[];
  /** What each voter votes for now. */
  readonly votes: Readonly<Record<number, TracedVote>>;
  /** What each voter has heard: `heard[voter][from]`. */
  readonly heard: Readonly<Record<number, Readonly<Record<number, TracedVote>>>>;
  /** `MAX_VOTE_STEPS` at most, the first ones kept. */
  readonly steps: readonly VoteStep[];
}

export interface SessionView {
  readonly session: HexString;
  /** The server that its client is connected to; null between two connections. */
  readonly server: number | null;
  readonly address: string | null;
  readonly timeoutMs: number | null;
  readonly sinceMs: number;
  readonly watches: number;
  readonly fired: number;
}

/** Something that the time bar marks. */
export interface TimeMark {
  readonly n: number;
  readonly atMs: number;
  readonly wallMs: number;
  readonly kind:
    | 'election'
    | 'elected'
    | 'killed'
    | 'died'
    | 'stopped'
    | 'started'
    | 'paused'
    | 'resumed'
    | 'fault'
    | 'healed'
    | 'lost'
    | 'found'
    | 'warning'
    | 'dropped';
  readonly sid: number;
}

export interface ClusterState {
  /** The number of the last event in it; 0 before the first. */
  n: number;
  atMs: number;
  wallMs: number;
  readonly servers: Record<number, ServerView>;
  /** By `linkKey`. */
  readonly links: Record<string, LinkView>;
  /** The newest proposals, the oldest first; `MAX_PROPOSALS` at most. */
  readonly proposals: ProposalView[];
  /** The newest elections, the oldest first; `MAX_ELECTIONS` at most. The last one is open while `endedAtMs` is null. */
  readonly elections: ElectionView[];
  /** `MAX_SESSIONS` at most, by id; `sessionCount` is the true number. */
  readonly sessions: Record<HexString, SessionView>;
  sessionCount: number;
  /** The newest marks, the oldest first; `MAX_MARKS` at most. */
  readonly marks: TimeMark[];
  /** Events a second of wall time, the newest last: `[second since 1970, events]`; `MAX_RATES` at most. */
  readonly rates: [number, number][];
  /** Writes of clients that came in and are not proposed yet; `MAX_REQUESTS` at most. */
  readonly requests: Record<string, { readonly sid: number; readonly atMs: number }>;
  /** Since the first event. */
  committed: number;
  dropped: number;
}

export const MAX_LOG_ENTRIES = 16;
export const MAX_QUEUE = 24;
export const MAX_PROPOSALS = 256;
export const MAX_ELECTIONS = 12;
export const MAX_VOTE_STEPS = 200;
export const MAX_SESSIONS = 2_000;
export const MAX_MARKS = 400;
export const MAX_RATES = 1_800;
export const MAX_REQUESTS = 512;

/** The key of what goes from one server to another. */
export function linkKey(from: number, to: number): string {
  return `${from}>${to}`;
}

/** A cluster of which nothing is known yet. */
export function emptyState(): ClusterState {
  return {
    n: 0,
    atMs: 0,
    wallMs: 0,
    servers: {},
    links: {},
    proposals: [],
    elections: [],
    sessions: {},
    sessionCount: 0,
    marks: [],
    rates: [],
    requests: {},
    committed: 0,
    dropped: 0,
  };
}

/** A state that later events do not touch; it shares all that is never changed. */
export function copyState(state: ClusterState): ClusterState {
  return {
    ...state,
    servers: { ...state.servers },
    links: { ...state.links },
    proposals: [...state.proposals],
    elections: [...state.elections],
    sessions: { ...state.sessions },
    marks: [...state.marks],
    rates: state.rates.map(([second, events]) => [second, events]),
    requests: { ...state.requests },
  };
}
