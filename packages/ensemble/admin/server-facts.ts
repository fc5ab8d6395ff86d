/** What the four-letter words, the admin server and Prometheus tell of a server: one source for all of them. */
import type { ClientWatches } from '../core/client/client-watches.ts';
import type { ZxidDigest } from '../core/database.ts';
import type { ClientStatus, Member, ServerStatus } from '../core/io.ts';
import type { Configuration } from '../core/membership/configuration.ts';
import type { Distribution } from '../core/metrics.ts';
import type { SessionExpiries } from '../core/role.ts';
import type { ConnectionInfo } from '../net/client-port.ts';

/** Clients take the first three numbers for the version of ZooKeeper whose protocol is spoken. */
export const VERSION = '3.9.5-vivarium, built on 2026-11-21 00:00 UTC';
/** The answer of nearly everything while no client is served. */
export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

/** A client's connection: its socket, and what the state machine knows of it, which is nothing before its first frame. */
export interface ConnectionFacts {
  readonly info: ConnectionInfo;
  readonly status: ClientStatus | null;
}

/** What is configured, as `conf` and the command `configuration` have it. */
export interface ConfigurationFacts {
  readonly clientPort: number;
  /** -1: none. */
  readonly secureClientPort: number;
  /** With `version-2`. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly tickTimeMs: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** -1: the system's. */
  readonly clientPortListenBacklog: number;
  /** 0 for a server alone. */
  readonly serverId: number;
  /** Null for a server alone. */
  readonly quorum: {
    readonly initLimit: number;
    readonly syncLimit: number;
    readonly own: Member;
    /** What is in force. */
    readonly configuration: Configuration;
    readonly voters: number;
    /** Where clients are served. */
    readonly clientAddress: string;
  } | null;
  /** zoo.cfg as it was read at the start. */
  readonly initial: string;
}

/** Counts and times of the process rather than of its state machine, under Apache's names. */
export interface ProcessMetrics {
  readonly counters: Readonly<Record<string, number>>;
  readonly summaries: Readonly<Record<string, Distribution>>;
}

/** Sizes of answers in bytes; -1 before the first. */
export interface ResponseSizes {
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

export interface ServerFacts {
  status(): ServerStatus;
  /** Of the client port, the oldest first. */
  connections(): readonly ConnectionFacts[];
  /** Of the client port with TLS. */
  secureConnections(): readonly ConnectionFacts[];
  /** Of both. */
  connectionCount(): number;
  packets(): { readonly received: number; readonly sent: number };
  responseSizes(): ResponseSizes;
  processMetrics(): ProcessMetrics;
  reset(of: 'server' | 'connections' | 'observers'): void;
  /** How many there are from this machine, and from others. */
  connectionsWithoutCertificate(): { readonly local: number; readonly remote: number };
  /** Syncs of the log that took more than a second. */
  slowSyncs(): number;
  /** Digests of the tree at some zxids, oldest first. */
  digests(): readonly ZxidDigest[];
  /** Timeouts in ms by session. */
  sessions(): ReadonlyMap<bigint, number>;
  /** Null where another server decides. */
  sessionExpiries(): SessionExpiries | null;
  /** Paths by the session that owns them. */
  ephemerals(): ReadonlyMap<bigint, ReadonlySet<string>>;
  /** Not before clients are served. */
  watches(): Pick<ClientWatches, 'summary' | 'pathsBySession'> & {
    sessionsByPath(): Iterable<readonly [string, readonly bigint[]]>;
  };
  configuration(): ConfigurationFacts;
  /** The lines of `envi`, behind the version. */
  environment(): readonly (readonly [string, string])[];
  /** What the process was started with. */
  systemProperties(): readonly (readonly [string, string])[];
  /** Since the server began. */
  uptimeMs(): number;
  /** Files and sockets of the process, and how many it may have; null where the system does not tell. */
  fileDescriptors(): { readonly open: number; readonly max: number } | null;
  /** Memory of the process; null where the system does not tell. */
  residentBytes(): number | null;
  /** Bytes in the files of both directories. */
  directorySizes(): { readonly data: number; readonly log: number };
  /** The newest one on the disk; null: there is none. */
  lastSnapshot(): { readonly zxid: bigint; readonly writtenMs: number } | null;
  /** Nothing is traced by it; it is what was set last (Java `ZooTrace`). */
  traceMask: bigint;
  /** ms since 1970 of an instant of the monotonic clock. */
  wallMs(monotonicMs: number): number;
}
