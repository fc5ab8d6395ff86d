/**
 * A history as a space–time diagram, in pixels: a lane a node, a step a column, each message a line from the step that sent
 * it to the step that ended it. Only what has happened by `u` is drawn. Pure: the same input gives the same marks.
 */
import type { Fact } from '@vivarium/labs/node-view';
import type { NodeSpec } from '@vivarium/labs/protocol';
import type { Text } from '@vivarium/labs/text';
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import { type LinearScale, linearScale, type Range } from '../../../viz/space-time-scale.ts';
import { shareAt } from '../stage/motion.ts';
import { type Box, labelTrips, textWidth } from './space-time-labels.ts';
import type { NodePoint, Story, Trip } from './story.ts';

export interface PlotInput {
  readonly nodes: readonly NodeSpec[];
  readonly story: Story;
  /** Where the history stands, in steps. */
  readonly u: number;
  readonly range: Range;
  readonly width: number;
  readonly height: number;
  readonly selected: MessageId | null;
  readonly say: (text: Text) => string;
  /** A fact in words: `promised 2`. */
  readonly factLabel: (fact: Fact) => string;
}

export interface TripMark {
  readonly kind: 'message';
  readonly key: string;
  readonly trip: Trip;
  /** As of now: what ends later is still under way. */
  readonly fate: Trip['fate'];
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface PointMark {
  readonly kind: 'point';
  readonly key: string;
  readonly point: NodePoint;
  readonly x: number;
  readonly y: number;
}

export type LabMark = TripMark | PointMark;

export interface LabLane {
  readonly node: NodeSpec;
  readonly y: number;
  /** Stretches up to now in which the node was up, or paused. */
  readonly up: readonly { readonly x1: number; readonly x2: number; readonly paused: boolean }[];
}

/** A value in a plate on a lane. */
export interface Plate {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly text: string;
  readonly settled: boolean;
}

export interface PlotNote {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly text: string;
  readonly look: 'message' | 'hot' | 'change' | 'named' | 'cut';
}

export interface LabPlot {
  readonly scale: LinearScale;
  readonly ticks: readonly { readonly n: number; readonly x: number }[];
  readonly lanes: readonly LabLane[];
  readonly marks: readonly LabMark[];
  readonly plates: readonly Plate[];
  readonly notes: readonly PlotNote[];
  /** Lines across lanes: where a link was cut or healed, where something that has a name came about. */
  readonly rules: readonly {
    readonly key: string;
    readonly x: number;
    readonly y1: number;
    readonly y2: number;
    readonly cut: boolean;
  }[];
  /** Null where now is out of sight. */
  readonly headX: number | null;
  readonly bottom: number;
}

/** Room for the axis above the lanes and for what stands below the last one, in px. */
export const TOP_PX = 26;
const BOTTOM_PX = 30;
const RIGHT_PX = 14;
const LEAST_PITCH_PX = 24;
const MOST_PITCH_PX = 76;
/** From so wide a step on there is room for what changed. */
const ROOMY_PX = 26;
/** How far a lost message is drawn: where it stopped is not known. */
const LOST_SHARE = 0.86;
const IDEAL_STEP_PX = 59;
const NARROW_PX = 560;

/** The height that so many lanes need at least, in px. */
export function leastHeight(lanes: number): number {
  return TOP_PX + BOTTOM_PX + lanes * LEAST_PITCH_PX;
}

/** Room for the names of the nodes, in px. */
function leftOf(width: number): number {
  return width < NARROW_PX ? 54 : 92;
}

/** The range by itself: as many steps as stand well side by side, with now where there is room for what comes. */
export function rangeAround(u: number, width: number): Range {
  const stepPx = width < NARROW_PX ? 44 : IDEAL_STEP_PX;
  const steps = Math.max(3, (width - leftOf(width) - RIGHT_PX) / stepPx);
  const from = Math.max(0.45, u - steps * 0.84);
  return { from, to: from + steps };
}

/** Keeps a number of steps within what can be drawn sensibly. */
export function clampSteps(steps: number): number {
  return Math.min(12_000, Math.max(3, steps));
}

/** Lays the diagram out. */
export function plotStory(input: PlotInput): LabPlot {
  const { nodes, story, u, range, width, height, selected } = input;
  const left = leftOf(width);
  const scale = linearScale(range, left, Math.max(left + 1, width - RIGHT_PX));
  const room = (height - TOP_PX - BOTTOM_PX) / Math.max(nodes.length, 1);
  const pitch = Math.max(LEAST_PITCH_PX, Math.min(MOST_PITCH_PX, room));
  const yOf = new Map(nodes.map(({ id }, i) => [id, TOP_PX + pitch * (i + 0.5)]));
  const bottom = TOP_PX + pitch * nodes.length;
  const stepPx = scale.x(1) - scale.x(0);
  const at: At = { input, scale, yOf, now: Math.floor(u + 1e-9), bottom };
  const trips = story.trips.flatMap((trip) => tripMark(trip, at) ?? []);
  const points = story.points.flatMap((point) => pointMark(point, at) ?? []);
  const isRoomy = stepPx >= ROOMY_PX;
  const { plates, notes: changes } = isRoomy ? changeMarks(at) : { plates: [], notes: [] };
  const named = namedMarks(at);
  const taken: Box[] = [
    ...plates.map(({ x, y, width: w }) => ({ x: x - w / 2, y: y - 8, width: w, height: 16 })),
    ...[...changes, ...named.notes].map(boxOf),
  ];
  const messages = isRoomy ? labelTrips(trips, taken, { left, right: width, selected }) : [];
  return {
    scale,
    ticks: ticksOf(range, stepPx).map((n) => ({ n, x: scale.x(n) })),
    lanes: nodes.map((node) => ({ node, y: yOf.get(node.id) ?? TOP_PX, up: upStretches(node.id, at) })),
    marks: [...trips, ...points].sort((a, b) => orderOf(a) - orderOf(b)),
    plates,
    notes: [...changes, ...named.notes, ...messages],
    rules: named.rules,
    headX: u >= range.from && u <= range.to ? scale.x(u) : null,
    bottom,
  };
}

interface At {
  readonly input: PlotInput;
  readonly scale: LinearScale;
  readonly yOf: ReadonlyMap<string, number>;
  /** The last entry that has happened. */
  readonly now: number;
  readonly bottom: number;
}

/** The entry that a mark speaks of: the one that ended a message, the one that sent it while it is under way. */
export function entryOf(mark: LabMark): number {
  if (mark.kind === 'point') return mark.point.n;
  return mark.fate === 'underWay' ? mark.trip.sentN : (mark.trip.endN ?? mark.trip.sentN);
}

function orderOf(mark: LabMark): number {
  return mark.kind === 'point' ? mark.point.n : mark.trip.sentN;
}

function tripMark(trip: Trip, { input, scale, yOf, now }: At): TripMark | null {
  const { sent, sentN, endN } = trip;
  const { range, u } = input;
  if (sentN > now) return null;
  const isOver = endN !== null && endN <= now;
  const to = isOver ? endN : u;
  if (to < range.from || sentN > range.to) return null;
  const y1 = yOf.get(sent.from);
  const end = yOf.get(sent.to);
  if (y1 === undefined || end === undefined) return null;
  const fate = isOver ? trip.fate : 'underWay';
  const share =
    fate === 'arrived'
      ? 1
      : fate === 'underWay'
        ? shareAt(u, sentN, trip.fate === 'arrived' ? endN : null)
        : LOST_SHARE;
  const x1 = scale.x(sentN);
  const over = fate === 'lost' || fate === 'replaced' ? LOST_SHARE : 1;
  const x2 = x1 + (scale.x(to) - x1) * over;
  return { kind: 'message', key: `m${sent.id}`, trip, fate, x1, y1, x2, y2: y1 + (end - y1) * share };
}

function pointMark(point: NodePoint, { input, scale, yOf, now }: At): PointMark | null {
  const { n, node, kind } = point;
  const y = yOf.get(node);
  if (y === undefined || n > now || n < input.range.from || n > input.range.to) return null;
  return { kind: 'point', key: `p${n}${kind}`, point, x: scale.x(n), y };
}

function upStretches(node: string, { input, scale, now }: At): LabLane['up'] {
  const { range, u } = input;
  return input.story.statuses.flatMap(({ node: of, status, from, to }) => {
    if (of !== node || status === 'down' || from > now) return [];
    const end = to === null || to > now ? u : to;
    if (end < range.from || from > range.to) return [];
    return [
      { x1: scale.x(Math.max(from, range.from)), x2: scale.x(Math.min(end, range.to)), paused: status === 'paused' },
    ];
  });
}

/** What steps changed, on the lanes of those that changed: a plate for a value, a word for the rest. */
function changeMarks({ input, scale, yOf, now }: At): { readonly plates: Plate[]; readonly notes: PlotNote[] } {
  const plates: Plate[] = [];
  const notes: PlotNote[] = [];
  const freeFrom = new Map<string, number>();
  for (const { n, node, state, facts, record } of input.story.changes) {
    const y = yOf.get(node);
    if (y === undefined || n > now || n < input.range.from || n > input.range.to) continue;
    const x = scale.x(n);
    const plate = plateOf(facts) ?? (record === null ? null : { text: record.label, settled: record.settled });
    if (plate !== null) {
      const width = Math.max(15, textWidth(plate.text, 10.8) + 7);
      plates.push({ key: `v${n}${node}`, x, y, width, ...plate });
    }
    const fact = facts.find(({ value }) => value.kind === 'term' || value.kind === 'zxid' || value.kind === 'text');
    const text = state ?? (plate === null && fact !== undefined ? input.factLabel(fact) : null);
    if (text === null || plate?.text.startsWith(text) === true) continue;
    const half = textWidth(text, 10.5) / 2;
    if (x - half < (freeFrom.get(node) ?? Number.NEGATIVE_INFINITY)) continue;
    freeFrom.set(node, x + half + 6);
    notes.push({ key: `c${n}${node}`, x, y: y + (plate === null ? 15 : 19), anchor: 'middle', text, look: 'change' });
  }
  return { plates, notes };
}

function plateOf(facts: readonly Fact[]): { readonly text: string; readonly settled: boolean } | null {
  for (const { value } of facts) {
    if (value.kind === 'value' || value.kind === 'accepted') return { text: value.value, settled: value.settled };
  }
  return null;
}

/** Moments with a name, below the lanes and beside those that they speak of; links that are cut and healed, above. */
function namedMarks({ input, scale, yOf, now, bottom }: At): Pick<LabPlot, 'rules'> & { readonly notes: PlotNote[] } {
  const notes: PlotNote[] = [];
  const rules: LabPlot['rules'][number][] = [];
  const isSeen = (n: number) => n <= now && n >= input.range.from && n <= input.range.to;
  let freeFrom = Number.NEGATIVE_INFINITY;
  for (const { n, text, nodes } of input.story.named) {
    if (!isSeen(n)) continue;
    const x = scale.x(n);
    const ys = nodes.flatMap((node) => yOf.get(node) ?? []);
    if (ys.length > 1) rules.push({ key: `r${n}`, x, y1: Math.min(...ys) - 12, y2: Math.max(...ys) + 12, cut: false });
    const said = input.say(text);
    const half = textWidth(said, 10.5) / 2;
    if (x - half < freeFrom) continue;
    freeFrom = x + half + 8;
    notes.push({ key: `n${n}`, x, y: bottom + 14, anchor: 'middle', text: said, look: 'named' });
  }
  for (const { n, cuts } of input.story.cuts) {
    if (!isSeen(n)) continue;
    rules.push({ key: `k${n}`, x: scale.x(n), y1: TOP_PX, y2: bottom, cut: cuts.length > 0 });
  }
  return { rules, notes };
}

/** The steps that are written on the axis: all, or every second, fifth, tenth and so on. */
function ticksOf({ from, to }: Range, stepPx: number): readonly number[] {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].find((step) => step * stepPx >= 24) ?? 5000;
  const first = Math.max(1, Math.ceil(from / every));
  const count = Math.max(0, Math.floor(to / every) - first + 1);
  return Array.from({ length: Math.min(count, 400) }, (_, i) => (first + i) * every);
}

function boxOf({ x, y, anchor, text }: PlotNote): Box {
  const width = textWidth(text, 10.5);
  return { x: anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2, y: y - 9, width, height: 12 };
}
