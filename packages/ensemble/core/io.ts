/**
 * What goes into a server's state machine and what comes out of it. The machine reads no clock, opens no socket and awaits
 * nothing: a driver (real: `ensemble/server`; simulated: `ensemble/simulated`) hands it inputs and carries out outputs.
 *
 * What a driver promises: outputs are carried out in their order; what is sent on one link, or to one client, arrives in
 * that order or the link closes; writes become durable in the order of their ids.
 */
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { Notification } from '@vivarium/wire/election';
import type { QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { ConnectionStats } from './client/connection-stats.ts';
import type { Database, HeldSnapshot } from './database.ts';
import type { Configuration, Groups } from './membership/configuration.ts';
import type { Metrics } from './metrics.ts';
import type { SessionPasswordRule } from './session/session-password.ts';

/** The time that comes with every input. Timeouts use the monotonic clock only; the wall clock goes into transactions. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** A client's connection, numbered by the driver; never used twice in the life of a process. */
export type ClientId = number;
/** A connection of the quorum port: positive where the driver accepted it, negative where the machine asked to dial it. */
export type LinkId = number;

export type PeerType = 'participant' | 'observer';

/** One server of the configuration. `spec` is the text behind `server.N=`, as the configuration node shows it. */
export interface Member {
  readonly sid: number;
  readonly role: PeerType;
  readonly spec: string;
}

/** All that a server is told once, at its start. Limits are in ticks, as zoo.cfg has them. */
export interface ServerConfig {
  readonly sid: number;
  readonly peerType: PeerType;
  /** Empty for a standalone server, which has neither election nor quorum port. */
  readonly members: readonly Member[];
  /** Hierarchical quorums; null: more than half of the voters decide. */
  readonly groups: Groups | null;
  /**
   * Observers that may join a leader though `members` does not list them: all, as with Apache, or these sids. Whoever joins is
   * sent every znode and its ACL. A driver may replace the list while the server runs.
   */
  readonly unlistedObservers: 'all' | readonly number[];
  /** Version of the configuration; 0 unless a reconfiguration set it. */
  readonly configVersion: bigint;
  /** A configuration that was proposed when the server last ran, or null. */
  readonly proposed: Configuration | null;
  /** Whether the configuration may change while the ensemble runs; else it is what is said here for ever. */
  readonly reconfigEnabled: boolean;
  /** Whether one server alone is no ensemble, so that no reconfiguration may leave one voter. */
  readonly standaloneEnabled: boolean;
  readonly tickTimeMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** Holds a secret: never to be logged or traced. */
  readonly sessionPasswords: SessionPasswordRule;
  /** Transactions between two snapshots, about (Java: half of it plus a random part up to the other half). */
  readonly snapCount: number;
  /** Bytes of transactions between two snapshots, likewise; 0 for no such limit. */
  readonly snapSizeLimitBytes: number;
  /** Whether clients that only want to read are served while there is no leader. */
  readonly readOnlyMode: boolean;
  /** Requests that may be under way from all clients together before their connections are no longer read. */
  readonly globalOutstandingLimit: number;
  /** What the watches of all clients together may take in memory, about; beyond it who has most of them goes. */
  readonly maxWatchBytes: number;
  /** The longest transaction, in bytes; a request that makes a longer one fails. */
  readonly maxTxnBytes: number;
  /** How many committed transactions are kept for learners that come back (Java `commitLogCount`). */
  readonly recentTxns: number;
  /** How long a server that looks for a leader waits before it repeats its notification: at first, and at most. */
  readonly notificationIntervalMs: { readonly min: number; readonly max: number };
  /** Whether a leader serves clients too. */
  readonly leaderServes: boolean;
  /** `user:base64(SHA1(user:password))` of the superuser, or null. */
  readonly superDigest: string | null;
  /** Subject of the certificate whose owner is superuser, by RFC 2253, or null. */
  readonly x509SuperUser: string | null;
  readonly skipAcl: boolean;
  /** Whether a write beyond a hard limit of a quota is refused. */
  readonly enforceQuota: boolean;
  readonly digestEnabled: boolean;
  /** Whether znodes may have a time to live. */
  readonly extendedTypesEnabled: boolean;
  /** How often containers and znodes with a time to live are looked at. */
  readonly containerCheckIntervalMs: number;
  /** How many of them are removed in a minute. */
  readonly containerMaxPerMinute: number;
  /** How long a container may stay that never had a child; 0 for ever. */
  readonly containerMaxNeverUsedMs: number;
  /** Whether trace outputs are made at all. */
  readonly trace: boolean;
  /** Seed of the machine's own random numbers (when to take a snapshot, and the like). */
  readonly seed: number;
}

/** A transaction in the log: its zxid and its bytes (`wire/txn`). */
export interface LoggedTxn {
  readonly zxid: bigint;
  readonly bytes: Uint8Array;
}

/** What the disk gives back at the start, and after a truncation. */
export interface Recovered {
  /** Snapshot and log together; its zxid is that of the last transaction in the log. */
  readonly database: Database;
  /** The newest transactions of the log, oldest first, without a gap: what a learner can be synchronised from. */
  readonly recent: readonly LoggedTxn[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
}

/** A durable change; done in order, each reported by `persisted`. */
export type Write =
  | { readonly kind: 'append'; readonly txn: LoggedTxn }
  | { readonly kind: 'acceptedEpoch'; readonly epoch: number }
  | { readonly kind: 'currentEpoch'; readonly epoch: number }
  /** Nothing of its own: it is durable once all is that the disk gave back at the start. */
  | { readonly kind: 'settle' }
  /** The configuration that was proposed to follow the one in force; null: none is. */
  | { readonly kind: 'proposedConfiguration'; readonly configuration: Configuration | null }
  /** The configuration that is in force; a proposed one that is not newer is forgotten. */
  | { readonly kind: 'committedConfiguration'; readonly configuration: Configuration }
  /** Replaces all history on disk by a snapshot that a leader sent: older logs and snapshots go once it is durable. */
  | { readonly kind: 'installSnapshot'; readonly snapshot: HeldSnapshot };

export type Input =
  /** Once, before all others. */
  | { readonly kind: 'start' }
  /** `deadlineMs` has passed. Early or superfluous ticks do no harm. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'notification'; readonly from: bigint; readonly notification: Notification }
  /** The dial of a `connectLeader` output has succeeded, or failed; a failed link id is not heard of again. */
  | { readonly kind: 'leaderConnected'; readonly link: LinkId }
  | { readonly kind: 'leaderUnreachable'; readonly link: LinkId; readonly reason: string }
  /** Somebody has connected to the quorum port. */
  | { readonly kind: 'learnerConnected'; readonly link: LinkId; readonly address: string }
  | { readonly kind: 'packet'; readonly link: LinkId; readonly packet: QuorumPacket }
  /** The snapshot behind a SNAP packet, whole. */
  | { readonly kind: 'snapshotReceived'; readonly link: LinkId; readonly database: Database }
  /**
   * Between two packets, bytes of what synchronises a learner move on the link: the learner has taken some of what waits for
   * it, or some of a leader's snapshot has come. A large tree takes longer than a peer's silence is borne.
   */
  | { readonly kind: 'linkProgress'; readonly link: LinkId }
  /** A link was closed by the other side, or broke, or carried what is no packet. */
  | { readonly kind: 'linkClosed'; readonly link: LinkId; readonly reason: string }
  /** All writes up to this id are durable. */
  | { readonly kind: 'persisted'; readonly writeId: number }
  /** The answer to `truncate`. A fault means that nothing was changed on disk. */
  | { readonly kind: 'truncated'; readonly recovered: Recovered }
  | { readonly kind: 'truncateRefused'; readonly reason: string }
  /** `certificateSubject`: of the certificate that the client has shown and proved, by RFC 2253; null for none. */
  | {
      readonly kind: 'clientConnected';
      readonly client: ClientId;
      readonly address: string;
      readonly certificateSubject: string | null;
    }
  /** A frame of the client port, without its length. */
  | { readonly kind: 'clientFrame'; readonly client: ClientId; readonly frame: Uint8Array }
  | { readonly kind: 'clientClosed'; readonly client: ClientId };

export type Output =
  /** Whom there is to talk to from now on: the servers of the configuration, and of a proposed one. */
  | { readonly kind: 'members'; readonly members: readonly Member[] }
  /** Replaces whatever is still queued for that server (Java `QuorumCnxManager` keeps the newest only). */
  | { readonly kind: 'sendNotification'; readonly to: bigint; readonly notification: Notification }
  | { readonly kind: 'connectLeader'; readonly link: LinkId; readonly sid: number }
  | { readonly kind: 'sendPacket'; readonly link: LinkId; readonly packet: QuorumPacket }
  /** Streams a snapshot on the link, behind the SNAP packet that was sent before and before all that follows. */
  | { readonly kind: 'sendSnapshot'; readonly link: LinkId; readonly snapshot: HeldSnapshot }
  /** Closes after what was sent has gone out. No `linkClosed` follows. */
  | { readonly kind: 'closeLink'; readonly link: LinkId; readonly reason: string }
  | { readonly kind: 'persist'; readonly writeId: number; readonly write: Write }
  /** Cuts the log behind the transaction with this zxid and recovers; answered by `truncated` or `truncateRefused`. */
  | { readonly kind: 'truncate'; readonly zxid: bigint }
  /** Rolls the log and writes a snapshot while other writes go on. A failure is a warning. */
  | { readonly kind: 'takeSnapshot'; readonly snapshot: HeldSnapshot }
  /** A frame of the client port, with its length. */
  | { readonly kind: 'sendClient'; readonly client: ClientId; readonly frame: Uint8Array }
  /** Closes after what was sent has gone out. No `clientClosed` follows. */
  | { readonly kind: 'closeClient'; readonly client: ClientId; readonly reason: string }
  /** Stops, or resumes, reading from a client that has too many requests under way. */
  | { readonly kind: 'throttleClient'; readonly client: ClientId; readonly paused: boolean }
  /** Something for the log of the process. */
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string }
  | { readonly kind: 'trace'; readonly body: ClusterEventBody }
  /** The server cannot go on without risking data: the process must stop, with this as its last line. */
  | { readonly kind: 'fatal'; readonly reason: string };

/** What the four-letter words and the admin server tell of a server. */
export interface ServerStatus {
  /** `null` while the server does not serve clients. */
  readonly mode: 'standalone' | 'leader' | 'follower' | 'observer' | 'read-only' | null;
  readonly peerState: 'leading' | 'following' | 'observing' | 'looking' | null;
  /** Java's `zk_peer_state` phase, for example `following - broadcast`. */
  readonly zabPhase: 'election' | 'discovery' | 'synchronization' | 'broadcast';
  readonly leaderSid: number | null;
  readonly lastZxid: bigint;
  readonly currentEpoch: number;
  readonly nodeCount: number;
  readonly ephemeralCount: number;
  readonly approximateDataSize: number;
  /** Transactions behind which the tree was not what their digest says. */
  readonly digestMismatches: number;
  readonly watchCount: number;
  /** Sessions of the ensemble that this server knows of. */
  readonly sessionCount: number;
  readonly outstandingRequests: number;
  /** What became of requests, times in ms, and all else that is counted. */
  readonly metrics: Metrics;
  /** On the leader only. */
  readonly quorum: {
    readonly learners: number;
    readonly syncedFollowers: number;
    /** Followers that do not vote, not yet. */
    readonly syncedNonVotingFollowers: number;
    readonly syncedObservers: number;
    readonly observers: readonly ObserverStatus[];
    /** On the monotonic clock. */
    readonly leadingSinceMs: number;
    readonly pendingSyncs: number;
  } | null;
  /** Sizes of proposals in bytes, on the leader; -1 before the first. */
  readonly proposalBytes: { readonly last: number; readonly min: number; readonly max: number } | null;
}

/** An observer that a leader has brought up to date. */
export interface ObserverStatus {
  readonly sid: number;
  readonly address: string;
  /** What it had when it came. */
  readonly lastZxid: bigint;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Of the clients there. */
  readonly requests: number;
  /** ms since 1970. */
  readonly connectedMs: number;
}

/** One connection in `stat` and `cons`. */
export interface ClientStatus {
  readonly client: ClientId;
  /** Null before its session is established. */
  readonly sessionId: bigint | null;
  readonly queued: number;
  readonly timeoutMs: number;
  /** When its last frame came, on the monotonic clock. */
  readonly lastSeenMs: number;
  readonly stats: ConnectionStats;
}
