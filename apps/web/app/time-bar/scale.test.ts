import { emptyState, type TimeMark } from '@vivarium/shared/cluster-state';
import { describe, expect, test } from 'vitest';
import {
  axisTicks,
  detailTime,
  groupMarks,
  overviewTime,
  roomFor,
  type Strip,
  shownMarks,
  timeAt,
  windowFor,
  xOf,
} from './scale.ts';

const strip: Strip = { fromMs: 1_000, toMs: 2_000, left: 10, right: 110 };

function mark(n: number, kind: TimeMark['kind'], atMs: number): TimeMark {
  return { n, atMs, wallMs: atMs, kind, sid: 1 };
}

test('an instant and its pixel are one another', () => {
  expect(xOf(strip, 1_500)).toBe(60);
  expect(timeAt(strip, 60)).toBe(1_500);
});

test('a pixel beside the strip is its nearest end', () => {
  expect(timeAt(strip, -400)).toBe(1_000);
  expect(timeAt(strip, 400)).toBe(2_000);
});

describe('the overview', () => {
  test('shows a minute of a cluster that has just begun', () => {
    const { fromMs, toMs } = overviewTime(emptyState(), 5_000, 1_005_000, true);
    expect(fromMs).toBe(-55_000);
    expect(toMs).toBeGreaterThan(5_000);
  });

  test('begins with the first thing that is known', () => {
    const latest = { rates: [[1_000, 5]] as [number, number][], marks: [mark(1, 'started', 90_000)] };
    expect(overviewTime(latest, 200_000, 1_200_000, true).fromMs).toBe(0);
  });

  test('shows half an hour at most', () => {
    const latest = { rates: [], marks: [mark(1, 'started', 0)] };
    expect(overviewTime(latest, 10_000_000, 0, true).fromMs).toBe(10_000_000 - 1_800_000);
  });
});

describe('the detail', () => {
  test('moves with the head while live', () => {
    expect(detailTime(null, 1_000, 100, true)).toEqual({ fromMs: 910, toMs: 1_010 });
  });

  test('stands while the head is within, and turns the page at its end', () => {
    const page = detailTime(null, 1_000, 100, false);
    expect(page).toEqual({ fromMs: 950, toMs: 1_050 });
    expect(detailTime(page, 1_040, 100, false)).toBe(page);
    expect(detailTime(page, 1_049, 100, false)).toEqual({ fromMs: 1_024, toMs: 1_124 });
    expect(detailTime(page, 951, 100, false)).toEqual({ fromMs: 876, toMs: 976 });
  });

  test('is drawn anew at another width', () => {
    expect(detailTime({ fromMs: 950, toMs: 1_050 }, 1_000, 50, false)).toEqual({ fromMs: 987.5, toMs: 1_037.5 });
  });

  test('is as wide as the speed asks for', () => {
    expect(windowFor(1)).toBe(20_000);
    expect(windowFor(0.001)).toBe(20);
    expect(windowFor(10)).toBe(120_000);
  });
});

test('ticks stand at round times, and say as much as tells them apart', () => {
  const wall = new Date(2026, 10, 21, 14, 31, 58, 0).getTime();
  const wide: Strip = { fromMs: 0, toMs: 20_000, left: 0, right: 1_000 };
  expect(axisTicks(wide, wall, 200).map((tick) => tick.label)).toEqual([
    '14:32:00',
    '14:32:05',
    '14:32:10',
    '14:32:15',
  ]);
  const fine: Strip = { fromMs: 990, toMs: 1_010, left: 0, right: 400 };
  expect(axisTicks(fine, wall, 90).map((tick) => tick.label)).toEqual(['.990', '.995', '14:31:59', '.005', '.010']);
});

test('marks that are too near are one group, in which each kind shows once', () => {
  const marks = [
    mark(1, 'started', 1_000),
    mark(2, 'started', 1_020),
    mark(3, 'election', 1_040),
    mark(4, 'elected', 1_060),
    mark(5, 'killed', 1_070),
    mark(6, 'killed', 1_900),
    mark(7, 'killed', 9_000),
  ];
  const groups = groupMarks(marks, strip, 12);
  expect(groups.map((group) => group.marks.map(({ n }) => n))).toEqual([[1, 2, 3, 4, 5], [6]]);
  const [first] = groups;
  expect(first && shownMarks(first, 3).map(({ n }) => n)).toEqual([3, 4, 5]);
});

test('a group shows as many shapes as its neighbours leave room for', () => {
  const groups = [100, 113, 160].map((x) => ({ x, marks: [mark(x, 'killed', x)] }));
  expect(groups.map((_, index) => roomFor(groups, index, 11, 3))).toEqual([1, 1, 3]);
});
