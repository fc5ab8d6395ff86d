/** Where the cells of a map lie: an icicle, one column for each level, each cell as high as what it stands for is large. Pure. */
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';

/** What the height of a cell says. */
export type Measure = 'bytes' | 'znodes' | 'writes';

export const MEASURES: readonly Measure[] = ['bytes', 'znodes', 'writes'];

export interface Cell {
  /** Of the znode; of `rest` that of the parent. */
  readonly path: string;
  readonly name: string;
  /** `rest`: children that have no cell of their own, together. */
  readonly kind: 'znode' | 'rest';
  /** The column, from 0. */
  readonly level: number;
  /** In pixels, from the top. */
  readonly top: number;
  readonly height: number;
  /** The index of the cell that it is part of; null for the first. */
  readonly parent: number | null;
  /** Of `rest` only the children, all below them is in the figures. */
  readonly children: number;
  readonly znodes: number;
  readonly bytes: number;
  readonly writes: number;
}

/** Less can neither be seen nor hit. */
const MIN_CELL_PX = 3;

interface Figures {
  readonly znodes: number;
  readonly bytes: number;
  readonly writes: number;
}

/** The cells of a subtree in `heightPx`, parents first, siblings from the largest; the first is the subtree itself. */
export function layOut(map: SubtreeJson, by: Measure, heightPx: number): readonly Cell[] {
  const cells: Cell[] = [];
  const place = (node: SubtreeJson, parent: number | null, level: number, top: number, height: number): void => {
    const index = cells.length;
    const { path, name, znodes, bytes, writes } = node;
    const children = node.children.length + (node.rest?.children ?? 0);
    cells.push({ path, name, kind: 'znode', level, top, height, parent, children, znodes, bytes, writes });
    const pixels = node[by] > 0 ? height / node[by] : 0;
    let rest: Figures & { readonly children: number } = node.rest ?? NO_REST;
    let next = top;
    for (const child of [...node.children].sort((a, b) => b[by] - a[by])) {
      const childHeight = child[by] * pixels;
      if (childHeight < MIN_CELL_PX) {
        rest = { children: rest.children + 1, ...sum(rest, child) };
        continue;
      }
      place(child, index, level + 1, next, childHeight);
      next += childHeight;
    }
    const restHeight = Math.min(rest[by] * pixels, top + height - next);
    if (rest.children === 0 || restHeight < MIN_CELL_PX) return;
    cells.push({
      ...rest,
      path,
      name: '',
      kind: 'rest',
      level: level + 1,
      top: next,
      height: restHeight,
      parent: index,
    });
  };
  place(map, null, 0, 0, heightPx);
  return cells;
}

const NO_REST = { children: 0, znodes: 0, bytes: 0, writes: 0 };

function sum(a: Figures, b: Figures): Figures {
  return { znodes: a.znodes + b.znodes, bytes: a.bytes + b.bytes, writes: a.writes + b.writes };
}

/** What the shade of cells says where their height says something else. */
export function shadedBy(by: Measure): Measure {
  return by === 'bytes' ? 'writes' : 'bytes';
}

/** One of five shades, from 0: a fifth of the largest is two below it, since sizes are far apart and shares would look alike. */
export function shadeOf(value: number, largest: number): number {
  if (value <= 0 || largest <= 0) return 0;
  return Math.min(4, 1 + Math.floor(4 * (value / largest) ** 0.4));
}

export type Step = 'up' | 'down' | 'in' | 'out' | 'first' | 'last';

/** The cell that a key leads to from another: in its column, to what it is part of, or to its largest part. */
export function stepFrom(cells: readonly Cell[], index: number, step: Step): number {
  const from = cells[index];
  if (from === undefined) return 0;
  const column = cells.flatMap((cell, at) => (cell.level === from.level ? [at] : []));
  const place = column.indexOf(index);
  switch (step) {
    case 'up':
      return column[Math.max(0, place - 1)] ?? index;
    case 'down':
      return column[Math.min(column.length - 1, place + 1)] ?? index;
    case 'first':
      return column[0] ?? index;
    case 'last':
      return column.at(-1) ?? index;
    case 'out':
      return from.parent ?? index;
    case 'in': {
      const child = cells.findIndex(({ parent }) => parent === index);
      return child < 0 ? index : child;
    }
  }
}
