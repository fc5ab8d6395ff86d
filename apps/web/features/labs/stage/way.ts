/** The ways between cards: straight where they can be, bent around the cards that would be in between. */
import type { Rect, Size } from './place.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A quadratic curve, of which the part from `start` to `end` lies outside the two cards. */
export interface Way {
  readonly from: Point;
  readonly bend: Point;
  readonly to: Point;
  readonly start: number;
  readonly end: number;
  /** Of the part outside, in pixels. */
  readonly length: number;
}

/** Tried in this order, as shares of the distance; the first that touches least wins. */
const BENDS = [0, 0.16, -0.16, 0.32, -0.32, 0.5, -0.5, 0.75, -0.75, 1.05, -1.05, 1.4, -1.4, 1.8, -1.8];
const SAMPLES = 28;
/** Between a card and the end of a line. */
const MARGIN = 5;

/** The way between two cards that avoids the others, where it can. */
export function wayBetween(a: Rect, b: Rect, others: readonly Rect[], stage: Size): Way {
  const from = middle(a);
  const to = middle(b);
  let best: Way | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const share of BENDS) {
    const bend = {
      x: (from.x + to.x) / 2 - (to.y - from.y) * share,
      y: (from.y + to.y) / 2 + (to.x - from.x) * share,
    };
    const way = clipped(from, bend, to, a, b);
    let touched = 0;
    for (let i = 0; i <= SAMPLES; i++) {
      const point = pointOn(way, i / SAMPLES);
      if (others.some((other) => inside(point, other, 3))) touched += 1;
      if (!inside(point, { x: 0, y: 0, ...stage }, -4)) touched += 1;
    }
    if (touched < least) {
      best = way;
      least = touched;
    }
    if (touched === 0) break;
  }
  return best ?? clipped(from, middle({ ...a, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }), to, a, b);
}

/** The same way, the other way round. */
export function reversed(way: Way): Way {
  return { ...way, from: way.to, to: way.from, start: 1 - way.end, end: 1 - way.start };
}

/** The point at a share of the part outside the cards. */
export function pointOn(way: Way, share: number): Point {
  const t = way.start + (way.end - way.start) * share;
  const u = 1 - t;
  return {
    x: u * u * way.from.x + 2 * u * t * way.bend.x + t * t * way.to.x,
    y: u * u * way.from.y + 2 * u * t * way.bend.y + t * t * way.to.y,
  };
}

/** The direction there, of length 1. */
export function headingOn(way: Way, share: number): Point {
  const t = way.start + (way.end - way.start) * share;
  const x = (1 - t) * (way.bend.x - way.from.x) + t * (way.to.x - way.bend.x);
  const y = (1 - t) * (way.bend.y - way.from.y) + t * (way.to.y - way.bend.y);
  const length = Math.hypot(x, y) || 1;
  return { x: x / length, y: y / length };
}

/** The data of a path along the part of the way between two shares. */
export function pathAlong(way: Way, first = 0, last = 1): string {
  const a = pointOn(way, first);
  const c = pointOn(way, last);
  const m = pointOn(way, (first + last) / 2);
  const bend = { x: 2 * m.x - (a.x + c.x) / 2, y: 2 * m.y - (a.y + c.y) / 2 };
  return `M${fixed(a.x)} ${fixed(a.y)}Q${fixed(bend.x)} ${fixed(bend.y)} ${fixed(c.x)} ${fixed(c.y)}`;
}

/** For attributes: tenths of a pixel are enough, and the same numbers everywhere. */
export function fixed(value: number): number {
  return Math.round(value * 10) / 10;
}

function clipped(from: Point, bend: Point, to: Point, a: Rect, b: Rect): Way {
  const whole: Way = { from, bend, to, start: 0, end: 1, length: 0 };
  let start = 0;
  let end = 1;
  // In steps of a hundredth the border is met to about two pixels; what is left is the margin's.
  for (let i = 0; i <= 100; i++) if (inside(pointOn(whole, i / 100), a, MARGIN)) start = i / 100;
  for (let i = 100; i >= 0; i--) if (inside(pointOn(whole, i / 100), b, MARGIN)) end = i / 100;
  if (end <= start) [start, end] = [0.45, 0.55];
  const cut = { ...whole, start, end };
  let length = 0;
  let last = pointOn(cut, 0);
  for (let i = 1; i <= 12; i++) {
    const point = pointOn(cut, i / 12);
    length += Math.hypot(point.x - last.x, point.y - last.y);
    last = point;
  }
  return { ...cut, length };
}

function middle(rect: Rect): Point {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

function inside(point: Point, rect: Rect, margin: number): boolean {
  return (
    point.x > rect.x - margin &&
    point.x < rect.x + rect.width + margin &&
    point.y > rect.y - margin &&
    point.y < rect.y + rect.height + margin
  );
}
