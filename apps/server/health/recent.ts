/** What a value is now, and what it usually was. */
import type { Known } from '@vivarium/shared/contract/health';
import type { Origin } from '@vivarium/shared/contract/source';
import type { Tally } from '../monitor/server-sample.ts';
import type { Measure } from './facts.ts';

const WINDOW_MS = 30_000;
const BUCKET_MS = 10_000;
/** An hour of buckets. */
const MAX_BUCKETS = 360;
/** What is so new is not yet the past. */
const NEW_BUCKETS = 6;
const MIN_BUCKETS = 6;

/** The usual value: the median of buckets of ten seconds in the last hour, those of the last minute left out. */
export class Usual {
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

/** The mean of what was counted in the last half minute, from sums and counts since the start of the server. */
export class RecentMean {
  private readonly looks: { readonly atMs: number; readonly tally: Tally }[] = [];
  private readonly usual = new Usual();
  private mean: Known<number> | null = null;

  /** The mean of what came since the look before; null where nothing did. */
  add(atMs: number, tally: Tally, origin: Origin): number | null {
    const last = this.looks.at(-1)?.tally;
    // The server was started anew, or its counters were reset.
    if (last !== undefined && (tally.count < last.count || tally.sum < last.sum)) this.looks.length = 0;
    this.looks.push({ atMs, tally });
    while (this.looks.length > 2 && (this.looks[1]?.atMs ?? 0) < atMs - WINDOW_MS) this.looks.shift();
    const first = this.looks[0]?.tally;
    const counted = first === undefined ? 0 : tally.count - first.count;
    const sinceLast = this.looks.length < 2 || last === undefined ? 0 : tally.count - last.count;
    this.mean =
      counted === 0 || first === undefined ? null : { value: (tally.sum - first.sum) / counted, origin, heardMs: atMs };
    if (sinceLast <= 0 || last === undefined) return null;
    const recent = (tally.sum - last.sum) / sinceLast;
    this.usual.add(atMs, recent);
    return recent;
  }

  get measure(): Measure {
    return { now: this.mean, usual: this.usual.value };
  }
}

const MEDIAN_OF = 5;

/** A gauge that jumps: the median of the last looks. */
export class RecentGauge {
  private readonly values: number[] = [];
  private readonly usual = new Usual();
  private newest: { readonly origin: Origin; readonly heardMs: number } | null = null;

  add(atMs: number, value: number, origin: Origin): void {
    this.values.push(value);
    if (this.values.length > MEDIAN_OF) this.values.shift();
    this.newest = { origin, heardMs: atMs };
    this.usual.add(atMs, value);
  }

  get measure(): Measure {
    const now =
      this.newest === null || this.values.length < MEDIAN_OF ? null : { value: median(this.values), ...this.newest };
    return { now, usual: this.usual.value };
  }
}

/** The middle one; of an even number the lower one of the two. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
