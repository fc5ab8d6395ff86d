import type { Context } from '../context.ts';
import type { QuotaExcess } from './quota-excess.ts';

/** How long a subtree that stays beyond its limits is not worth another line (Java `RateLogger`). */
const SILENCE_MS = 15 * 60 * 1000;
/** Lines within that time, however many subtrees clients give a quota. */
const MAX_WARNINGS = 100;

/** Warns of quotas that are exceeded, now and then. */
export class QuotaWarnings {
  private readonly context: Context;
  /** When each was warned of last, the oldest first. */
  private readonly warnedMs = new Map<string, number>();

  constructor(context: Context) {
    this.context = context;
  }

  exceeded({ subtree, what, isHard, value, limit }: QuotaExcess): void {
    const { monotonicMs } = this.context.now;
    for (const [key, atMs] of this.warnedMs) {
      if (monotonicMs - atMs < SILENCE_MS) break;
      this.warnedMs.delete(key);
    }
    const key = `${what} ${subtree}`;
    if (this.warnedMs.has(key) || this.warnedMs.size >= MAX_WARNINGS) return;
    this.warnedMs.set(key, monotonicMs);
    const kind = isHard ? 'hard' : 'soft';
    this.context.warn(`quota of ${JSON.stringify(subtree)} exceeded: ${value} ${what}, the ${kind} limit is ${limit}`);
  }
}
