import type { StepRecord } from '@vivarium/labs/history';
import { describe, expect, test } from 'vitest';
import type { Branch } from '../branch.ts';
import { lanes, placeNames, stepAt, stepX, trackScale } from './track-layout.ts';

const STEPS = 20;

/** A history that is its parent's up to where it left that. */
function branch(id: number, parent: Branch | null, forkedAt: number, seen: number): Branch {
  const own = (i: number) => ({ hash: `${id} ${i}` }) as StepRecord;
  const records = Array.from({ length: STEPS }, (_, i) => (i < forkedAt ? parent?.records[i] : null) ?? own(i));
  return { id, parent: parent?.id ?? null, forkedAt, seen, records } as Pick<
    Branch,
    'id' | 'parent' | 'forkedAt' | 'seen' | 'records'
  > as Branch;
}

describe('the track', () => {
  test.each([0, 1, 17, 90, 400, 10_000])('leads from a step to its place and back: %i steps', (steps) => {
    const scale = trackScale(900, steps);
    for (const n of [0, 1, Math.floor(steps / 3), steps]) {
      if (n <= steps) expect(stepAt(scale, stepX(scale, n))).toBe(n);
    }
    expect(stepX(scale, steps)).toBeLessThanOrEqual(900);
    expect(stepAt(scale, -50)).toBe(0);
    expect(stepAt(scale, 5_000)).toBe(steps);
  });

  test('draws no more than can be told apart', () => {
    const scale = trackScale(900, 10_000);
    expect(scale.isDense).toBe(true);
    expect(scale.tickEvery * scale.gap).toBeGreaterThanOrEqual(5);
    expect(scale.numberEvery * scale.gap).toBeGreaterThanOrEqual(30);
    expect(trackScale(900, 17).isDense).toBe(false);
  });
});

test('names that would touch are left out, the later ones first', () => {
  const scale = trackScale(900, 37);
  const names = ['all READY', 'C crashes', 'question'].map((name, i) => ({ n: 8 + 3 * i, name }));
  const placed = placeNames([...names, { n: 9, name: 'question' }, { n: 37, name: '恢复后回滚，锁释放' }], scale);
  expect(placed.map(({ n }) => n)).toEqual([8, 11, 14, 37]);
  expect(placed.at(-1)?.x).toBeLessThan(stepX(scale, 37));
});

describe('branches', () => {
  const first = branch(1, null, 0, 17);
  const second = branch(2, first, 6, 11);
  const third = branch(3, second, 9, 12);
  const all = [first, second, third, branch(4, first, 3, 8)];

  test('are drawn where they leave the shown one, the nearest to the cursor', () => {
    expect(lanes(all, first, 6, 2).map(({ branch, from, to }) => [branch.id, from, to])).toEqual([
      [2, 6, 11],
      [3, 6, 12],
    ]);
    expect(lanes(all, third, 4, 1).map(({ branch }) => branch.id)).toEqual([4]);
  });
});
