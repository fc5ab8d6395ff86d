import { expect, test } from 'vitest';
import { quantile, short, summary } from './statistics.ts';

test('a quantile is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(quantile(values, 0.5)).toBe(50);
  expect(quantile(values, 0.95)).toBe(95);
  expect(quantile(values, 1)).toBe(100);
  expect(quantile([7], 0.5)).toBe(7);
  expect(quantile([], 0.5)).toBeNaN();
});

test('a summary is short', () => {
  expect(summary([16.66666, 16.7, 250.4])).toBe('p50 16.7 · p95 250 · max 250 ms (3)');
  expect([1234.5, 0.12345, 2].map(short)).toEqual(['1235', '0.123', '2']);
});
