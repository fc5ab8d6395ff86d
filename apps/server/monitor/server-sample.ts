/** What one answer of a server tells of it, whichever way it came. */

/** A sum and what it is of; the mean of what came between two looks is the quotient of the differences. */
export interface Tally {
  readonly sum: number;
  readonly count: number;
}

/** The tree's digest just after the transaction (Java `DataTree.ZxidDigest`), 64 bits without a sign. */
export interface ZxidDigest {
  readonly zxid: bigint;
  readonly digest: bigint;
}

/** A line of `cons`. */
export interface ClientConnection {
  /** `host:port` of the client. */
  readonly address: string;
  /** Null for a connection without one, such as that which asks. */
  readonly session: bigint | null;
  readonly timeoutMs: number | null;
  readonly queued: number;
  /** Packets, since it was made. */
  readonly received: number;
  readonly establishedMs: number | null;
  /** `PING`, `GETD` and the like. */
  readonly lastOperation: string | null;
}

/** What the server is to its ensemble; `notServing` while it has no leader, or is not up to date. */
export type ServerMode = 'leader' | 'follower' | 'observer' | 'standalone' | 'read-only' | 'notServing';

/** Everything that an answer may tell. Times in ms, sizes in bytes, counters since the start of the server. */
export interface ServerValues {
  /** `3.8.0`. */
  readonly version: string;
  readonly mode: ServerMode;
  readonly lastZxid: bigint;
  /** Over all requests since the start. */
  readonly avgLatencyMs: number;
  /** Reads and writes. */
  readonly requestMs: Tally;
  readonly fsyncMs: Tally;
  /** From the leader's timestamp to the application here, by the clocks of both. */
  readonly propagationMs: Tally;
  /** Packets. */
  readonly received: number;
  readonly outstanding: number;
  readonly connections: number;
  readonly znodes: number;
  readonly watches: number;
  readonly ephemerals: number;
  readonly sessions: number;
  readonly dataBytes: number;
  readonly upMs: number;
  readonly openFiles: number;
  readonly maxFiles: number;
  readonly syncedFollowers: number;
  readonly pendingSyncs: number;
  readonly digestMismatches: number;
  /** Transactions that a learner was told to commit. */
  readonly learnerCommits: number;
  readonly lookingCount: number;
  /** Of one address; 0: as many as come. */
  readonly maxClientCnxns: number;
  readonly serverId: number;
  readonly clientPort: number;
  readonly digests: readonly ZxidDigest[];
  readonly clients: readonly ClientConnection[];
  /** Whether every word is answered to everybody. */
  readonly everyWord: boolean;
  /** By how much its clock is ahead of ours at least and at most. */
  readonly clockAheadMs: readonly [number, number];
}

/** One answer: every value of it came that way and then. */
export interface ServerSample {
  readonly sid: number;
  readonly origin: 'words' | 'admin';
  /** ms since 1970, by the host's clock. */
  readonly heardMs: number;
  readonly values: Partial<ServerValues>;
}
