import { compareHex } from '@vivarium/shared/zxid';
import { describe, expect, it } from 'vitest';
import { columnLabels, logColumns } from './log-columns.ts';

const entries = (...zxids: string[]) => zxids.map((zxid) => ({ zxid, state: 'committed' as const }));

describe('the columns of all logs', () => {
  it('are the newest zxids that any server holds, in the order of transactions', () => {
    const logs = [entries('0x700000009', '0x70000000a'), entries('0x70000000a', '0x800000001'), []];
    expect(logColumns(logs, 10)).toEqual(['0x700000009', '0x70000000a', '0x800000001']);
    expect(logColumns(logs, 2)).toEqual(['0x70000000a', '0x800000001']);
    expect(logColumns([], 10)).toEqual([]);
  });

  it('order zxids as numbers, not as text', () => {
    expect(compareHex('0x10000000f', '0x1000000010')).toBeLessThan(0);
    expect(compareHex('0x2', '0x1')).toBeGreaterThan(0);
    expect(compareHex('0x2', '0x2')).toBe(0);
  });

  it('are labelled by the last two digits behind what they have in common', () => {
    expect(columnLabels(['0x700004e14', '0x700004e15'])).toEqual({
      prefix: '7·4e',
      labels: ['14', '15'],
      epochStarts: [],
    });
    expect(columnLabels(['0x100000009']).labels).toEqual(['09']);
    expect(columnLabels(['0x12000a4e14']).prefix).toBe('…a4e');
    expect(columnLabels([]).prefix).toBe('');
  });

  it('say where a new epoch begins', () => {
    const { labels, epochStarts } = columnLabels(['0x700004e1c', '0x800000001', '0x800000002']);
    expect(epochStarts).toEqual([1]);
    expect(labels).toEqual(['1c', '8·1', '02']);
  });
});
