import type { Series } from '@vivarium/shared/contract/health';

/** As many points are drawn at most. */
const MAX_POINTS = 240;
/** What comes closer together is one look. */
const MIN_WIDTH_MS = 1_000;
/** How far back they reach. */
const KEPT_MS = 3_600_000;
const MAX_WIDTH_MS = (2 * KEPT_MS) / MAX_POINTS;

/**
 * A line over time that stays short: when there are too many points, pairs of neighbours become one, which has the larger of the
 * two values, so that a short peak is not lost.
 */
export class FoldingSeries {
  private points: [number, number][] = [];
  private widthMs = MIN_WIDTH_MS;

  /** Adds a value; times never go back. */
  add(atMs: number, value: number): void {
    const last = this.points.at(-1);
    if (last !== undefined && atMs - last[0] < this.widthMs) last[1] = Math.max(last[1], value);
    else this.points.push([atMs, value]);
    const firstKept = this.points.findIndex(([pointMs]) => pointMs >= atMs - KEPT_MS);
    if (firstKept > 0 && this.widthMs >= MAX_WIDTH_MS) this.points.splice(0, firstKept);
    if (this.points.length > MAX_POINTS) this.fold(atMs);
  }

  /** The points up to an instant. */
  until(atMs: number): Series {
    return this.points.filter(([pointMs]) => pointMs <= atMs).map(([pointMs, value]) => [pointMs, value] as const);
  }

  private fold(nowMs: number): void {
    const [first] = this.points;
    if (first === undefined) return;
    this.widthMs = Math.min(Math.max((2 * (nowMs - first[0])) / MAX_POINTS, MIN_WIDTH_MS), MAX_WIDTH_MS);
    const folded: [number, number][] = [];
    for (const [pointMs, value] of this.points) {
      const last = folded.at(-1);
      if (last !== undefined && pointMs - last[0] < this.widthMs) last[1] = Math.max(last[1], value);
      else folded.push([pointMs, value]);
    }
    this.points = folded.slice(-MAX_POINTS);
  }
}
