/** Where the labels of messages stand: beside their dots, and not upon one another where that can be helped. */
import { overlap, type Rect, type Size } from './place.ts';

export interface Labelled {
  readonly id: number;
  /** How wide each of its texts is, the longest first. */
  readonly widths: readonly number[];
  readonly height: number;
  /** The middle of the dot. */
  readonly x: number;
  readonly y: number;
  /** Where its tail ends. */
  readonly tail: { readonly x: number; readonly y: number };
}

/** From the middle of the dot to the middle of the label. */
interface Offset {
  readonly dx: number;
  readonly dy: number;
}

export interface LabelPlace extends Offset {
  /** Which of its texts stands there. */
  readonly text: number;
}

const DOT = 7;
/** A label that costs more than this is not drawn: it would hide more than it says. */
const TOO_MUCH = 2.8;
/** A text that costs no more is taken as it is; else a shorter one may have a better place. */
const GOOD = 1.4;

/**
 * A place for each label, by the message's id, the first ones first; null for one that has none. Cards and other labels are not
 * covered, dots hardly; nearer places come first.
 */
export function placeLabels(
  items: readonly Labelled[],
  cards: readonly Rect[],
  stage: Size,
): ReadonlyMap<number, LabelPlace | null> {
  const placed: Rect[] = [];
  const dots = items.map(({ id, x, y }) => ({ id, x: x - DOT, y: y - DOT, width: 2 * DOT, height: 2 * DOT }));
  const result = new Map<number, LabelPlace | null>();
  for (const item of items) {
    let best: LabelPlace | null = null;
    let bestRect: Rect | null = null;
    // The first one is the one that matters: it may hide more.
    let least = item === items[0] ? 1.5 * TOO_MUCH : TOO_MUCH;
    const tries = item.widths.flatMap((width, text) =>
      candidates({ width, height: item.height }).map((offset, rank) => ({ ...offset, text, rank, width })),
    );
    for (const { dx, dy, text, rank, width } of tries) {
      if (best !== null && text > best.text && least <= GOOD) break;
      const { height } = item;
      const rect = { x: item.x + dx - width / 2, y: item.y + dy - height / 2, width, height };
      if (rect.x < 2 || rect.y < 1 || rect.x + rect.width > stage.width - 2 || rect.y + rect.height > stage.height - 1)
        continue;
      let cost = rank * 0.08;
      for (const card of cards) if (overlap(rect, card)) cost += 8 * covered(rect, card) + 0.6;
      if (overlap(rect, { x: item.tail.x - 2, y: item.tail.y - 2, width: 4, height: 4 })) cost += 0.5;
      for (const label of placed) if (overlap(rect, label)) cost += 2 * TOO_MUCH;
      for (const dot of dots) if (dot.id !== item.id && overlap(rect, dot)) cost += 0.9;
      if (cost < least) {
        least = cost;
        best = { dx, dy, text };
        bestRect = rect;
      }
    }
    if (bestRect !== null) placed.push(bestRect);
    result.set(item.id, best);
  }
  return result;
}

function candidates({ width, height }: Size): readonly Offset[] {
  const near = DOT + height / 2 + 1;
  const side = DOT + width / 2 + 2;
  const half = width / 2 - 8;
  return [
    { dx: 0, dy: -near },
    { dx: 0, dy: near },
    { dx: side, dy: 0 },
    { dx: -side, dy: 0 },
    { dx: half, dy: -near },
    { dx: -half, dy: -near },
    { dx: half, dy: near },
    { dx: -half, dy: near },
    { dx: 0, dy: -near - height },
    { dx: 0, dy: near + height },
    { dx: side, dy: -height },
    { dx: -side, dy: -height },
    { dx: side, dy: height },
    { dx: -side, dy: height },
    { dx: half, dy: -near - height },
    { dx: -half, dy: near + height },
  ];
}

/** The share of `rect` that lies on `other`. */
function covered(rect: Rect, other: Rect): number {
  const width = Math.min(rect.x + rect.width, other.x + other.width) - Math.max(rect.x, other.x);
  const height = Math.min(rect.y + rect.height, other.y + other.height) - Math.max(rect.y, other.y);
  return (Math.max(0, width) * Math.max(0, height)) / (rect.width * rect.height);
}
