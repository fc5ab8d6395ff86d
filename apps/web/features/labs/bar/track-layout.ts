/** Where the steps of a history stand on the time bar, and where other branches leave it. */
import { type Branch, commonSteps } from '../branch.ts';

/** Of the track, in px. */
const PADDING = 26;
const MAX_GAP = 54;
/** Nearer together, steps are ticks on the line. */
const DOT_GAP = 13;
const MIN_TICK_GAP = 5;
const MIN_NUMBER_GAP = 34;

export interface TrackScale {
  readonly width: number;
  readonly steps: number;
  /** Between two steps, in px. */
  readonly gap: number;
  readonly isDense: boolean;
  /** Every how many steps there is a tick, and a number. */
  readonly tickEvery: number;
  readonly numberEvery: number;
}

/** How a history of so many steps is laid out on a track of that width. */
export function trackScale(width: number, steps: number): TrackScale {
  const gap = steps === 0 ? MAX_GAP : Math.min(MAX_GAP, Math.max(0, width - 2 * PADDING) / steps);
  return {
    width,
    steps,
    gap,
    isDense: gap < DOT_GAP,
    tickEvery: niceStep(MIN_TICK_GAP / gap),
    numberEvery: niceStep(MIN_NUMBER_GAP / gap / (steps < 100 ? 1.8 : 1)),
  };
}

/** The px of a step. */
export function stepX(scale: TrackScale, n: number): number {
  return PADDING + n * scale.gap;
}

/** The step nearest to a px. */
export function stepAt(scale: TrackScale, x: number): number {
  if (scale.gap === 0) return 0;
  return Math.min(scale.steps, Math.max(0, Math.round((x - PADDING) / scale.gap)));
}

/** The least of 1, 2, 5, 10, 20, … that is no less. */
function niceStep(least: number): number {
  for (let power = 1; power <= 1e6; power *= 10) {
    for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  }
  return 1e7;
}

/** Of a letter of a name, in px, and of a Chinese one; and between two names. */
const LETTER = 5.8;
const CHINESE_LETTER = 11;
const NAME_GAP = 8;

interface Name {
  readonly n: number;
  readonly name: string;
}

/** Those names that have room, the first ones first, each with the px of its middle: within the track. */
export function placeNames<T extends Name>(
  names: readonly T[],
  scale: TrackScale,
): readonly (T & { readonly x: number })[] {
  const placed: (T & { x: number; half: number })[] = [];
  for (const name of names) {
    const half = widthOf(name.name) / 2;
    const x = Math.min(Math.max(stepX(scale, name.n), half), Math.max(half, scale.width - half));
    const isFree = placed.every((other) => Math.abs(other.x - x) >= other.half + half + NAME_GAP);
    if (isFree) placed.push({ ...name, x, half });
  }
  return placed;
}

function widthOf(name: string): number {
  let width = 0;
  for (const letter of name) width += letter > '\u2e7f' ? CHINESE_LETTER : LETTER;
  return width;
}

/** A branch drawn below the one that is shown. */
export interface Lane {
  readonly branch: Branch;
  readonly from: number;
  readonly to: number;
}

/** The branches that leave the shown one nearest to the cursor, at most so many. */
export function lanes(branches: readonly Branch[], shown: Branch, cursor: number, most: number): readonly Lane[] {
  return branches
    .filter(({ id }) => id !== shown.id)
    .map((branch) => ({ branch, from: commonSteps(shown, branch), to: branch.seen }))
    .sort((a, b) => Math.abs(a.from - cursor) - Math.abs(b.from - cursor))
    .slice(0, most)
    .sort((a, b) => b.from - a.from);
}
