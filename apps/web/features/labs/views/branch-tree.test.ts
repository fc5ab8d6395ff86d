import { term } from '@vivarium/labs/text';
import { expect, test } from 'vitest';
import { commonSteps } from '../branch.ts';
import { branchTree } from './branch-tree.ts';
import { factText } from './fact-text.ts';
import { branch, english, node, nodes, records, start, step } from './records-for-tests.ts';
import { compareRows, type RowWords, stateRows } from './state-rows.ts';

const words: RowWords = {
  fact: ({ value }) =>
    factText(value, {
      say: english,
      none: '-',
      tally: ({ have, need, names }) => `${have}/${need}: ${names}`,
      against: (names) => `against ${names}`,
      lock: (key, holder) => `${key} by ${holder}`,
    }),
  status: (status) => status,
  timer: (name) => name,
  log: (length, last) => `${length}: ${last}`,
  none: '-',
};

const broken = { invariant: 'one', holds: false, reason: term('two'), brokenAt: 3 };
const forked = branch({
  id: 2,
  parent: 1,
  forkedAt: 2,
  records: [
    ...records.slice(0, 2),
    step(3, { kind: 'act', action: { do: 'drop', message: 3 } }, {}, { hash: 'other', verdicts: [broken] }),
    step(4, { kind: 'deliver', message: 4, node: 'P1' }, {}, { hash: 'other4', nodes: { P1: node('DONE', '2', 'Y') } }),
  ],
});

test('a tree of branches goes by the forks, and says what broke', () => {
  const third = branch({ id: 3, parent: 2, forkedAt: 3 });
  const early = branch({ id: 4, parent: 1, forkedAt: 1 });
  const rows = branchTree([branch({}), forked, third, early]);
  expect(rows.map(({ branch: { id }, depth }) => [id, depth])).toEqual([
    [1, 0],
    [4, 1],
    [2, 1],
    [3, 2],
  ]);
  expect(rows[2]?.broken).toEqual([broken]);
  // What has not been watched is not given away.
  expect(branchTree([branch({}), { ...forked, seen: 2 }])[1]?.broken).toEqual([]);
});

test('two histories have the steps in common whose hashes are equal', () => {
  expect(commonSteps(branch({}), forked)).toBe(2);
  expect(commonSteps(forked, forked)).toBe(4);
  expect(commonSteps(branch({ records: [] }), forked)).toBe(0);
});

test('rows name what each node knows, and what changed', () => {
  const one = branch({});
  const rows = compareRows(
    stateRows(one.pictureAt(2), nodes, words),
    stateRows(one.pictureAt(1), nodes, words),
    words.none,
  );
  expect(rows).toHaveLength(nodes.length * 4);
  expect(rows.filter(({ isChanged }) => isChanged)).toMatchObject([{ node: 'A1', now: '1', before: '-' }]);
  const crash = compareRows(stateRows(one.pictureAt(3), nodes, words), stateRows(start, nodes, words), words.none);
  expect(crash.find(({ key }) => key === 'A2:status')).toMatchObject({ now: 'down', before: 'up', isChanged: true });
});

test('a row that is gone is still there to compare', () => {
  const now = stateRows(start, nodes, words);
  const before = [
    ...now,
    { key: 'A1:fact:gone', node: 'A1', subject: { kind: 'fact' as const, id: 'gone' }, now: '7' },
  ];
  const row = compareRows(now, before, words.none).find(({ key }) => key === 'A1:fact:gone');
  expect(row).toMatchObject({ now: '-', before: '7', isChanged: true });
});

test('every kind of fact has its words', () => {
  const said = (value: Parameters<typeof factText>[0]) => words.fact({ id: 'x', value });
  expect(said({ kind: 'zxid', epoch: 1, counter: 99 })).toBe('1·63');
  expect(said({ kind: 'accepted', ballot: '2', value: 'X', settled: false })).toBe('(2, X)');
  expect(said({ kind: 'tally', have: ['A1'], of: ['A1', 'A2'], need: 2, against: ['A2'] })).toBe('1/2: A1; against A2');
  expect(said({ kind: 'locks', locks: [{ key: 'a', holder: 'T1' }] })).toBe('a by T1');
  expect(said({ kind: 'names', names: [] })).toBe('-');
  expect(said({ kind: 'text', text: term('yes') })).toBe('yes');
});
