/** Where the cards of the nodes stand: at the shares that the scenario gives them, and never upon one another. */
import type { Place } from '@vivarium/labs/protocol';
import type { NodeId } from '@vivarium/simulation/stepped/program';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Standing {
  readonly id: NodeId;
  readonly at: Place;
  readonly size: Size;
}

/** What stays free around cards, and around the stage. */
export interface Gaps {
  readonly x: number;
  readonly y: number;
  readonly edge: number;
  /** At the right edge, for annotations; `edge` unless more is needed. */
  readonly right: number;
}

const ROUNDS = 400;
/** Shares that differ by less are of one row. */
const IN_LINE = 0.2;

/**
 * The cards on a stage of that size, or null where they cannot stand on it without touching one another. Those that would touch
 * are pushed apart along the axis in which less is missing, all by the same rule, so that what is symmetric stays symmetric.
 */
export function placeCards(nodes: readonly Standing[], stage: Size, gaps: Gaps): ReadonlyMap<NodeId, Rect> | null {
  const boxes = nodes.map(({ id, at, size }) => ({
    id,
    x: at.x * stage.width,
    y: at.y * stage.height,
    ...size,
    rank: at,
  }));
  const clamp = () => {
    for (const box of boxes) {
      box.x = within(box.x, gaps.edge + box.width / 2, stage.width - gaps.right - box.width / 2);
      box.y = within(box.y, gaps.edge + box.height / 2, stage.height - gaps.edge - box.height / 2);
    }
  };
  if (
    boxes.some((box) => box.width > stage.width - gaps.edge - gaps.right || box.height > stage.height - 2 * gaps.edge)
  )
    return null;
  clamp();
  for (let round = 0; round < ROUNDS; round++) {
    let worst = 0;
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        const missingX = (a.width + b.width) / 2 + gaps.x - Math.abs(b.x - a.x);
        const missingY = (a.height + b.height) / 2 + gaps.y - Math.abs(b.y - a.y);
        if (missingX <= 0.5 || missingY <= 0.5) continue;
        worst = Math.max(worst, Math.min(missingX, missingY));
        // Who stands in one row stays in it, and who stands in one column too.
        const isRow = Math.abs(a.rank.y - b.rank.y) < 0.02;
        const isColumn = Math.abs(a.rank.x - b.rank.x) < 0.02;
        if (isRow || (missingX < missingY && !isColumn)) {
          const side = a.rank.x <= b.rank.x ? 1 : -1;
          a.x -= (side * missingX) / 2;
          b.x += (side * missingX) / 2;
        } else {
          const side = a.rank.y <= b.rank.y ? 1 : -1;
          a.y -= (side * missingY) / 2;
          b.y += (side * missingY) / 2;
        }
      }
    }
    clamp();
    if (worst <= 0.5) return rectangles(boxes);
  }
  return null;
}

/**
 * For a narrow stage: rows in place of columns. What stands left goes up, a row takes as many cards as are wide enough, and
 * between the rows there is room for messages. The height is what it comes to.
 */
export function placeRows(
  nodes: readonly Standing[],
  width: number,
  gaps: Gaps & { readonly between: number; readonly mostInRow: number },
): { readonly rects: ReadonlyMap<NodeId, Rect>; readonly height: number } {
  const rects = new Map<NodeId, Rect>();
  const rows = rowsOf(nodes, gaps.mostInRow);
  let top = gaps.edge;
  for (const row of rows) {
    const cards = row.reduce((sum, { size }) => sum + size.width, 0);
    const free = width - gaps.edge - gaps.right - cards;
    // Messages that pass between two cards need room there too.
    const apart = row.length < 2 ? 0 : Math.max(gaps.x, Math.min(56, free / (row.length - 1)));
    let left = gaps.edge + Math.max(0, (free - apart * (row.length - 1)) / 2);
    for (const { id, size } of row) {
      rects.set(id, { x: Math.round(left), y: Math.round(top), width: size.width, height: size.height });
      left += size.width + apart;
    }
    top += Math.max(...row.map(({ size }) => size.height)) + gaps.between;
  }
  return { rects, height: rows.length === 0 ? 2 * gaps.edge : top - gaps.between + gaps.edge };
}

/**
 * The rows in which nodes stand on a narrow stage: their columns or their rows on a wide one, whichever are fewer. Who stands
 * nearly in line is in line, as long as there is room.
 */
export function rowsOf<Node extends { readonly at: Place }>(nodes: readonly Node[], mostInRow: number): Node[][] {
  const byColumns = lines(nodes, mostInRow, 'x', 'y');
  const byRows = lines(nodes, mostInRow, 'y', 'x');
  return byRows.length < byColumns.length ? byRows : byColumns;
}

function lines<Node extends { readonly at: Place }>(
  nodes: readonly Node[],
  mostInRow: number,
  across: 'x' | 'y',
  along: 'x' | 'y',
): Node[][] {
  const rows: Node[][] = [];
  for (const node of nodes.toSorted((a, b) => a.at[across] - b.at[across] || a.at[along] - b.at[along])) {
    const row = rows.at(-1);
    const first = row?.[0];
    const isInLine = first !== undefined && node.at[across] - first.at[across] <= IN_LINE;
    if (row !== undefined && isInLine && row.length < mostInRow) row.push(node);
    else rows.push([node]);
  }
  for (const row of rows) row.sort((a, b) => a.at[along] - b.at[along]);
  return rows;
}

/** Whether two rectangles have more than their edges in common. */
export function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

function rectangles(boxes: readonly (Rect & { readonly id: NodeId })[]): ReadonlyMap<NodeId, Rect> {
  return new Map(
    boxes.map(({ id, x, y, width, height }) => [
      id,
      { x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height },
    ]),
  );
}
