import { expect, test } from 'vitest';
import { median, Samples } from './table.ts';

test('median', () => {
  expect(median([3])).toBe(3);
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('the median of nothing');
});

test('the table has medians, the ratio of the first flavour to the second, and every round', () => {
  const samples = new Samples();
  for (const value of [100, 300, 200]) {
    samples.add('vivarium', { row: 'writes', unit: 'op/s', higherIsBetter: true, value });
    samples.add('apache', { row: 'writes', unit: 'op/s', higherIsBetter: true, value: value * 2 });
  }
  expect(samples.toMarkdown(['vivarium', 'apache'])).toContain(
    '| writes | op/s | 200 | 400 | 0.50 | higher | 100 300 200 / 200 600 400 |',
  );
});
