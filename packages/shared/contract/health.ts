/** What is wrong with a cluster, since when, and how that is known: `GET /api/clusters/{cluster}/health` and `…/words/{word}`. */
import { type Static, Type } from 'typebox';
import type { Origin, Way } from './source.ts';

/** `atMs`: the report of that instant, ms since 1970 by the host's clock; the newest one where it is left out. */
export const HealthQuery = Type.Object({ atMs: Type.Optional(Type.Number()) });

/** Words that change nothing. `cons`, `dump`, `wchc` and `wchp` cost a large server something: one at a time, kept some seconds. */
export const ASKABLE_WORDS = [
  'conf',
  'cons',
  'dirs',
  'dump',
  'envi',
  'hash',
  'isro',
  'mntr',
  'srvr',
  'stat',
  'wchc',
  'wchp',
  'wchs',
] as const;
export type AskableWord = (typeof ASKABLE_WORDS)[number];

export const WordQuery = Type.Object({ sid: Type.Integer({ minimum: 0, maximum: 255 }) });

/** What a server answered to a word. */
export const WordAnswerSchema = Type.Object({
  sid: Type.Integer(),
  word: Type.String(),
  /** The answer as it came: lines, or JSON where it came over HTTP (`via` is `admin`). */
  text: Type.String(),
  /** Whether it was longer than what is kept. */
  cut: Type.Boolean(),
  via: Type.Union([Type.Literal('words'), Type.Literal('admin')]),
  /** When it came, ms since 1970; an answer serves all who ask within some seconds. */
  heardMs: Type.Number(),
});
export type WordAnswer = Static<typeof WordAnswerSchema>;

/** `critical`: clients are not served, or data may be wrong. `warning`: the next fault would be. `info`: it is coming. */
export type Severity = 'critical' | 'warning' | 'info';

export type FindingCode =
  | 'noLeader'
  | 'quorumLost'
  | 'quorumAtEdge'
  | 'serverDown'
  /** It takes connections and says nothing: paused, or as good as. */
  | 'serverSilent'
  | 'notInSync'
  | 'lagging'
  | 'electionsRepeat'
  | 'digestsDiffer'
  | 'slowRequests'
  | 'slowFsync'
  | 'outstandingGrow'
  | 'connectionsNearLimit'
  | 'childListNearLimit'
  | 'dataNearLimit'
  | 'quotaNear'
  | 'clocksApart'
  | 'versionsMixed'
  | 'wordsOpen';

/**
 * The params that each finding brings; its sentences use no others. `sid` is the server that it is about, `address` one
 * `host:port` that was tried, `up`, `voters` and `needed` as in `QuorumCount`, `limit` what the value is measured against.
 * Some findings bring more where it is known, as sentences need not: `slowRequests` and `outstandingGrow` name the `client`
 * (address) that sends most and its `share` (percent), `serverDown` the `reason` (a `WayReasonCode`), `lagging` how late (`lagMs`),
 * `clocksApart` what its clock was compared `with` (`host` or `leader`), `digestsDiffer` the `others` that agree (`1, 2`).
 */
export const FINDING_PARAMS = {
  noLeader: ['up', 'voters', 'needed'],
  quorumLost: ['up', 'voters', 'needed'],
  quorumAtEdge: ['up', 'voters', 'needed'],
  serverDown: ['sid', 'address', 'up', 'voters', 'needed'],
  serverSilent: ['sid', 'address', 'up', 'voters', 'needed'],
  notInSync: ['sid'],
  /** So many transactions behind the server `leader`. */
  lagging: ['sid', 'transactions', 'leader'],
  electionsRepeat: ['count', 'minutes'],
  /** `zxid` is what the digests are of, as `0x…`. */
  digestsDiffer: ['sid', 'zxid'],
  slowRequests: ['sid', 'ms', 'limit'],
  slowFsync: ['sid', 'ms', 'limit'],
  outstandingGrow: ['sid', 'count', 'limit'],
  /** Of `of`: `maxCnxns` (all clients), `maxClientCnxns` (of one address, `client`) or `fileDescriptors`. */
  connectionsNearLimit: ['sid', 'count', 'limit'],
  childListNearLimit: ['path', 'children', 'bytes', 'limit'],
  dataNearLimit: ['path', 'bytes', 'limit'],
  /** `unit`: `znodes` or `bytes`. */
  quotaNear: ['path', 'used', 'limit', 'unit'],
  clocksApart: ['sid', 'ms'],
  /** Joined by commas. */
  versionsMixed: ['versions'],
  wordsOpen: ['words'],
} as const satisfies Readonly<Record<FindingCode, readonly string[]>>;

/** `[ms since 1970, value]`, the oldest first. */
export type Series = readonly (readonly [number, number])[];

/** What a finding rests on, to be drawn. */
export type Evidence =
  | {
      readonly kind: 'series';
      readonly unit: 'ms' | 'count' | 'bytes';
      readonly points: Series;
      readonly limit: number | null;
    }
  | { readonly kind: 'gauge'; readonly unit: 'ms' | 'count' | 'bytes'; readonly value: number; readonly limit: number }
  | {
      readonly kind: 'values';
      readonly rows: readonly { readonly sid: number; readonly value: string; readonly differs: boolean }[];
    }
  | { readonly kind: 'none' };

/** Where to look next. */
export type NextLook =
  | { readonly kind: 'server'; readonly sid: number }
  | { readonly kind: 'znode'; readonly path: string }
  | {
      readonly kind: 'transactions';
      readonly path: string | null;
      readonly session: string | null;
      readonly fromMs: number | null;
    }
  /** What happened then; an instant of the time bar. */
  | { readonly kind: 'instant'; readonly wallMs: number }
  | { readonly kind: 'words'; readonly sid: number; readonly word: string };

export interface Finding {
  /** The same while it lasts: code and what it is about. */
  readonly id: string;
  readonly code: FindingCode;
  readonly severity: Severity;
  /** For the sentences of the browser: `FINDING_PARAMS`. */
  readonly params: Readonly<Record<string, string | number>>;
  readonly sids: readonly number[];
  readonly path: string | null;
  /** ms since 1970; null where it began before anybody looked. */
  readonly sinceMs: number | null;
  readonly origin: Origin;
  /** When that was last heard, ms since 1970. */
  readonly heardMs: number;
  readonly evidence: Evidence;
  readonly next: readonly NextLook[];
}

/** A value with where it comes from and when it was heard, ms since 1970. */
export interface Known<T> {
  readonly value: T;
  readonly origin: Origin;
  readonly heardMs: number;
}

/** One server in the table of replicas; null: not known. */
export interface Replica {
  readonly sid: number;
  readonly host: string;
  readonly role: Known<'leader' | 'follower' | 'observer' | 'looking' | 'standalone' | 'down' | 'silent'> | null;
  readonly voter: boolean;
  readonly lastZxid: Known<string> | null;
  /** Transactions that it had not applied when the leader had; null where not known, or across epochs. */
  readonly behind: Known<number> | null;
  /** `at`: the zxid that the digest is of, `0x…`. */
  readonly digest: (Known<string> & { readonly at: string; readonly differs: boolean }) | null;
  /** What requests take now, ms; of a server before 3.6 the mean of all since its start. Null where none came lately. */
  readonly latencyMs: Known<number> | null;
  readonly outstanding: Known<number> | null;
  readonly znodes: Known<number> | null;
  readonly sessions: Known<number> | null;
  readonly watches: Known<number> | null;
  readonly connections: Known<number> | null;
  /** What a sync of its log takes now, ms. */
  readonly fsyncMs: Known<number> | null;
  readonly upMs: Known<number> | null;
  readonly version: Known<string> | null;
  readonly series: {
    readonly latencyMs: Series;
    readonly outstanding: Series;
    readonly znodes: Series;
  };
}

/** Whether a server can be restarted now. */
export interface RestartAnswer {
  readonly sid: number;
  readonly answer: 'yes' | 'no' | 'unknown';
  /** Why: `electionFollows` (it leads), `noneToSpare`, `quorumLost`, `bringBackFirst` (which sids), `observerOnly`, `spare`. */
  readonly because: {
    readonly code:
      | 'spare'
      | 'observerOnly'
      | 'electionFollows'
      | 'noneToSpare'
      | 'quorumLost'
      | 'bringBackFirst'
      | 'unknown';
    readonly sids: readonly number[];
  };
  /** Voters that are up and in sync now, and without it. Weights count where groups are configured. */
  readonly now: QuorumCount;
  readonly without: QuorumCount;
  /** Without it and one more, the worst one; null where it is the last. */
  readonly andOneMore: (QuorumCount & { readonly other: number }) | null;
  /** Sessions that reconnect elsewhere; null where not known. */
  readonly sessions: number | null;
}

export interface QuorumCount {
  /** Sids of the voters that count, those of them that are up and in sync, and how many are needed. */
  readonly voters: readonly number[];
  readonly up: readonly number[];
  /** The number of votes (or weight) that makes a quorum; with groups of the group majority. */
  readonly needed: number;
  readonly hasQuorum: boolean;
  /** How many more may fail, at worst. */
  readonly spare: number;
}

export interface HealthReport {
  /** ms since 1970. */
  readonly atMs: number;
  readonly word: 'healthy' | 'coming' | 'atRisk' | 'down' | 'unknown';
  /** The most serious first, then the oldest. */
  readonly findings: readonly Finding[];
  readonly replicas: readonly Replica[];
  readonly restart: readonly RestartAnswer[];
  /** What cannot be looked for, and which ways would show it. */
  readonly blind: readonly { readonly code: FindingCode; readonly ways: readonly Way[] }[];
  readonly writesPerSecond: number | null;
  /** From when to when the series go, ms since 1970. */
  readonly fromMs: number;
}
