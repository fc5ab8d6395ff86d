import { expect, test } from 'vitest';
import { pathOf, piecesOf, rowScale } from './series-scale.ts';

test('amounts begin at zero and end at a round number above all curves of the row', () => {
  expect(rowScale([[[0, 3]], [[0, 430]]], true)).toEqual({ min: 0, max: 480 });
  expect(rowScale([[[0, 0]]], true)).toEqual({ min: 0, max: 1 });
});

test('a large number that hardly changes is seen to change', () => {
  const { min, max } = rowScale(
    [
      [
        [0, 321_000],
        [1, 321_400],
      ],
    ],
    false,
  );
  expect(min).toBeGreaterThan(320_000);
  expect(max).toBeLessThan(322_400);
  expect(
    rowScale(
      [
        [
          [0, 5],
          [1, 5],
        ],
      ],
      false,
    ),
  ).toEqual({ min: 4, max: 6 });
});

test('without a value there is a scale all the same', () => {
  expect(rowScale([[], []], true)).toEqual({ min: 0, max: 1 });
});

test('a curve is broken where nothing was heard, and what lies outside is left out', () => {
  const points = [0, 1, 2, 3, 40, 41].map((s) => [s * 1_000, s] as const);
  const pieces = piecesOf(points, 1_000, 41_000, { min: 0, max: 41 });
  expect(pieces.map((piece) => piece.length)).toEqual([3, 2]);
  expect(pieces[0]?.[0]?.[0]).toBe(0);
  expect(pieces[1]?.[1]).toEqual([1, 0]);
});

test('a value beyond the scale stays in the box, and one point is seen', () => {
  expect(piecesOf([[5, 99]], 0, 10, { min: 0, max: 10 })).toEqual([[[0.5, 0]]]);
  expect(pathOf([[[0.5, 0]]], 102, 40)).toBe('M51.0 2.0h1');
  expect(
    pathOf(
      [
        [
          [0, 1],
          [1, 0],
        ],
      ],
      102,
      40,
    ),
  ).toBe('M1.0 38.0L101.0 2.0');
});
