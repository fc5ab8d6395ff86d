/** What is known of a cluster at one instant, from whatever way it came: what the rules of health look at. Times in ms since 1970. */
import type { Groups } from '@vivarium/ensemble/core/membership/configuration';
import type { Known, Replica, Series } from '@vivarium/shared/contract/health';
import type { Origin, WayReason } from '@vivarium/shared/contract/source';
import type { MirrorExtremes } from '../mirror/mirror-messages.ts';
import type { ServerValues } from '../monitor/server-sample.ts';
import type { DigestDifference } from './digest-differences.ts';

export type Role = NonNullable<Replica['role']>['value'];

/** The newest of each value that a server has told. */
export type KnownValues = { readonly [K in keyof ServerValues]?: Known<ServerValues[K]> };

/** What a value is now, and what it usually was; null where there is not enough to tell. */
export interface Measure {
  readonly now: Known<number> | null;
  readonly usual: number | null;
}

export interface ServerFact {
  readonly sid: number;
  readonly host: string;
  /** Where clients connect, `host:port`; empty where nobody has told. */
  readonly address: string;
  readonly voter: boolean;
  readonly role: Known<Role> | null;
  /** False: it runs and says that it serves nobody; null: it does not tell. */
  readonly serving: Known<boolean> | null;
  /** Why it cannot be heard, and since when; null where it can, or nobody tried. */
  readonly unheard: { readonly reason: WayReason; readonly origin: Origin; readonly sinceMs: number | null } | null;
  readonly values: KnownValues;
  readonly latencyMs: Measure;
  readonly fsyncMs: Measure;
  readonly propagationMs: Measure;
  readonly outstanding: Measure;
  /** How late it applies; null where that cannot be said. `transactions` is null across epochs. */
  readonly lag: { readonly ms: number; readonly transactions: number | null; readonly heardMs: number } | null;
  /** How many of the leader's digests it could not confirm, and where it was when that number last rose; null: all of them. */
  readonly mismatch: Known<{ readonly count: number; readonly zxid: bigint }> | null;
  /** Who sends most of its requests, in percent; null where nobody does, or connections are not told. */
  readonly busiest: { readonly client: string; readonly share: number } | null;
  /** The address with the most connections. */
  readonly crowd: { readonly client: string; readonly count: number } | null;
  readonly series: { readonly latencyMs: Series; readonly outstanding: Series; readonly znodes: Series };
}

export interface Facts {
  readonly nowMs: number;
  /** By sid. */
  readonly servers: readonly ServerFact[];
  readonly groups: Groups | null;
  /** Null: not known. `sid` is null where only its work is seen. */
  readonly leader: { readonly sid: number | null; readonly origin: Origin; readonly heardMs: number } | 'none' | null;
  /** When a new epoch was seen, the oldest first. */
  readonly elections: readonly number[];
  /** Whether there are digests of two replicas, the mirror among them, and those that are not what most have. */
  readonly comparesDigests: boolean;
  readonly differences: readonly DigestDifference[];
  readonly extremes: Known<MirrorExtremes> | null;
  /** By how much the leader's clock is ahead of ours, from the times of transactions; null where there were too few. */
  readonly leaderAheadMs: Known<number> | null;
  readonly writesPerSecond: number | null;
  /** How long the longest answer may be: `jute.maxbuffer`. */
  readonly maxBufferBytes: number;
}
