import { expect, it } from 'vitest';
import { freeThree } from './scenarios/free-three.ts';

it('does not take it for ten rounds of Paxos that a wrong rule keeps a lone proposer from deciding', () => {
  const settings = { rule: 'reject-equal', retry: 'eager' };
  const idle = freeThree.open({ seed: 1, settings, actions: [], limit: 400 });
  const run = idle.fork(idle.records.length, { do: 'command', node: 'P1', command: 'propose X' });
  expect(run.records.length).toBe(400);
  expect(run.records.flatMap(({ goals }) => goals)).toEqual([]);
});
