import { describe, expect, test } from 'vitest';
import { Distribution, Metrics, Summary } from './metrics.ts';

describe('metrics', () => {
  test('a summary without a value is all zeros, and so it is after a reset', () => {
    const summary = new Summary();
    const zeros = { count: 0, sum: 0, min: 0, max: 0, avg: 0 };
    const told = (): typeof zeros => {
      const { count, sum, min, max, avg } = summary;
      return { count, sum, min, max, avg };
    };
    expect(told()).toEqual(zeros);
    for (const value of [3, 1, 2]) summary.add(value);
    expect(told()).toEqual({ count: 3, sum: 6, min: 1, max: 3, avg: 2 });
    summary.reset();
    expect(told()).toEqual(zeros);
  });

  test('quantiles are those of the newest 1024 values', () => {
    const distribution = new Distribution();
    expect(distribution.quantiles([0.5, 0.999])).toEqual([0, 0]);
    for (let value = 1; value <= 100; value++) distribution.add(value);
    expect(distribution.quantiles([0, 0.5, 0.99, 1])).toEqual([1, 51, 100, 100]);
    for (let i = 0; i < 1024; i++) distribution.add(7);
    expect(distribution.quantiles([0, 0.5, 1])).toEqual([7, 7, 7]);
    expect(distribution.count).toBe(1124);
  });

  test('everything can be reset', () => {
    const metrics = new Metrics();
    metrics.counters.commit_count++;
    metrics.requestLatencyMs.add(1);
    metrics.summaries.election_time.add(1);
    metrics.distributions.readlatency.add(1);
    metrics.reset();
    expect(metrics).toEqual(new Metrics());
  });
});
