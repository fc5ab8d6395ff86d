/** Where the names of messages stand in the diagram: beside their lines, where there is room. Pure. */
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import type { PlotNote, TripMark } from './space-time-plot.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const FONT_PX = 10;
/** Above so many lines nobody could tell whose name it is. */
const MANY = 160;
const SHARES = [0.3, 0.5, 0.18, 0.68];
/** How far the name of a message under way may be moved so that it does not lie on another, in px. */
const NUDGES = [0, -11, 11, -21, 21];

/** How wide a text is about, in px: a wide character is as wide as the font is high. */
export function textWidth(text: string, fontPx: number): number {
  let ems = 0;
  for (const character of text) ems += character > '\u2e7f' ? 1 : 0.605;
  return ems * fontPx;
}

/** Names messages: the chosen one, those under way, then one of each that were sent together. */
export function labelTrips(
  trips: readonly TripMark[],
  taken: readonly Box[],
  where: { readonly left: number; readonly right: number; readonly selected: MessageId | null },
): PlotNote[] {
  if (trips.length > MANY) return [];
  const notes: PlotNote[] = [];
  const boxes = [...taken];
  const named = new Set<string>();
  const rank = ({ trip, fate }: TripMark) => (trip.sent.id === where.selected ? 0 : fate === 'underWay' ? 1 : 2);
  for (const trip of [...trips].sort((a, b) => rank(a) - rank(b))) {
    const { sent, sentN } = trip.trip;
    const isHot = sent.id === where.selected;
    const together = `${sent.from}:${sentN}:${sent.label}`;
    if (trip.fate !== 'underWay' && !isHot && named.has(together)) continue;
    // Where its right end would be out of sight, a message under way says only what it is.
    const isLong = trip.fate === 'underWay' && trip.x2 + 9 + textWidth(sent.label, FONT_PX) > where.right;
    const text = isLong ? sent.type : sent.label;
    const width = textWidth(text, FONT_PX);
    const spot = spotsFor(trip, width).find(
      (candidate) =>
        candidate.box.x >= where.left &&
        candidate.box.x + width <= where.right &&
        !boxes.some((box) => overlap(box, candidate.box)) &&
        (trip.fate === 'underWay' || isHot || !trips.some((other) => other !== trip && crosses(other, candidate.box))),
    );
    if (spot === undefined) continue;
    named.add(together);
    boxes.push(spot.box);
    const { x, y, anchor } = spot;
    notes.push({ key: `l${sent.id}`, x, y, anchor, text, look: isHot ? 'hot' : 'message' });
  }
  return notes;
}

interface Spot extends Pick<PlotNote, 'x' | 'y' | 'anchor'> {
  readonly box: Box;
}

function spotsFor(trip: TripMark, width: number): readonly Spot[] {
  const spot = (x: number, y: number, anchor: 'start' | 'end'): Spot => ({
    x,
    y,
    anchor,
    box: { x: anchor === 'start' ? x : x - width, y: y - 8, width, height: 10 },
  });
  if (trip.fate === 'underWay') return NUDGES.map((by) => spot(trip.x2 + 9, trip.y2 + 3.5 + by, 'start'));
  return SHARES.flatMap((share) => {
    const x = trip.x1 + (trip.x2 - trip.x1) * share;
    const y = trip.y1 + (trip.y2 - trip.y1) * share + 3;
    return [spot(x - 7, y, 'end'), spot(x + 7, y, 'start')];
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether a line goes through a box. */
function crosses({ x1, y1, x2, y2 }: TripMark, box: Box): boolean {
  const [left, right] = [Math.max(box.x, Math.min(x1, x2)), Math.min(box.x + box.width, Math.max(x1, x2))];
  if (left > right) return false;
  const yAt = (x: number) => (x2 === x1 ? y1 : y1 + ((y2 - y1) * (x - x1)) / (x2 - x1));
  const [a, b] = [yAt(left), yAt(right)];
  return Math.max(a, b) >= box.y && Math.min(a, b) <= box.y + box.height;
}
