import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRelative,
  formatSpeed,
  formatTimeOfDay,
  formatZxid,
  fullZxid,
} from './format.ts';

test('a zxid is epoch and counter in hex', () => {
  expect(formatZxid('0x700004e1b')).toBe('7·4e1b');
  expect(formatZxid('0x1f00109d52')).toBe('1f·109d52');
  expect(formatZxid('0x0')).toBe('0·0');
  expect(formatZxid('0xffffffffffffffff')).toBe('ffffffff·ffffffff');
  expect(fullZxid('0x700004e1b')).toBe('0x0000000700004e1b');
});

test('counts have separators', () => {
  expect(formatCount(318474, 'en')).toBe('318,474');
  expect(formatCount(318474, 'zh')).toBe('318,474');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [4_249, '4.2 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [332_000_000, '332 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text);
});

describe('a duration', () => {
  test.each([
    [0, '0 ms'],
    [0.042, '0.04 ms'],
    [6.24, '6.2 ms'],
    [99.96, '100 ms'],
    [231, '231 ms'],
    [4_600, '4.6 s'],
    [59_960, '1 min'],
    [282_000, '4 min 42 s'],
    [11_100_000, '3 h 5 min'],
    [183_600_000, '2 d 3 h'],
    [-6.2, '−6.2 ms'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms, 'en')).toBe(text);
  });

  test('has Chinese units', () => {
    expect(formatDuration(282_000, 'zh')).toBe('4 分 42 秒');
  });
});

test('a time of day has as much of its fraction as is asked', () => {
  const wallMs = new Date(2026, 10, 21, 14, 32, 7, 418).getTime() + 0.25;
  expect(formatTimeOfDay(wallMs)).toBe('14:32:07');
  expect(formatTimeOfDay(wallMs, 3)).toBe('14:32:07.418');
  expect(formatTimeOfDay(wallMs, 4)).toBe('14:32:07.4182');
});

test('a relative time', () => {
  expect(formatRelative(0, 38_000, 'en')).toContain('38');
  expect(formatRelative(0, 38_000, 'zh')).toBe('38秒前');
});

test('a speed is a factor', () => {
  expect(formatSpeed(0.001)).toBe('0.001×');
  expect(formatSpeed(0.1 + 0.2)).toBe('0.3×');
  expect(formatSpeed(10)).toBe('10×');
});
