import { expect, test } from 'vitest';
import { apart, groupsOf } from './groups.ts';

const nodes = ['A', 'B', 'C', 'D'];
const between = (one: readonly string[], other: readonly string[]) =>
  one.flatMap((a) => other.flatMap((b) => [`${a}>${b}`, `${b}>${a}`]));

test('a split is seen as its groups, a cut that a detour goes around is none', () => {
  expect(groupsOf(nodes, [])).toEqual([nodes]);
  expect(groupsOf(nodes, between(['A', 'C'], ['B', 'D']))).toEqual([
    ['A', 'C'],
    ['B', 'D'],
  ]);
  expect(groupsOf(nodes, between(['A'], ['B']))).toEqual([nodes]);
  // One way is still a way.
  expect(groupsOf(['A', 'B'], ['A>B'])).toEqual([['A', 'B']]);
});

test('cutting one node off leaves the others as they are', () => {
  expect(apart(['A'], nodes, between(['A', 'B'], ['C', 'D']))).toEqual([['A'], ['B'], ['C', 'D']]);
  expect(apart(['A', 'B'], nodes, [])).toEqual([
    ['A', 'B'],
    ['C', 'D'],
  ]);
});
