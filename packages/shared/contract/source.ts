/** What a source of events is, what it can know and what can be done to it. */

export type SourceKind = 'hosted' | 'attached' | 'recorded' | 'simulated';

/** What can be asked of a cluster; a view leaves out what is false. */
export interface Capabilities {
  /** Events go on coming. */
  readonly live: boolean;
  /** Servers can be killed, stopped, started, restarted, paused and resumed. */
  readonly processes: boolean;
  /** Links can be cut, slowed and made to drop. */
  readonly faults: boolean;
  readonly addObserver: boolean;
  readonly readZnodes: boolean;
  /** Znodes can be read as they were at an earlier event. */
  readonly readPast: boolean;
  readonly writeZnodes: boolean;
  /** The tree is held in memory: names and contents can be searched, and subtrees have sizes. */
  readonly search: boolean;
  /** Committed transactions are listed. */
  readonly transactions: boolean;
  /** What is wrong is told. */
  readonly health: boolean;
}

/** Parts of what is shown whose origin a view names. */
export type Field =
  | 'process'
  | 'role'
  | 'votes'
  | 'messages'
  | 'proposals'
  | 'sessions'
  | 'watches'
  | 'znodes'
  | 'latency'
  | 'digest';

/** Where a field comes from; `missing`: this source cannot know it. */
export type Origin = 'host' | 'trace' | 'log' | 'recording' | Way | 'missing';

/**
 * Ways into a cluster that somebody else runs: a session on the client port, an observer on the quorum port, a listener on
 * the election port, four-letter words, and the same commands over HTTP.
 */
export type Way = 'client' | 'observer' | 'election' | 'words' | 'admin';

/** Why a way is closed, for the whole cluster or for one server of it. */
export type WayReasonCode =
  /** Turned off in the configuration of the cluster. */
  | 'turnedOff'
  /** Nobody listens there. `address`. */
  | 'refused'
  /** No answer in time. `address`. */
  | 'silent'
  /** The name has no address. `host`. */
  | 'unknownHost'
  /** Another fault of the network. `address`, `detail`. */
  | 'unreachable'
  /** The TLS handshake failed. `address`, `detail`. */
  | 'tls'
  /**
   * The server takes the connection and ends it before it has said anything: it wants TLS or SASL, or takes no observer that
   * its configuration does not name. `address`.
   */
  | 'turnedAway'
  /** The credentials were refused. */
  | 'credentials'
  /** The server does not answer this word: `4lw.commands.whitelist`. `word`. */
  | 'notAllowed'
  /** What came is not what ZooKeeper says. `address`, `detail`. */
  | 'garbage'
  /** Nobody has told yet where the servers' ports are: it takes the configuration node, or `members` in the clusters file. */
  | 'addressesUnknown'
  /** The server, or the ensemble, serves nobody now. */
  | 'notServing'
  /** A standalone server has no such port. */
  | 'standalone'
  /** Its address is none that may be attached from the page. `address`. */
  | 'notPermitted'
  /** The tree is larger than the mirror's limit. `limit`. */
  | 'tooLarge';

export interface WayReason {
  readonly code: WayReasonCode;
  readonly params: Readonly<Record<string, string | number>>;
}

export interface WayState {
  readonly state: 'trying' | 'open' | 'closed';
  /** Where it is open: a word that the server withholds (`notAllowed`). Null where all is well, or nothing has failed yet. */
  readonly reason: WayReason | null;
  /** When something was last heard this way, on the host's wall clock; null: never. */
  readonly heardMs: number | null;
}

export interface WayInfo extends WayState {
  readonly way: Way;
  /** Where it has a state for each server (`election`, `words`, `admin`); by sid. */
  readonly servers: Readonly<Record<number, WayState>>;
}

/** A cluster that somebody else runs, as far as we get at it. */
export interface AttachedInfo {
  /** Whether writes are refused. */
  readonly readOnly: boolean;
  readonly ways: readonly WayInfo[];
  /** `3.8.0` and the like, of each server that has told; by sid. */
  readonly versions: Readonly<Record<number, string>>;
  /** Whether the mirror has dropped bodies since the tree is larger than it may hold; null without a mirror. */
  readonly mirror: {
    readonly state: 'loading' | 'complete' | 'structureOnly';
    readonly znodes: number;
    readonly bytes: number;
  } | null;
}

export interface ClusterInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceKind;
  readonly capabilities: Capabilities;
  readonly provenance: Readonly<Record<Field, Origin>>;
  /** The numbers of the first and last event that is kept. */
  readonly kept: { readonly first: number; readonly last: number };
  /** Whether what happens is written to a file. */
  readonly recording: boolean;
  /** Where clients connect; null where there is no such place. */
  readonly connectString: string | null;
  /** Null unless `kind` is `attached`. */
  readonly attached: AttachedInfo | null;
}
