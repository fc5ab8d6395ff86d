import { expect, test } from 'vitest';
import { LineBudget } from './line-budget.ts';

test('a burst of lines is written, then so many a second, and how many were left out is told', () => {
  const budget = new LineBudget(0);
  const taken = Array.from({ length: 3_000 }, () => budget.take(0));
  expect(taken.filter((leftOut) => leftOut === 0)).toHaveLength(2_000);
  expect(taken.slice(2_000).every((leftOut) => leftOut === null)).toBe(true);
  expect(budget.take(20)).toBe(1_000);
  expect(budget.take(20)).toBeNull();
  expect(budget.take(60_000)).toBe(1);
  const later = Array.from({ length: 3_000 }, () => budget.take(60_000));
  expect(later.filter((leftOut) => leftOut !== null)).toHaveLength(1_999);
});
