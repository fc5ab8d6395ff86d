/** Where instants lie on the strips of the time bar. Pure: times are milliseconds of the cluster's clock. */
import type { ClusterState, TimeMark } from '@vivarium/shared/cluster-state';
import { formatTimeOfDay } from '../../components/format.ts';

/** A stretch of time, and the pixels that it is drawn on. */
export interface Strip {
  readonly fromMs: number;
  readonly toMs: number;
  readonly left: number;
  readonly right: number;
}

/** The pixel of an instant; may lie outside of the strip. */
export function xOf(strip: Strip, atMs: number): number {
  return strip.left + ((atMs - strip.fromMs) / (strip.toMs - strip.fromMs)) * (strip.right - strip.left);
}

/** The instant at a pixel, kept within the strip. */
export function timeAt(strip: Strip, x: number): number {
  const share = (x - strip.left) / (strip.right - strip.left);
  return strip.fromMs + Math.min(1, Math.max(0, share)) * (strip.toMs - strip.fromMs);
}

const MAX_OVERVIEW_MS = 30 * 60_000;
const MIN_OVERVIEW_MS = 60_000;
/** A recording may be short; it is drawn from end to end. */
const MIN_RECORDED_MS = 2_000;
/** Room to the right of now, so that the newest marks are seen whole. */
const ROOM = 0.02;

/** The time that the overview shows: all of which anything is known, half an hour at most. */
export function overviewTime(
  latest: Pick<ClusterState, 'rates' | 'marks'>,
  liveMs: number,
  liveWallMs: number,
  isLive: boolean,
): { readonly fromMs: number; readonly toMs: number } {
  const oldestMs = oldestKnownMs(latest, liveMs, liveWallMs);
  const least = isLive ? MIN_OVERVIEW_MS : MIN_RECORDED_MS;
  const lengthMs = Math.min(MAX_OVERVIEW_MS, Math.max(least, liveMs - oldestMs));
  return { fromMs: liveMs - lengthMs, toMs: liveMs + lengthMs * ROOM };
}

/** The first instant of which anything is known. */
export function oldestKnownMs(
  latest: Pick<ClusterState, 'rates' | 'marks'>,
  liveMs: number,
  liveWallMs: number,
): number {
  const [firstSecond] = latest.rates[0] ?? [];
  const firstRateMs = firstSecond === undefined ? liveMs : firstSecond * 1000 - (liveWallMs - liveMs);
  const firstMarkMs = latest.marks[0]?.atMs ?? liveMs;
  // A rate is that of a whole second, whose first event the mark may be.
  return Math.abs(firstMarkMs - firstRateMs) < 1000 ? firstMarkMs : Math.min(firstRateMs, firstMarkMs);
}

const MIN_WINDOW_MS = 5;
const MAX_WINDOW_MS = 120_000;

/** The window of the detail strip that suits a speed: twenty seconds of a viewer's time. */
export function windowFor(speed: number): number {
  return clampWindow(20_000 * speed);
}

export function clampWindow(windowMs: number): number {
  return Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, windowMs));
}

/**
 * The time that the detail strip shows. Live, it moves with the head near its right end. Otherwise it stands still while
 * the head is well within it, and turns the page when it is not.
 */
export function detailTime(
  before: { readonly fromMs: number; readonly toMs: number } | null,
  headMs: number,
  windowMs: number,
  isLive: boolean,
): { readonly fromMs: number; readonly toMs: number } {
  if (isLive) return { fromMs: headMs - 0.9 * windowMs, toMs: headMs + 0.1 * windowMs };
  const stays =
    before !== null &&
    Math.abs(before.toMs - before.fromMs - windowMs) < windowMs * 1e-6 &&
    headMs >= before.fromMs + windowMs * 0.04 &&
    headMs <= before.toMs - windowMs * 0.04;
  if (stays) return before;
  const turnsBack = before !== null && headMs < before.fromMs + windowMs * 0.04 && headMs > before.fromMs - windowMs;
  const share = before === null ? 0.5 : turnsBack ? 0.75 : 0.25;
  return { fromMs: headMs - share * windowMs, toMs: headMs + (1 - share) * windowMs };
}

/** Steps of an axis: each a length that a clock divides into. */
const STEPS_MS = [
  0.5,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((s) => s * 1000),
  ...[1, 2, 5, 10, 15, 30].map((min) => min * 60_000),
  3_600_000,
];

export interface Tick {
  readonly atMs: number;
  readonly label: string;
}

/** Ticks of an axis at round times of the wall clock, `minPx` apart at least. */
export function axisTicks(strip: Strip, wallOffsetMs: number, minPx: number): readonly Tick[] {
  const perPx = (strip.toMs - strip.fromMs) / Math.max(1, strip.right - strip.left);
  const stepMs = STEPS_MS.find((step) => step / perPx >= minPx) ?? 3_600_000;
  const ticks: Tick[] = [];
  const first = Math.ceil((strip.fromMs + wallOffsetMs) / stepMs);
  const last = Math.floor((strip.toMs + wallOffsetMs) / stepMs);
  for (let index = first; index <= last; index++) {
    const wallMs = index * stepMs;
    ticks.push({ atMs: wallMs - wallOffsetMs, label: tickLabel(wallMs, stepMs) });
  }
  return ticks;
}

/** As much of the time as tells a tick from its neighbours; a full second is written out. */
function tickLabel(wallMs: number, stepMs: number): string {
  if (stepMs >= 60_000) return formatTimeOfDay(wallMs).slice(0, 5);
  if (stepMs >= 1000 || Math.abs(wallMs % 1000) < 1e-6) return formatTimeOfDay(wallMs);
  return formatTimeOfDay(wallMs, stepMs < 1 ? 4 : 3).slice(8);
}

/** Marks that are too near to one another to be told apart, drawn side by side. */
export interface MarkGroup {
  /** The middle of it. */
  readonly x: number;
  /** The oldest first; at least one. */
  readonly marks: readonly TimeMark[];
}

/** Groups marks whose pixels are less than `gap` apart; those outside the strip are left out. */
export function groupMarks(marks: readonly TimeMark[], strip: Strip, gap: number): readonly MarkGroup[] {
  const groups: { x: number; marks: TimeMark[] }[] = [];
  for (const mark of marks) {
    const x = xOf(strip, mark.atMs);
    if (x < strip.left - 1 || x > strip.right + 1) continue;
    const last = groups.at(-1);
    if (last !== undefined && x - last.x < gap) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups;
}

/** What a group shows where there is room for `limit` shapes: each kind once, the weightiest kept, in the order they came. */
export function shownMarks(group: MarkGroup, limit: number): readonly TimeMark[] {
  const byKind = new Map<TimeMark['kind'], TimeMark>();
  for (const mark of group.marks) if (!byKind.has(mark.kind)) byKind.set(mark.kind, mark);
  const heaviest = [...byKind.values()].sort((a, b) => weight(b) - weight(a)).slice(0, limit);
  return heaviest.sort((a, b) => a.atMs - b.atMs || a.n - b.n);
}

/** How many shapes of `shapePx` a group has room for between its neighbours: one to `most`. */
export function roomFor(groups: readonly MarkGroup[], index: number, shapePx: number, most: number): number {
  const x = groups[index]?.x ?? 0;
  const before = x - (groups[index - 1]?.x ?? Number.NEGATIVE_INFINITY);
  const after = (groups[index + 1]?.x ?? Number.POSITIVE_INFINITY) - x;
  return Math.max(1, Math.min(most, Math.floor(Math.min(before, after) / shapePx)));
}

const WEIGHTS: readonly TimeMark['kind'][] = [
  'healed',
  'resumed',
  'found',
  'stopped',
  'started',
  'warning',
  'paused',
  'fault',
  'elected',
  'dropped',
  'election',
  'killed',
  'lost',
  'died',
];

function weight(mark: TimeMark): number {
  return WEIGHTS.indexOf(mark.kind);
}
