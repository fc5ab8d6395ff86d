/** How a row of small curves is drawn: one scale for all of them, so that they can be compared by eye. Pure. */

export type Points = readonly (readonly [number, number])[];

export interface Scale {
  readonly min: number;
  readonly max: number;
}

/**
 * The scale of a row. `fromZero` for what is an amount (a curve near zero then lies low); else the range of the values with
 * some air, so that small changes of large numbers show. Never empty.
 */
export function rowScale(curves: readonly Points[], fromZero: boolean): Scale {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const points of curves) {
    for (const [, value] of points) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  if (least > most) return { min: 0, max: 1 };
  if (fromZero) return { min: 0, max: roundUp(Math.max(most * 1.1, 1)) };
  const air = Math.max((most - least) * 0.15, most * 0.0005, 1);
  return { min: Math.max(0, Math.floor(least - air)), max: Math.ceil(most + air) };
}

/** The next number with two significant digits. */
function roundUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}

/** Between two points that are this much further apart than usual lies a gap, not a line. */
const GAP_FACTOR = 5;
const LEAST_GAP_MS = 10_000;

/** The curve as pieces without gaps, in fractions of the plot: x and y from 0 to 1, y downwards. */
export function piecesOf(points: Points, fromMs: number, toMs: number, scale: Scale): readonly Points[] {
  const longest = Math.max(LEAST_GAP_MS, GAP_FACTOR * usualStep(points));
  const width = Math.max(1, toMs - fromMs);
  const height = scale.max - scale.min || 1;
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  const pieces: (readonly [number, number])[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const [atMs, value] of points) {
    if (atMs < fromMs || atMs > toMs) continue;
    const point = [clamp((atMs - fromMs) / width), clamp(1 - (value - scale.min) / height)] as const;
    if (atMs - lastMs > longest) pieces.push([]);
    pieces.at(-1)?.push(point);
    lastMs = atMs;
  }
  return pieces;
}

/** The median of the steps between points. */
function usualStep(points: Points): number {
  const steps = points.slice(1).map(([atMs], i) => atMs - (points[i]?.[0] ?? atMs));
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

/** Pieces as the `d` of an SVG path in a box of `width` × `height` with a margin of 1. A piece of one point is a short dash. */
export function pathOf(pieces: readonly Points[], width: number, height: number): string {
  const at = ([x, y]: readonly [number, number]) =>
    `${(x * (width - 2) + 1).toFixed(1)} ${(y * (height - 4) + 2).toFixed(1)}`;
  return pieces
    .map((piece) => {
      const [first] = piece;
      if (first === undefined) return '';
      return piece.length === 1 ? `M${at(first)}h1` : `M${piece.map(at).join('L')}`;
    })
    .join('');
}
