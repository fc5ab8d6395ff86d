import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cell, layOut, MEASURES, type Measure, shadeOf, stepFrom } from './icicle.ts';

function subtree(path: string, own: number, children: readonly SubtreeJson[] = [], rest = 0): SubtreeJson {
  const total = (of: Measure): number => own + rest + children.reduce((all, child) => all + child[of], 0);
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    znodes: total('znodes'),
    bytes: total('bytes'),
    writes: total('writes'),
    ephemerals: 0,
    children,
    rest: rest === 0 ? null : { children: rest, znodes: rest, bytes: rest, writes: rest },
  };
}

const jobs = subtree('/a/jobs', 5, [subtree('/a/jobs/queue', 30), subtree('/a/jobs/done', 15)]);
const map = subtree('/a', 10, [subtree('/a/small', 10), jobs], 30);

function brief(cells: readonly Cell[]): string[] {
  return cells.map(({ kind, path, level, top, height }) => `${level} ${kind} ${path} ${top}+${height}`);
}

describe('the cells of a map', () => {
  it('are as high as what they stand for is large, the largest first, and what is left over last', () => {
    expect(brief(layOut(map, 'bytes', 200))).toEqual([
      '0 znode /a 0+200',
      '1 znode /a/jobs 0+100',
      '2 znode /a/jobs/queue 0+60',
      '2 znode /a/jobs/done 60+30',
      '1 znode /a/small 100+20',
      '1 rest /a 120+60',
    ]);
  });

  it('that nobody could hit are summed up', () => {
    const many = Array.from({ length: 100 }, (_, i) => subtree(`/a/${i}`, 1));
    const cells = layOut(subtree('/a', 0, [subtree('/a/large', 100), ...many]), 'znodes', 200);
    expect(brief(cells)).toEqual(['0 znode /a 0+200', '1 znode /a/large 0+100', '1 rest /a 100+100']);
    expect(cells.at(-1)).toMatchObject({ children: 100, znodes: 100 });
  });

  it('are none where there is nothing of the measure', () => {
    expect(layOut(subtree('/a', 0, [subtree('/a/b', 0)]), 'writes', 200).length).toBe(1);
  });

  it('lie within their parents, and never on one another', () => {
    const tree: fc.Arbitrary<SubtreeJson> = fc.letrec<{ node: SubtreeJson }>((tie) => ({
      node: fc
        .tuple(
          fc.nat(50),
          fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('node'), { maxLength: 6 })),
          fc.nat(50),
        )
        .map(([own, children, rest]) => subtree('/x', own, children, rest)),
    })).node;
    fc.assert(
      fc.property(tree, fc.constantFrom(...MEASURES), fc.integer({ min: 1, max: 2_000 }), (node, by, height) => {
        const cells = layOut(node, by, height);
        const ends = new Map<number, number>();
        for (const cell of cells.slice(1)) {
          const parent = cells[cell.parent ?? -1];
          expect(cell.level).toBe((parent?.level ?? 0) + 1);
          expect(cell.top).toBeGreaterThanOrEqual((ends.get(cell.level) ?? 0) - 1e-6);
          expect(cell.top).toBeGreaterThanOrEqual((parent?.top ?? 0) - 1e-6);
          expect(cell.top + cell.height).toBeLessThanOrEqual((parent?.top ?? 0) + (parent?.height ?? 0) + 1e-6);
          ends.set(cell.level, cell.top + cell.height);
        }
      }),
    );
  });
});

describe('the keys', () => {
  const cells = layOut(map, 'bytes', 200);
  it.each([
    [0, 'in', 1],
    [1, 'in', 2],
    [2, 'in', 2],
    [2, 'down', 3],
    [3, 'down', 3],
    [3, 'out', 1],
    [1, 'down', 4],
    [4, 'up', 1],
    [1, 'last', 5],
    [5, 'first', 1],
    [0, 'out', 0],
    [99, 'down', 0],
  ] as const)('lead from cell %i by %s to %i', (from, step, to) => {
    expect(stepFrom(cells, from, step)).toBe(to);
  });
});

describe('the shades', () => {
  it('tell nothing, little, much and most apart', () => {
    expect([0, 1, 20, 50, 90, 200, 600, 1_000].map((value) => shadeOf(value, 1_000))).toEqual([0, 1, 1, 2, 2, 3, 4, 4]);
    expect(shadeOf(5, 0)).toBe(0);
  });
});
