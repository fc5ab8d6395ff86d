import { expect, it } from 'vitest';
import { scenarios } from './chapter.ts';

/** What the invariants say in the end, by their ids. */
function verdicts(scenario: string, settings: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const found = scenarios.find(({ info }) => info.id === scenario);
  if (found === undefined) throw new Error(`no scenario ${scenario}`);
  const said: Record<string, string> = {};
  for (const { verdicts } of found.open({ seed: 1, settings, actions: [], limit: null }).records) {
    for (const { invariant, holds, reason } of verdicts) said[invariant] = `${holds}: ${reason.en}`;
  }
  return said;
}

it('names who chose what, and who holds it', () => {
  expect(verdicts('paxos-two-proposers')).toEqual({
    agreement: 'true: X chosen in round 1 by A1 and A2.',
    validity: 'true: X is wanted by P1.',
    p2b: 'true: (2, X) came after (1, X).',
    promise: 'true: A1, A2 and A3 accept nothing below 2 any more.',
    learning: 'true: P1 and P2 learned X.',
    disk: 'true: 10 writes, each before its answer.',
  });
});

it('tells two chosen values apart', () => {
  const said = verdicts('paxos-tampered-promise');
  expect(said.agreement).toMatch(/^false: X chosen in round 1 by A1 and A2, and Y chosen in round 2 by A/);
  expect(said.p2b).toBe('false: P2 proposes (2, Y) although (1, X) is chosen.');
  expect(said.learning).toBe('true: P1 learned X; P2 learned Y.');
});

it('says which disk has forgotten what', () => {
  const said = verdicts('paxos-five-acceptors', { memory: 'amnesia' });
  expect(said.disk).toBe('false: A3 answered Accepted(1, X), and its disk knows nothing of it.');
});

it('says who broke which promise', () => {
  const said = verdicts('paxos-promise-not-raised');
  expect(said.promise).toBe('false: A3 accepted (1, X) after it was bound to 2.');
});

it('says who learned what was never chosen', () => {
  const said = verdicts('paxos-count-by-value');
  expect(said.learning).toBe('false: L1 learned X, which no majority accepted in one round.');
  expect(said.agreement).toBe('false: Y chosen in round 4 by A1 and A2, and L1 holds X for chosen.');
});
