/** What a value is now, and what it usually was. */
import type { Origin } from '@vivarium/shared/contract/source';
import type { Tally } from '../monitor/server-sample.ts';
import type { Measure } from './facts.ts';

const NOW_MS = 30_000;
const BUCKET_MS = 10_000;
/** An hour of buckets. */
const MAX_BUCKETS = 360;
/** What is so new is not yet the past. */
const NEW_BUCKETS = 6;
const MIN_BUCKETS = 6;

/** The usual value: the median of buckets of ten seconds in the last hour, those of the last minute left out. */
class Usual {
  private readonly buckets: number[] = [];
  private openMs: number | null = null;
  private sum = 0;
  private count = 0;

  add(atMs: number, value: number): void {
    this.openMs ??= atMs;
    if (atMs - this.openMs >= BUCKET_MS && this.count > 0) {
      this.buckets.push(this.sum / this.count);
      if (this.buckets.length > MAX_BUCKETS) this.buckets.shift();
      this.openMs = atMs;
      this.sum = 0;
      this.count = 0;
    }
    this.sum += value;
    this.count++;
  }

  /** Null while too little is known. */
  get value(): number | null {
    const past = this.buckets.slice(0, Math.max(0, this.buckets.length - NEW_BUCKETS));
    return past.length < MIN_BUCKETS ? null : median(past);
  }
}

/** Of so many looks the middle one counts. */
const MEANS = 3;

/**
 * What something takes now, from sums and counts since the start of the server: the median of the means of the last looks at
 * which there was something to count, so that neither one slow request nor a busy time before it decides.
 */
export class RecentMean {
  private last: Tally | null = null;
  private means: { readonly atMs: number; readonly mean: number; readonly origin: Origin }[] = [];
  private readonly usual = new Usual();

  /** The mean of what came since the look before; null where nothing did. */
  add(atMs: number, tally: Tally, origin: Origin): number | null {
    const { last } = this;
    this.last = tally;
    // With fewer than before the server was started anew, or its counters were reset.
    if (last === null || tally.count <= last.count || tally.sum < last.sum) return null;
    const mean = (tally.sum - last.sum) / (tally.count - last.count);
    this.means = [...this.means.slice(-(MEANS - 1)), { atMs, mean, origin }];
    this.usual.add(atMs, mean);
    return mean;
  }

  /** What is older than half a minute is not now. */
  measureAt(nowMs: number): Measure {
    const newest = this.means.at(-1);
    const isNow = newest !== undefined && this.means.length === MEANS && newest.atMs >= nowMs - NOW_MS;
    const value = median(this.means.map(({ mean }) => mean));
    return { now: isNow ? { value, origin: newest.origin, heardMs: newest.atMs } : null, usual: this.usual.value };
  }
}

const MEAN_OF = 10;
const MIN_VALUES = 5;

/** A gauge that jumps between nothing and a lot: the mean of the last looks without the largest, so that one peak is none. */
export class RecentGauge {
  private readonly values: number[] = [];
  private readonly usual = new Usual();
  private newest: { readonly origin: Origin; readonly heardMs: number } | null = null;

  add(atMs: number, value: number, origin: Origin): void {
    this.values.push(value);
    if (this.values.length > MEAN_OF) this.values.shift();
    this.newest = { origin, heardMs: atMs };
    this.usual.add(atMs, value);
  }

  get measure(): Measure {
    const { newest, usual, values } = this;
    if (newest === null || values.length < MIN_VALUES) return { now: null, usual: usual.value };
    const sum = values.reduce((total, value) => total + value, 0);
    return { now: { value: (sum - Math.max(...values)) / (values.length - 1), ...newest }, usual: usual.value };
  }
}

/** The middle one; of an even number the lower one of the two. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
