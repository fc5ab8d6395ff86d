/**
 * Where the servers stand. A place depends on the number of servers and the size of the stage alone, never on a role, so
 * that a server stays where it is while it wins, loses or dies.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Point, Size {}

/** How much a card tells: all, all but what is said twice, the most important, or only its role mark. */
export type CardVariant = 'full' | 'compact' | 'small' | 'mark';

export interface RingLayout extends Size {
  readonly variant: CardVariant;
  /** The card of each server, by sid. */
  readonly cards: ReadonlyMap<number, Box>;
}

interface CardSize extends Size {
  readonly variant: CardVariant;
  /** Room that must stay between two cards, so that a link between them can be seen. */
  readonly gap: number;
  /** Room around the ring. */
  readonly margin: number;
}

const MARK: CardSize = { variant: 'mark', width: 44, height: 48, gap: 12, margin: 14 };

/** From the most telling to the smallest. */
const SIZES: readonly CardSize[] = [
  { variant: 'full', width: 220, height: 122, gap: 34, margin: 14 },
  { variant: 'compact', width: 200, height: 96, gap: 14, margin: 12 },
  { variant: 'small', width: 172, height: 78, gap: 8, margin: 12 },
  MARK,
];

/** The ring of the servers in the order of their sids, clockwise from the top, with the largest cards that have room. */
export function ringLayout(sids: readonly number[], width: number, height: number): RingLayout {
  const order = [...sids].sort((a, b) => a - b);
  const size = SIZES.find((candidate) => fits(order.length, candidate, width, height)) ?? MARK;
  return { variant: size.variant, cards: placed(order, size, width, height), width, height };
}

/** The ring with role marks alone, as a narrow screen shows it. */
export function markLayout(sids: readonly number[], width: number, height: number): RingLayout {
  const order = [...sids].sort((a, b) => a - b);
  return { variant: 'mark', cards: placed(order, { ...MARK, margin: 18 }, width, height), width, height };
}

/** The middle of a box. */
export function centre(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Whether two boxes come nearer to each other than `gap`. */
export function near(a: Box, b: Box, gap = 0): boolean {
  return (
    a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap
  );
}

/**
 * A place for a plate of the given size between the cards: as far as possible from them and the obstacles, rather in the
 * middle than at a side; null where it would cover one everywhere.
 */
export function middlePlace(
  layout: RingLayout,
  width: number,
  height: number,
  obstacles: readonly Box[] = [],
): Point | null {
  const cards = [...layout.cards.values(), ...obstacles];
  const [middleX, middleY] = [(layout.width - width) / 2, (layout.height - height) / 2];
  let best: { readonly place: Point; readonly worth: number } | null = null;
  for (let shift = 0; middleX - shift >= 8; shift += 8) {
    for (const x of shift === 0 ? [middleX] : [middleX - shift, middleX + shift]) {
      for (let y = 8; y + height <= layout.height - 8; y += 2) {
        const room = Math.min(...cards.map((card) => distance(card, { x, y, width, height })));
        const worth = Math.min(room, 40) - shift * 0.2 - Math.abs(y - middleY) * 0.05;
        if (room >= 8 && (best === null || worth > best.worth)) best = { place: { x, y }, worth };
      }
    }
  }
  return best?.place ?? null;
}

function fits(count: number, size: CardSize, width: number, height: number): boolean {
  if (width < size.width + 2 * size.margin || height < size.height + 2 * size.margin) return false;
  const boxes = unitRing(count).map((point) => boxAt(point, size, width, height));
  return boxes.every((a, i) => boxes.every((b, j) => i >= j || !near(a, b, size.gap)));
}

function placed(order: readonly number[], size: CardSize, width: number, height: number): ReadonlyMap<number, Box> {
  const ring = unitRing(order.length);
  return new Map(order.map((sid, i) => [sid, boxAt(ring[i] ?? { x: 0.5, y: 0.5 }, size, width, height)]));
}

/** Points of a ring stretched to the unit square. Two stand side by side and four in the corners: the middle stays free. */
function unitRing(count: number): readonly Point[] {
  if (count === 1) return [{ x: 0.5, y: 0.5 }];
  const first = count === 2 ? -Math.PI : count === 4 ? -0.75 * Math.PI : -0.5 * Math.PI;
  const circle = Array.from({ length: count }, (_, i) => {
    const angle = first + (i * 2 * Math.PI) / count;
    return { x: Math.cos(angle), y: Math.sin(angle) };
  });
  const stretch = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value: number) => (high - low < 1e-9 ? 0.5 : (value - low) / (high - low));
  };
  const [toX, toY] = [stretch(circle.map((point) => point.x)), stretch(circle.map((point) => point.y))];
  return circle.map((point) => ({ x: toX(point.x), y: toY(point.y) }));
}

function boxAt(point: Point, size: CardSize, width: number, height: number): Box {
  return {
    x: Math.round(size.margin + point.x * Math.max(0, width - 2 * size.margin - size.width)),
    y: Math.round(size.margin + point.y * Math.max(0, height - 2 * size.margin - size.height)),
    width: size.width,
    height: size.height,
  };
}

function distance(a: Box, b: Box): number {
  const dx = Math.max(a.x - b.x - b.width, b.x - a.x - a.width);
  const dy = Math.max(a.y - b.y - b.height, b.y - a.y - a.height);
  if (dx < 0 && dy < 0) return Math.max(dx, dy);
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0));
}
