/** The axis of the space–time diagram: instants to pixels and back, ticks, and the window around the head. Pure. */
import { formatTimeOfDay } from '../components/format.ts';

/** A stretch of the cluster's monotonic clock, in ms. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A stretch of an axis, in its own unit: ms of the cluster's clock, steps of a history. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface LinearScale {
  readonly left: number;
  readonly right: number;
  readonly x: (at: number) => number;
  readonly at: (x: number) => number;
}

export interface TimeScale extends TimeWindow, LinearScale {}

/** Maps the range onto the pixels from `left` to `right`. */
export function linearScale({ from, to }: Range, left: number, right: number): LinearScale {
  const perUnit = (right - left) / Math.max(to - from, 1e-6);
  return { left, right, x: (at) => left + (at - from) * perUnit, at: (x) => from + (x - left) / perUnit };
}

/** Maps the window onto the pixels from `left` to `right`. */
export function timeScale({ fromMs, toMs }: TimeWindow, left: number, right: number): TimeScale {
  return { fromMs, toMs, ...linearScale({ from: fromMs, to: toMs }, left, right) };
}

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** Steps of 1, 2 and 5 times a power of ten, in ms. */
function stepFor(spanMs: number, count: number): number {
  const rough = spanMs / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/**
 * About `count` ticks at round wall-clock times. `wallOffsetMs` is what the wall clock is ahead of the monotonic one.
 * Labels are times of day where a step is a second or more, else seconds of the minute with the digits that tell two ticks
 * apart.
 */
export function ticksOf({ fromMs, toMs }: TimeWindow, count: number, wallOffsetMs: number): readonly Tick[] {
  const step = stepFor(toMs - fromMs, count);
  const first = Math.ceil((fromMs + wallOffsetMs) / step);
  const last = Math.floor((toMs + wallOffsetMs) / step);
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step / 1000) - 1e-9)));
  return Array.from({ length: Math.max(0, Math.min(last - first + 1, 200)) }, (_, i) => {
    const wallMs = (first + i) * step;
    const label = step >= 1000 ? formatTimeOfDay(wallMs) : ((wallMs / 1000) % 60).toFixed(digits);
    return { atMs: wallMs - wallOffsetMs, label };
  });
}

/** At speed 1 the window is so wide: what happens in ten seconds of looking. */
const BASE_WINDOW_MS = 10_000;
const MIN_WINDOW_MS = 0.2;
const MAX_WINDOW_MS = 10 * 60_000;

/** How wide the window is by itself at a speed. */
export function windowMsFor(speed: number): number {
  return clampWindow(BASE_WINDOW_MS * speed);
}

/** A width within what can be drawn sensibly. */
export function clampWindow(ms: number): number {
  return Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, ms));
}

/** The window with the head where it belongs: at the right end while live, else with room for what comes. */
export function windowAround(headMs: number, widthMs: number, live: boolean): TimeWindow {
  const ahead = live ? 0.015 : 0.08;
  return { fromMs: headMs - widthMs * (1 - ahead), toMs: headMs + widthMs * ahead };
}

/** The window made `factor` times as wide, with the instant at `anchorMs` where it was. */
export function zoomWindow({ fromMs, toMs }: TimeWindow, factor: number, anchorMs: number): TimeWindow {
  const { from, to } = zoomRange({ from: fromMs, to: toMs }, factor, anchorMs, clampWindow);
  return { fromMs: from, toMs: to };
}

/** The range made `factor` times as wide within what `clamp` allows, with `anchor` where it was. */
export function zoomRange(
  { from, to }: Range,
  factor: number,
  anchor: number,
  clamp: (width: number) => number,
): Range {
  const width = clamp((to - from) * factor);
  const share = (anchor - from) / (to - from);
  return { from: anchor - width * share, to: anchor + width * (1 - share) };
}
