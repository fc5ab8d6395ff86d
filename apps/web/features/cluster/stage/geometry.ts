/** Lines between cards: lanes for what servers send to one another, curves for votes, places for labels. In stage pixels. */
import { type Box, centre, near, type Point, type Size } from './ring-layout.ts';

/** The way from one card to another: what goes the other way has a lane of its own, beside this one. */
export interface Lane {
  readonly from: Point;
  readonly to: Point;
  readonly length: number;
  /** Direction of travel, and its normal away from the lane of the other direction, both of length 1. */
  readonly along: Point;
  readonly away: Point;
}

/** Room between the end of a line and the card. */
const CLEARANCE_PX = 5;

/** The lane from one card to another, `spacingPx` apart from the one that leads back. */
export function lane(from: Box, to: Box, spacingPx: number): Lane {
  const start = edgePoint(from, centre(to), CLEARANCE_PX);
  const end = edgePoint(to, centre(from), CLEARANCE_PX);
  const length = Math.max(1, Math.hypot(end.x - start.x, end.y - start.y));
  const along = { x: (end.x - start.x) / length, y: (end.y - start.y) / length };
  const away = { x: along.y, y: -along.x };
  const shift = { x: (away.x * spacingPx) / 2, y: (away.y * spacingPx) / 2 };
  return { from: plus(start, shift), to: plus(end, shift), length, along, away };
}

/** The point of a lane at a distance from its start, `sidePx` away from the other lane. */
export function pointOn(line: Lane, distancePx: number, sidePx = 0): Point {
  return {
    x: line.from.x + line.along.x * distancePx + line.away.x * sidePx,
    y: line.from.y + line.along.y * distancePx + line.away.y * sidePx,
  };
}

/** Where the straight line from the middle of a box towards a point leaves the box, and `gapPx` further. */
export function edgePoint(box: Box, towards: Point, gapPx: number): Point {
  const middle = centre(box);
  const dx = towards.x - middle.x;
  const dy = towards.y - middle.y;
  if (dx === 0 && dy === 0) return middle;
  const k = Math.min(
    (box.width / 2 + gapPx) / Math.max(Math.abs(dx), 1e-9),
    (box.height / 2 + gapPx) / Math.max(Math.abs(dy), 1e-9),
  );
  return { x: middle.x + dx * k, y: middle.y + dy * k };
}

/** A curve with one control point, and the tip and direction of its arrow head. */
export interface Arrow {
  /** Data of an SVG path, ending where the head begins. */
  readonly d: string;
  readonly tip: Point;
  /** Direction at the tip, in radians. */
  readonly angle: number;
  /** Points along it, for what must not cover it. */
  readonly points: readonly Point[];
  /** Points on it at which a label can stand, the best first, each with the direction away from the arrow. */
  readonly anchors: readonly { readonly at: Point; readonly away: Point }[];
}

const HEAD_PX = 6;
const BEND = 0.16;
const MIN_BEND_PX = 20;
const MAX_BEND_PX = 96;
/** An arrow keeps so far from the edge of the stage. */
const EDGE_PX = 10;

/**
 * The arrow of a vote from one card to another, bent away from the middle of the stage (towards it with `inward`, and where it
 * would leave the stage otherwise).
 */
export function voteArrow(from: Box, to: Box, stage: Size, inward = false): Arrow {
  const [a, b] = [centre(from), centre(to)];
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const length = Math.max(1, Math.hypot(b.x - a.x, b.y - a.y));
  const left = { x: (b.y - a.y) / length, y: -(b.x - a.x) / length };
  const outwards = (middle.x - stage.width / 2) * left.x + (middle.y - stage.height / 2) * left.y;
  const bend = Math.min(MAX_BEND_PX, Math.max(MIN_BEND_PX, length * BEND));
  // Between opposite places outside is on neither side: there the arrow keeps to the left of its way.
  const isLeft = outwards < -1 === inward;
  const reaches = (sign: number) => {
    const apex = { x: middle.x + left.x * bend * sign, y: middle.y + left.y * bend * sign };
    return apex.x > EDGE_PX && apex.y > EDGE_PX && apex.x < stage.width - EDGE_PX && apex.y < stage.height - EDGE_PX;
  };
  const wished = isLeft ? 1 : -1;
  const sign = reaches(wished) || !reaches(-wished) ? wished : -wished;
  const normal = { x: left.x * sign, y: left.y * sign };
  const control = { x: middle.x + normal.x * bend * 2, y: middle.y + normal.y * bend * 2 };
  const start = edgePoint(from, control, CLEARANCE_PX);
  const tip = edgePoint(to, control, CLEARANCE_PX);
  const end = towards(tip, control, HEAD_PX);
  const on = (t: number) => ({
    x: (1 - t) ** 2 * start.x + 2 * t * (1 - t) * control.x + t ** 2 * tip.x,
    y: (1 - t) ** 2 * start.y + 2 * t * (1 - t) * control.y + t ** 2 * tip.y,
  });
  const back = { x: -normal.x, y: -normal.y };
  return {
    d: `M${fixed(start)}Q${fixed(control)} ${fixed(end)}`,
    tip,
    angle: Math.atan2(tip.y - control.y, tip.x - control.x),
    points: Array.from({ length: 17 }, (_, i) => on(i / 16)),
    anchors: [0.5, 0.38, 0.62, 0.26, 0.74].flatMap((t) => [
      { at: on(t), away: normal },
      { at: on(t), away: back },
    ]),
  };
}

/**
 * The arrow of a vote for oneself: a loop on the first edge of the card beside which there is room for it: above, to the
 * right, to the left, below; above where there is none anywhere.
 */
export function selfVoteArrow(box: Box, stage: Size, obstacles: readonly Box[] = []): Arrow {
  const reach = Math.min(48, box.height * 0.5);
  const loops = [
    loop(box, 0, -1, reach),
    loop(box, 1, 0, reach),
    loop(box, -1, 0, reach),
    loop(box, 0, 1, reach),
  ] as const;
  const hasRoom = ({ points }: Arrow): boolean =>
    points.every(({ x, y }) => x > 2 && y > 2 && x < stage.width - 2 && y < stage.height - 2) &&
    !obstacles.some((obstacle) => points.some((point) => near(obstacle, { ...point, width: 0, height: 0 }, 2)));
  return loops.find(hasRoom) ?? loops[0];
}

/** A loop on the edge that the outward direction (outX, outY) leads to. */
function loop(box: Box, outX: number, outY: number, reach: number): Arrow {
  const isUpright = outX === 0;
  // Above and below near the right end, where the label of the card's role leaves room; beside in the upper half.
  const root = isUpright
    ? { x: box.x + box.width - Math.min(100, box.width * 0.6), y: outY < 0 ? box.y - 3 : box.y + box.height + 3 }
    : { x: outX > 0 ? box.x + box.width + 3 : box.x - 3, y: box.y + box.height * 0.28 };
  const along = isUpright ? { x: 1, y: 0 } : { x: 0, y: 1 };
  const at = (side: number, out: number) => ({
    x: root.x + along.x * reach * side + outX * out,
    y: root.y + along.y * reach * side + outY * out,
  });
  const tip = at(1, 0);
  return {
    d: `M${fixed(root)}C${fixed(at(0, reach * 0.85))} ${fixed(at(1, reach * 0.85))} ${fixed(at(1, HEAD_PX))}`,
    tip,
    angle: Math.atan2(-outY, -outX),
    points: [at(0, reach * 0.3), at(0.5, reach * 0.65), at(1, reach * 0.3)],
    anchors: [
      { at: at(0.5, reach * 0.64), away: { x: outX, y: outY } },
      { at: at(1, reach * 0.4), away: along },
      { at: at(0, reach * 0.4), away: { x: -along.x, y: -along.y } },
    ],
  };
}

/** A closed arrow head as the data of an SVG path. */
export function arrowHead(tip: Point, angle: number, sizePx: number): string {
  const side = (turn: number) => ({
    x: tip.x - sizePx * Math.cos(angle + turn),
    y: tip.y - sizePx * Math.sin(angle + turn),
  });
  return `M${fixed(side(0.42))}L${fixed(tip)}L${fixed(side(-0.42))}Z`;
}

/** A text and the places where it may stand, the best first. */
export interface LabelWish {
  readonly key: string;
  readonly width: number;
  readonly anchors: Arrow['anchors'];
  /** Points that this label keeps clear of: other arrows. */
  readonly avoid?: readonly Point[];
}

const LABEL_HEIGHT_PX = 16;
const LABEL_GAP_PX = 6;

/**
 * One place for each label, as the box of its text: the first wished one that covers no obstacle, no other label and stays
 * inside; the first wished one where none is free.
 */
export function placeLabels(
  wishes: readonly LabelWish[],
  obstacles: readonly Box[],
  width: number,
  height: number,
): ReadonlyMap<string, Box> {
  const placed = new Map<string, Box>();
  for (const wish of wishes) {
    const boxes = wish.anchors.map(({ at, away }) => labelBox(at, away, wish.width));
    const free = boxes.find(
      (box) =>
        box.x >= 2 &&
        box.y >= 2 &&
        box.x + box.width <= width - 2 &&
        box.y + box.height <= height - 2 &&
        !obstacles.some((obstacle) => near(box, obstacle)) &&
        !wish.avoid?.some((point) => near(box, { ...point, width: 0, height: 0 }, 3)) &&
        ![...placed.values()].some((other) => near(box, other)),
    );
    const box = free ?? boxes[0];
    if (box === undefined) continue;
    const x = Math.min(Math.max(box.x, 2), Math.max(2, width - box.width - 2));
    placed.set(wish.key, { ...box, x, y: Math.min(Math.max(box.y, 2), Math.max(2, height - box.height - 2)) });
  }
  return placed;
}

/** The box of a text beside a point: it touches the point's surroundings only with the side that faces it. */
function labelBox(at: Point, away: Point, width: number): Box {
  const reach = (Math.abs(away.x) * width + Math.abs(away.y) * LABEL_HEIGHT_PX) / 2 + LABEL_GAP_PX;
  return {
    x: at.x + away.x * reach - width / 2,
    y: at.y + away.y * reach - LABEL_HEIGHT_PX / 2,
    width,
    height: LABEL_HEIGHT_PX,
  };
}

/** A point as it stands in the data of an SVG path. */
export function fixed(point: Point): string {
  return `${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
}

function plus(a: Point, b: Point): Point {
  return { x: a.x + b.x, y: a.y + b.y };
}

function towards(from: Point, to: Point, distancePx: number): Point {
  const length = Math.max(1e-9, Math.hypot(to.x - from.x, to.y - from.y));
  return {
    x: from.x + ((to.x - from.x) * distancePx) / length,
    y: from.y + ((to.y - from.y) * distancePx) / length,
  };
}
