import type { NodeId } from '@vivarium/simulation/stepped/program';
import { expect, test } from 'vitest';
import { three } from './scenarios/three.ts';
import { freeFour } from './scenarios/traitor-free.ts';
import { twoFree } from './scenarios/two-free.ts';
import { choose, type Officer, type Order, type Staff } from './traitor-program.ts';

const open = (settings: Readonly<Record<string, string>>) => three.open({ seed: 1, settings, actions: [], limit: 400 });

test('three generals: L1 sees the same in both runs, whoever is the traitor', () => {
  for (const tie of ['obey', 'retreat']) {
    const cards = ['C', 'L2'].map((traitor) =>
      open({ traitor, tie }).records.flatMap(({ nodes }) => (nodes.L1 === undefined ? [] : [nodes.L1.view])),
    );
    expect(cards[0]).toEqual(cards[1]);
    expect(cards[0]).toHaveLength(3);
  }
});

/** All that OM(1) can come to for these generals, whatever the traitor says or keeps to himself. */
function outcomes(count: number, traitor: NodeId): { ic1: boolean; ic2: boolean }[] {
  const lieutenants = Array.from({ length: count - 1 }, (_, i) => `L${i + 1}`);
  const staff: Staff = { commander: 'C', lieutenants, traitor, signed: false, tie: 'retreat', lies: 'byHand' };
  const words: readonly (Order | null)[] = ['attack', 'retreat', null];
  const liars = lieutenants.filter((name) => name !== traitor);
  const all = liars.reduce<readonly (readonly (Order | null)[])[]>(
    (lists) => lists.flatMap((list) => words.map((word) => [...list, word])),
    [[]],
  );
  return all.map((lies) => {
    const lie = (name: NodeId) => lies[liars.indexOf(name)] ?? null;
    const orderOf = (name: NodeId): Order | null => (traitor === 'C' ? lie(name) : 'attack');
    const decisions = liars.map((name): Order => {
      const heard = lieutenants
        .filter((from) => from !== name)
        .flatMap((from) => {
          const value = from === traitor ? lie(name) : orderOf(from);
          return value === null ? [] : [{ from, value }];
        });
      const officer: Officer = { name, staff, order: orderOf(name), heard, given: [], decision: null, deceived: false };
      return choose(officer);
    });
    return {
      ic1: new Set(decisions).size === 1,
      ic2: traitor === 'C' || decisions.every((decision) => decision === 'attack'),
    };
  });
}

test('OM(1): four generals bear any traitor, three do not', () => {
  for (const traitor of ['C', 'L1', 'L2', 'L3']) {
    expect(outcomes(4, traitor).every(({ ic1, ic2 }) => ic1 && ic2)).toBe(true);
  }
  expect(outcomes(3, 'L2').some(({ ic2 }) => !ic2)).toBe(true);
});

test('free play: a forged letter of a loyal general does not count as fooling', () => {
  const start = freeFour.open({ seed: 1, settings: { traitor: 'L3' }, actions: [], limit: 400 });
  let history = start.fork(start.records.length, { do: 'command', node: 'C', command: 'attack' });
  let tampered = 0;
  for (let n = history.records.length; n > 0 && tampered < 3; n = history.records.length) {
    const at = history.records.findIndex(
      ({ entry }) => entry.sent.some(({ from }) => from === 'C') || entry.sent.some(({ tampered: was }) => was),
    );
    const offers = history.possibilities(at + 1 + tampered).filter(({ action }) => action.do === 'tamper');
    const offer = offers.find(({ breaks }) => breaks === 'unforged');
    if (offer === undefined) break;
    history = history.fork(at + 1 + tampered, offer.action);
    tampered++;
  }
  expect(tampered).toBeGreaterThan(0);
  expect(history.records.flatMap(({ goals }) => goals)).toEqual([]);
});

test('two generals: whichever letter is dropped for good, certainty is never on both sides', () => {
  for (const acks of ['1', '2', '3', '4']) {
    const opened = twoFree.open({ seed: 1, settings: { acks }, actions: [], limit: 400 });
    const started = opened.fork(2, { do: 'command', node: 'G1', command: 'attack' });
    expect(started.records.flatMap(({ goals }) => goals)).not.toContain('both-sure');
    for (let letter = 1; letter <= Number(acks) + 1; letter++) {
      let history = started;
      for (let i = 0; i < history.records.length; i++) {
        const sent = history.records[i]?.entry.sent.find(({ label }) => labelOf(letter) === label);
        if (sent !== undefined) history = history.fork(i + 1, { do: 'drop', message: sent.id });
      }
      const reached = history.records.flatMap(({ goals }) => goals);
      const isLast = letter === Number(acks) + 1;
      expect({ acks, letter, alone: reached.includes('alone') }).toEqual({ acks, letter, alone: isLast });
      expect(reached).not.toContain('both-sure');
    }
  }
});

function labelOf(letter: number): string {
  return ['Attack', 'Ack', 'Ack²', 'Ack³', 'Ack⁴'][letter - 1] ?? '';
}

test('a deadline that is let pass while a loyal letter is under way breaks an assumption', () => {
  const idle = freeFour.open({ seed: 1, settings: { traitor: 'C' }, actions: [], limit: 400 });
  const start = idle.records.length;
  const run = idle.fork(start, { do: 'command', node: 'C', command: 'attack' });
  const named = run.records.slice(start).flatMap(({ entry: { n } }) =>
    run
      .possibilities(n)
      .filter(({ action }) => action.do === 'fire')
      .map(({ breaks }) => breaks),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(new Set(named)).toEqual(new Set(['arrives']));
});
