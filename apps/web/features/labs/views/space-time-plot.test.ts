import { expect, test } from 'vitest';
import { english, nodes, records, start } from './records-for-tests.ts';
import {
  clampSteps,
  entryOf,
  leastHeight,
  type PlotInput,
  plotStory,
  rangeAround,
  type TripMark,
} from './space-time-plot.ts';
import { strokesOf } from './space-time-strokes.ts';
import { chainOf, readStory } from './story.ts';

const story = readStory(start, records);
const input: PlotInput = {
  nodes,
  story,
  u: 5,
  range: { from: 0.5, to: 8 },
  width: 800,
  height: 280,
  selected: null,
  say: english,
  factLabel: ({ id }) => id,
};
const trips = (u: number): readonly TripMark[] =>
  plotStory({ ...input, u }).marks.filter((mark): mark is TripMark => mark.kind === 'message');
const fates = (u: number) => trips(u).map(({ trip, fate }) => `${trip.sent.id} ${fate}`);

test('only what has happened is drawn, and what is under way ends at now', () => {
  expect(fates(0)).toEqual([]);
  expect(fates(1)).toEqual(['1 underWay', '2 underWay', '3 underWay']);
  expect(fates(2)).toEqual(['1 arrived', '2 underWay', '3 underWay', '4 underWay']);
  expect(fates(5)).toEqual(['1 arrived', '2 lost', '3 underWay', '4 arrived']);
  const plot = plotStory({ ...input, u: 3.5 });
  const [arrived, , underWay] = trips(3.5);
  expect(arrived?.x2).toBe(plot.scale.x(2));
  expect(arrived?.y2).toBe(plot.lanes[1]?.y);
  expect(underWay?.x2).toBeCloseTo(plot.headX ?? 0);
});

test('a lost message ends before the lane that it was sent to', () => {
  const lost = trips(5).find(({ fate }) => fate === 'lost');
  const plot = plotStory(input);
  expect(lost?.x2).toBeLessThan(plot.scale.x(4));
  expect(lost?.y2).toBeLessThan(plot.lanes[2]?.y ?? 0);
});

test('a lane has a gap from the crash on', () => {
  const { lanes, scale } = plotStory(input);
  expect(lanes[2]?.up).toEqual([{ x1: scale.x(0.5), x2: scale.x(3), paused: false }]);
  expect(lanes[1]?.up).toEqual([{ x1: scale.x(0.5), x2: scale.x(5), paused: false }]);
});

test('what a step changed stands on its lane, and a moment with a name below them', () => {
  const { plates, notes, rules, bottom } = plotStory(input);
  expect(plates.map(({ text, settled }) => [text, settled])).toEqual([['X', true]]);
  const changes = notes.filter(({ look }) => look === 'change');
  expect(changes.map(({ text }) => text)).toEqual(['PREPARING', 'promised']);
  expect(notes.find(({ look }) => look === 'named')).toMatchObject({ text: 'X chosen', y: bottom + 14 });
  expect(rules.map(({ cut }) => cut)).toEqual([true]);
});

test('of messages that were sent together one has its name, and none lies on another', () => {
  const names = plotStory({ ...input, u: 5 }).notes.filter(({ look }) => look === 'message');
  expect(names.map(({ text }) => text).sort()).toEqual(['Prepare(1)', 'Promise(1)']);
  const chosen = plotStory({ ...input, selected: 4 }).notes.filter(({ look }) => look === 'hot');
  expect(chosen.map(({ text }) => text)).toEqual(['Promise(1)']);
});

test('a mark leads to the step that it speaks of', () => {
  expect(trips(5).map(entryOf)).toEqual([2, 4, 1, 5]);
  expect(chainOf(story.causes, 5)).toEqual([5, 2, 1]);
});

test('what led to a mark is drawn above the rest', () => {
  const { marks } = plotStory(input);
  const groups = strokesOf(marks, { hot: new Set(['m4', 'm1']) });
  expect(groups.at(-1)?.key).toMatch(/^hot-/);
  expect(
    groups.filter(({ key }) => key.startsWith('hot-')).every((group) => JSON.stringify(group).includes('accent')),
  ).toBe(true);
});

test('the range follows now with room for what comes', () => {
  const first = rangeAround(0, 900);
  expect(first.from).toBeLessThan(1);
  const later = rangeAround(100, 900);
  expect(later.from).toBeLessThan(100);
  expect(later.to).toBeGreaterThan(101);
  expect(clampSteps(1)).toBe(3);
  expect(leastHeight(5)).toBeGreaterThan(leastHeight(3));
});

test('thousands of steps keep to a few hundred ticks, and to no names', () => {
  const { ticks, notes } = plotStory({ ...input, range: { from: 1, to: 10_000 } });
  expect(ticks.length).toBeLessThan(60);
  expect(notes.filter(({ look }) => look === 'message')).toEqual([]);
});
