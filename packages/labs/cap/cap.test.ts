import { expect, test } from 'vitest';
import { renewalThreshold } from './registry-program.ts';
import { freeAp } from './scenarios/free-ap.ts';
import { partitionAp } from './scenarios/partition-ap.ts';

test('the AP registry under the partition: the same story with other delays, and a short one', () => {
  for (const seed of [2, 3, 5, 8, 13]) {
    const history = partitionAp.open({ seed, settings: {}, actions: [], limit: 400 });
    expect(history.end).toBe('over');
    expect(history.records.length).toBeLessThan(150);
    expect(history.asks.map(({ id, truth }) => `${id}: ${truth}`)).toEqual([
      'who-answers: own',
      'the-dead: none',
      'what-is-lost: merged',
    ]);
    const equal = history.records.flatMap(({ verdicts }) => verdicts.filter(({ invariant }) => invariant === 'equal'));
    expect(equal.some(({ holds }) => holds === false)).toBe(true);
    expect(equal.at(-1)?.holds).toBe(true);
  }
});

test('leases may run out above 85 % of the renewals expected, rounded down', () => {
  expect([12, 14].map(renewalThreshold)).toEqual([10, 11]);
});

test('a consumer asks its next server, and counts as unanswered where all are down', () => {
  let history = freeAp.open({ seed: 1, settings: {}, actions: [], limit: 60 });
  const settled = history.records.findIndex(({ entry }) => entry.atMs > 500);
  const steps = [
    { do: 'crash', node: 'R4' },
    { do: 'crash', node: 'R5' },
    { do: 'command', node: 'C2', command: 'ask' },
  ] as const;
  for (const [i, action] of steps.entries()) history = history.fork(settled + i, action);
  const asked = history.records.flatMap(({ entry }) => entry.sent.filter(({ type }) => type === 'Fetch'));
  expect(asked.map(({ to }) => to)).toEqual(['R5', 'R4']);
  expect(history.records.some(({ entry }) => entry.told.some(({ what }) => what === 'unanswered'))).toBe(true);
});
