import { Random } from '@vivarium/shared/random';
import type { NodeId, ProgramInput } from '@vivarium/simulation/stepped/program';
import { describe, expect, it } from 'vitest';
import type { PaxosMessage } from './messages.ts';
import { messageLabel, tampered } from './messages.ts';
import type { PaxosDisk, PaxosState, Rules } from './parties.ts';
import { castOf, LAMPORT, paxosProgram } from './program.ts';
import { nextNumber, toAdopt } from './proposer.ts';
import { stage } from './script.ts';

/** One node, fed by hand. */
function node(id: NodeId, rules: Partial<Rules> = {}) {
  const cast = castOf(stage(2, 3, 2), { ...LAMPORT, ...rules }, {});
  const program = paxosProgram(cast);
  const context = { node: id, nowMs: 0, random: new Random(1) };
  let disk: PaxosDisk = program.emptyDisk(id);
  let state: PaxosState = program.boot(disk, context).state;
  const said: string[] = [];
  const feed = (input: ProgramInput<PaxosMessage>): readonly string[] => {
    const turn = program.step(state, input, context);
    state = turn.state;
    const done = turn.effects.map((effect) => {
      if (effect.kind === 'persist') {
        disk = effect.disk;
        return `disk: ${effect.what}`;
      }
      if (effect.kind === 'send') return `${effect.to}: ${messageLabel(effect.message)}`;
      if (effect.kind === 'setTimer') return `timer: ${effect.timer}`;
      return effect.kind === 'tell' ? `tell: ${effect.what}` : `clear: ${effect.timer}`;
    });
    said.push(...done);
    return done.filter((one) => !one.startsWith('clear'));
  };
  return {
    gets: (from: NodeId, message: PaxosMessage) => feed({ kind: 'message', from, message }),
    told: (command: string) => feed({ kind: 'command', command }),
    fires: (timer: string) => feed({ kind: 'timer', timer }),
    crashes: () => {
      state = program.boot(disk, context).state;
    },
    get disk() {
      return disk;
    },
    get state() {
      return state;
    },
  };
}

describe('an acceptor', () => {
  it('writes before it answers, and says what it has accepted', () => {
    const a1 = node('A1');
    expect(a1.gets('P1', { kind: 'Prepare', n: 1 })).toEqual(['disk: promised 1', 'P1: Promise(1, ∅)']);
    expect(a1.gets('P1', { kind: 'Accept', n: 1, value: 'X' })).toEqual([
      'disk: accepted (1, X)',
      'P1: Accepted(1, X)',
      'L1: Accepted(1, X)',
      'L2: Accepted(1, X)',
    ]);
    expect(a1.gets('P2', { kind: 'Prepare', n: 2 })).toEqual(['disk: promised 2', 'P2: Promise(2, (1, X))']);
  });

  it('promises only above its promise, and rejects by its name', () => {
    const a1 = node('A1');
    a1.gets('P2', { kind: 'Prepare', n: 2 });
    expect(a1.gets('P1', { kind: 'Prepare', n: 1 })).toEqual(['P1: Reject(1, 2)']);
    expect(a1.gets('P2', { kind: 'Prepare', n: 2 })).toEqual(['P2: Reject(2, 2)']);
  });

  it('accepts what is equal to its promise or above it, promised or not, and is bound by it', () => {
    const a1 = node('A1');
    a1.gets('P1', { kind: 'Prepare', n: 1 });
    a1.gets('P2', { kind: 'Accept', n: 2, value: 'Y' });
    expect(a1.disk).toMatchObject({ promised: 2, accepted: { n: 2, value: 'Y' } });
    expect(a1.gets('P1', { kind: 'Accept', n: 1, value: 'X' })).toEqual(['P1: Reject(1, 2)']);
    expect(a1.gets('P2', { kind: 'Accept', n: 2, value: 'Y' })).toHaveLength(4);
  });

  it('remembers all of it after a crash', () => {
    const a1 = node('A1');
    a1.gets('P1', { kind: 'Prepare', n: 1 });
    a1.gets('P1', { kind: 'Accept', n: 1, value: 'X' });
    a1.crashes();
    expect(a1.gets('P2', { kind: 'Prepare', n: 2 })).toEqual(['disk: promised 2', 'P2: Promise(2, (1, X))']);
  });

  it('makes each mistake only where it is asked to', () => {
    const again = node('A1', { variant: 'promise-equal' });
    again.gets('P1', { kind: 'Prepare', n: 1 });
    expect(again.gets('P2', { kind: 'Prepare', n: 1 })).toContain('P2: Promise(1, ∅)');
    const strict = node('A1', { variant: 'reject-equal' });
    strict.gets('P1', { kind: 'Prepare', n: 1 });
    expect(strict.gets('P1', { kind: 'Accept', n: 1, value: 'X' })).toEqual(['P1: Reject(1, 1)']);
    const lax = node('A1', { variant: 'accept-keeps-promise' });
    lax.gets('P1', { kind: 'Prepare', n: 1 });
    lax.gets('P2', { kind: 'Accept', n: 2, value: 'Y' });
    expect(lax.gets('P1', { kind: 'Accept', n: 1, value: 'X' })).toContain('P1: Accepted(1, X)');
  });

  it('answers a learner with what it holds', () => {
    const a1 = node('A1');
    expect(a1.gets('L1', { kind: 'Query' })).toEqual(['L1: Accepted(∅)']);
    a1.gets('P1', { kind: 'Accept', n: 1, value: 'X' });
    expect(a1.gets('L1', { kind: 'Query' })).toEqual(['L1: Accepted(1, X)']);
  });
});

describe('a proposer', () => {
  const free = { kind: 'Promise', n: 1, accepted: null } as const;

  it('has numbers of its own, on disk before they are used', () => {
    const { cast } = node('P1').state;
    expect([0, 1, 2, 3].map((above) => nextNumber(cast, 'P1', above))).toEqual([1, 3, 3, 5]);
    expect([0, 1, 2, 3].map((above) => nextNumber(cast, 'P2', above))).toEqual([2, 2, 4, 4]);
    const p1 = node('P1');
    expect(p1.told('propose X')[0]).toBe('disk: n = 1');
    p1.crashes();
    expect(p1.told('retry')[0]).toBe('disk: n = 3');
  });

  it('proposes its own value where a majority is free, to all, once', () => {
    const p1 = node('P1');
    p1.told('propose X');
    expect(p1.gets('A1', free)).toEqual([]);
    expect(p1.gets('A1', free)).toEqual([]);
    expect(p1.gets('A3', free)).toEqual(['A1: Accept(1, X)', 'A2: Accept(1, X)', 'A3: Accept(1, X)']);
    expect(p1.gets('A2', free)).toEqual([]);
  });

  it('adopts the value of the highest number, not the commonest nor the last', () => {
    const promises = [
      { from: 'A1', accepted: { n: 1, value: 'X' } },
      { from: 'A2', accepted: { n: 4, value: 'Y' } },
      { from: 'A3', accepted: { n: 3, value: 'X' } },
    ];
    const { cast } = node('P1').state;
    expect(toAdopt(cast, promises)).toEqual({ n: 4, value: 'Y' });
    expect(toAdopt({ ...cast, variant: 'adopt-commonest' }, promises)?.value).toBe('X');
    expect(toAdopt(cast, [{ from: 'A1', accepted: null }])).toBeNull();
  });

  it('knows when a majority has accepted, each counted once, and tells', () => {
    const p1 = node('P1');
    p1.told('propose X');
    p1.gets('A1', free);
    p1.gets('A2', free);
    const accepted = { kind: 'Accepted', n: 1, value: 'X' } as const;
    p1.gets('A1', accepted);
    expect(p1.gets('A1', accepted)).toEqual([]);
    expect(p1.gets('A2', accepted)).toEqual(['disk: learned X', 'tell: learned X']);
  });

  it('gives up when no majority is left, and goes above the number that it is told', () => {
    const p1 = node('P1', { retry: 'eager' });
    p1.told('propose X');
    const reject = { kind: 'Reject', of: 'Prepare', n: 1, promised: 6 } as const;
    expect(p1.gets('A1', reject)).toEqual([]);
    expect(p1.gets('A1', reject)).toEqual([]);
    expect(p1.gets('A2', reject)).toContain('A1: Prepare(7)');
  });

  it('is not beaten by copies of its own Prepare', () => {
    const p1 = node('P1', { retry: 'eager' });
    p1.told('propose X');
    const copy = { kind: 'Reject', of: 'Prepare', n: 1, promised: 1 } as const;
    p1.gets('A1', copy);
    p1.gets('A1', free);
    expect(p1.gets('A2', copy)).toEqual([]);
    expect(p1.gets('A2', free)).toContain('A1: Accept(1, X)');
    p1.gets('A1', copy);
    expect(p1.gets('A2', copy)).toEqual([]);
  });

  it('passes over what belongs to an old round', () => {
    const p1 = node('P1');
    p1.told('propose X');
    p1.told('retry');
    p1.gets('A1', free);
    expect(p1.gets('A2', free)).toEqual([]);
  });

  it('waits by its cure: at once, by chance, or not at all unless it is the first', () => {
    const rejected = (id: NodeId, rules: Partial<Rules>): readonly string[] => {
      const proposer = node(id, rules);
      proposer.told('propose X');
      const n = id === 'P1' ? 1 : 2;
      proposer.gets('A1', { kind: 'Reject', of: 'Prepare', n, promised: 9 });
      return proposer.gets('A2', { kind: 'Reject', of: 'Prepare', n, promised: 9 });
    };
    expect(rejected('P2', { retry: 'hand' })).toEqual(['tell: beaten 2']);
    expect(rejected('P2', { retry: 'backoff' })).toEqual(['tell: beaten 2', 'timer: retry']);
    expect(rejected('P2', { retry: 'distinguished' })).toEqual(['tell: beaten 2']);
    expect(rejected('P1', { retry: 'distinguished' })).toContain('A1: Prepare(11)');
  });

  it('starts over after a long silence, and never decides by it but by mistake', () => {
    const p1 = node('P1', { silenceMs: 50 });
    expect(p1.told('propose X')).toContain('timer: silence');
    p1.gets('A1', free);
    expect(p1.fires('silence')).toContain('A1: Prepare(3)');
    const wrong = node('P1', { silenceMs: 50, variant: 'majority-of-living' });
    wrong.told('propose X');
    wrong.gets('A1', free);
    expect(wrong.fires('silence')).toContain('A1: Accept(1, X)');
  });
});

describe('a learner', () => {
  const accepted = (n: number, value: string) => ({ kind: 'Accepted', n, value }) as const;

  it('counts acceptors by number and value', () => {
    const l1 = node('L1');
    l1.gets('A1', accepted(1, 'X'));
    expect(l1.gets('A3', accepted(3, 'X'))).toEqual([]);
    expect(l1.gets('A2', accepted(3, 'X'))).toEqual(['disk: learned X', 'tell: learned X']);
    const wrong = node('L1', { variant: 'count-by-value' });
    wrong.gets('A1', accepted(1, 'X'));
    expect(wrong.gets('A3', accepted(3, 'X'))).toContain('tell: learned X');
  });

  it('asks, and tells a peer what it knows', () => {
    const l1 = node('L1');
    expect(l1.told('ask learners')).toEqual(['L2: Query']);
    expect(l1.told('ask acceptors')).toEqual(['A1: Query', 'A2: Query', 'A3: Query']);
    expect(l1.gets('L2', { kind: 'Query' })).toEqual([]);
    expect(l1.gets('L2', { kind: 'Chosen', n: 1, value: 'X' })).toContain('tell: learned X');
    expect(l1.gets('L2', { kind: 'Query' })).toEqual(['L2: Chosen(X)']);
  });
});

it('offers forgeries of what carries a value, and each is a different message', () => {
  const promise: PaxosMessage = { kind: 'Promise', n: 2, accepted: { n: 1, value: 'X' } };
  expect(tampered(promise).map(({ message }) => messageLabel(message))).toEqual([
    'Promise(2, ∅)',
    'Promise(2, (1, Y))',
    'Promise(2, (1, Z))',
  ]);
  expect(tampered({ kind: 'Accept', n: 1, value: 'Y' })).toHaveLength(2);
  expect(tampered({ kind: 'Prepare', n: 1 })).toEqual([]);
});
