import { describe, expect, test } from 'vitest';
import { parsePrometheusText } from '../tests/harness/prometheus-text.ts';
import { testFacts } from '../tests/harness/server-facts.ts';
import { metricsText } from './prometheus.ts';

describe('the page for Prometheus', () => {
  test('is valid, with the names of Apache', () => {
    const families = parsePrometheusText(metricsText(testFacts(), true));
    expect(families.get('znode_count')).toEqual({
      type: 'gauge',
      samples: [{ name: 'znode_count', labels: '', value: 5 }],
    });
    expect(families.get('commit_count')?.type).toBe('counter');
    expect(families.get('avg_latency')?.type).toBe('gauge');
    expect(families.get('readlatency')).toEqual({
      type: 'summary',
      samples: [
        { name: 'readlatency', labels: '{quantile="0.5"}', value: Number.NaN },
        { name: 'readlatency', labels: '{quantile="0.9"}', value: Number.NaN },
        { name: 'readlatency', labels: '{quantile="0.99"}', value: Number.NaN },
        { name: 'readlatency_count', labels: '', value: 0 },
        { name: 'readlatency_sum', labels: '', value: 0 },
      ],
    });
    expect(families.get('fsynctime')?.samples.map(({ labels }) => labels)).toEqual(['{quantile="0.5"}', '', '']);
    expect(families.has('process_cpu_seconds_total')).toBe(true);
  });

  test('without the process where that is not wanted', () => {
    expect(
      [...parsePrometheusText(metricsText(testFacts(), false)).keys()].filter((name) => /^process_/.test(name)),
    ).toEqual([]);
  });

  test('the parser is strict', () => {
    const good = '# HELP a a\n# TYPE a gauge\na 1\n';
    expect(parsePrometheusText(good).size).toBe(1);
    for (const bad of ['a 1\n', good.trimEnd(), good + good, good.replace('1', 'one'), `${good}\n`, `${good}b 1\n`]) {
      expect(() => parsePrometheusText(bad)).toThrow();
    }
  });
});
