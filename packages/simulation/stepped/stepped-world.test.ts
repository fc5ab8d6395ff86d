import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wouldOvertake } from './flights.ts';
import type { Action, Entry } from './journal.ts';
import type { Effect, Program } from './program.ts';
import { SteppedWorld } from './stepped-world.ts';

/** A node that does as it is told, and remembers what it heard: in place, so that copies are put to the test. */
interface Puppet {
  readonly heard: string[];
}

interface Letter {
  readonly text: string;
  readonly channel: string | null;
}

function effectOf(command: string): Effect<Letter, string> {
  const [what, first = '', second = ''] = command.split(' ');
  switch (what) {
    case 'send':
      return { kind: 'send', to: first, message: { text: second, channel: null } };
    case 'stream':
      return { kind: 'send', to: first, message: { text: second, channel: 'tcp' } };
    case 'timer':
      return { kind: 'setTimer', timer: first, afterMs: Number(second) };
    case 'clear':
      return { kind: 'clearTimer', timer: first };
    case 'write':
      return { kind: 'persist', disk: second, write: Number(first), what: second };
    case 'force':
      return { kind: 'persist', disk: first, write: null, what: first };
    default:
      return { kind: 'tell', what: command };
  }
}

const puppets: Program<Puppet, Letter, string> = {
  emptyDisk: () => 'empty',
  boot: (disk) => ({ state: { heard: [`boot ${disk}`] }, effects: [] }),
  step: (state, input, { nowMs, random }) => {
    if (input.kind === 'command') return { state, effects: input.command.split('; ').map(effectOf) };
    if (input.kind === 'message') state.heard.push(`${input.message.text} from ${input.from}`);
    if (input.kind === 'timer') state.heard.push(`${input.timer} at ${nowMs} ${random.below(1000)}`);
    if (input.kind === 'persisted') state.heard.push(`written ${input.write}`);
    return { state, effects: [] };
  },
  died: (_, { node }) => (node === 'A' ? [{ to: 'B', message: { text: 'bye', channel: 'tcp' } }] : []),
  copy: ({ heard }) => ({ heard: [...heard] }),
};

type World = SteppedWorld<Puppet, Letter, string>;

/** A, B and C; started, unless told. Every message takes 10 ms, or as many as its text says. */
function worldOf(options: { seed?: number; down?: string[]; chance?: boolean } = {}): World {
  const world = new SteppedWorld({
    seed: options.seed ?? 1,
    nodes: ['A', 'B', 'C'],
    program: puppets,
    disks: { C: 'old' },
    down: options.down ?? [],
    describe: ({ text }: Letter) => ({ type: 'Letter', label: text }),
    channel: ({ channel }) => channel,
    latencyMs: ({ message }, random) => (options.chance ? random.between(1, 1000) : Number(message.text) || 10),
    writeMs: 5,
    tampers: ({ text, channel }) => [{ id: 'shout', message: { text: text.toUpperCase(), channel } }],
  });
  while (world.isStarting) world.step();
  return world;
}

function act(world: World, ...actions: Action[]): Entry {
  let last: Entry | null = null;
  for (const action of actions) {
    const entry = world.act(action, 'person');
    if ('refused' in entry) throw new Error(`${action.do}: ${entry.refused}`);
    last = entry;
  }
  if (last === null) throw new Error('nothing done');
  return last;
}

function tell(world: World, node: string, command: string): Entry {
  return act(world, { do: 'command', node, command });
}

/** All that happens until nothing is left to happen: `deliver B`, `lose cut`, `timer t`. */
function rest(world: World): string[] {
  const happened: string[] = [];
  for (let entry = world.step(); entry !== null; entry = world.step()) {
    const { happening } = entry;
    if (happening.kind === 'deliver') happened.push(`deliver ${happening.message}`);
    else if (happening.kind === 'lose') happened.push(`lose ${happening.message} ${happening.why}`);
    else if (happening.kind === 'timer') happened.push(`timer ${happening.timer}`);
    else if (happening.kind === 'persisted') happened.push(`persisted ${happening.write}`);
  }
  return happened;
}

function heard(world: World, node: string): readonly string[] | undefined {
  return world.moment().nodes.get(node)?.state?.heard;
}

describe('a stepped world', () => {
  it('starts its nodes one by one from their disks, and not those that are down', () => {
    const world = worldOf({ down: ['B'] });
    const { nodes, n, entry } = world.moment();
    expect(n).toBe(2);
    expect(entry).toMatchObject({ n: 2, by: 'world', cause: null, happening: { kind: 'boot', node: 'C' } });
    expect([...nodes].map(([id, { status, disk }]) => [id, status, disk])).toEqual([
      ['A', 'up', 'empty'],
      ['B', 'down', 'empty'],
      ['C', 'up', 'old'],
    ]);
    expect(heard(world, 'C')).toEqual(['boot old']);
    expect(world.step()).toBeNull();
  });

  it('does what is due first, and tells what caused it', () => {
    const world = worldOf();
    const asked = tell(world, 'A', 'send B 30; send C 20; timer t 25; write 1 x');
    expect(asked).toMatchObject({ by: 'person', cause: null, timersSet: [{ timer: 't', dueMs: 25 }] });
    expect(asked.sent.map(({ id, dueMs }) => [id, dueMs])).toEqual([
      [1, 30],
      [2, 20],
    ]);
    const copy = world.copy();
    expect(rest(world)).toEqual(['persisted 1', 'deliver 2', 'timer t', 'deliver 1']);
    expect(world.moment().atMs).toBe(30);
    for (let entry = copy.step(); entry !== null; entry = copy.step()) expect(entry.cause).toBe(asked.n);
  });

  it('lets datagrams overtake, but nothing on a connection', () => {
    const world = worldOf();
    tell(world, 'A', 'send B 50; send B 20; stream B 50; stream B 20; stream C 30');
    expect(rest(world)).toEqual(['deliver 2', 'deliver 5', 'deliver 1', 'deliver 3', 'deliver 4']);
  });

  it('delivers by hand whatever is ahead', () => {
    const world = worldOf();
    tell(world, 'A', 'stream B 1; stream B 2');
    expect(wouldOvertake(world.moment().inFlight, 2)).toBe(true);
    expect(wouldOvertake(world.moment().inFlight, 1)).toBe(false);
    expect(act(world, { do: 'deliver', message: 2 })).toMatchObject({
      happening: { kind: 'deliver', message: 2, node: 'B' },
    });
    expect(heard(world, 'B')).toEqual(['boot empty', '2 from A']);
    expect(rest(world)).toEqual(['deliver 1']);
  });

  it('drops, duplicates, delays and holds', () => {
    const world = worldOf();
    tell(world, 'A', 'send B 10; send B 20; send B 30; send B 40');
    const copied = act(world, { do: 'duplicate', message: 2 });
    expect(copied.sent).toMatchObject([{ id: 5, copyOf: 2, dueMs: 20 }]);
    expect(act(world, { do: 'drop', message: 1 }).happening).toEqual({ kind: 'lose', message: 1, why: 'dropped' });
    expect(world.moment().flight?.id).toBe(1);
    act(world, { do: 'delay', message: 2 }, { do: 'hold', message: 3 });
    expect(world.moment().inFlight.get(2)?.dueMs).toBe(41);
    expect(rest(world)).toEqual(['deliver 5', 'deliver 4', 'deliver 2']);
    act(world, { do: 'letGo', message: 3 });
    expect(rest(world)).toEqual(['deliver 3']);
    expect(world.moment().atMs).toBe(41);
  });

  it('keeps what is behind a held message of a connection waiting', () => {
    const world = worldOf();
    tell(world, 'A', 'stream B 1; stream B 2');
    act(world, { do: 'hold', message: 1 });
    expect(rest(world)).toEqual([]);
    act(world, { do: 'letGo', message: 1 });
    expect(rest(world)).toEqual(['deliver 1', 'deliver 2']);
  });

  it('forges a message in place of another', () => {
    const world = worldOf();
    tell(world, 'A', 'send B hello');
    act(world, { do: 'hold', message: 1 });
    const { sent } = act(world, { do: 'tamper', message: 1, tamper: 'shout' });
    expect(sent).toMatchObject([{ id: 2, label: 'HELLO', tampered: true, copyOf: 1 }]);
    expect([...world.moment().inFlight.values()]).toMatchObject([{ id: 2, held: true }]);
    act(world, { do: 'deliver', message: 2 });
    expect(heard(world, 'B')).toEqual(['boot empty', 'HELLO from A']);
  });

  it('loses a datagram on a cut link, and keeps what is on a connection until the link is healed', () => {
    const world = worldOf();
    tell(world, 'A', 'send B 10; stream B 10; send C 10');
    act(world, { do: 'cut', from: 'A', to: 'B' });
    expect(world.moment().isCut('A', 'B')).toBe(true);
    expect(world.moment().isCut('B', 'A')).toBe(false);
    expect(rest(world)).toEqual(['lose 1 cut', 'deliver 3']);
    act(world, { do: 'heal', from: 'A', to: 'B' });
    expect(rest(world)).toEqual(['deliver 2']);
  });

  it('splits into groups, and heals all', () => {
    const world = worldOf();
    act(world, { do: 'split', groups: [['A', 'B']] });
    expect(world.cuts).toEqual(['A>C', 'B>C', 'C>A', 'C>B']);
    act(world, { do: 'split', groups: [['A'], ['B', 'C']] });
    expect(world.cuts).toEqual(['A>B', 'A>C', 'B>A', 'C>A']);
    act(world, { do: 'healAll' });
    expect(world.cuts).toEqual([]);
  });

  it('loses what comes to a node that is down', () => {
    const world = worldOf();
    tell(world, 'A', 'send B 10; stream B 20');
    act(world, { do: 'crash', node: 'B' });
    expect(rest(world)).toEqual(['lose 1 down', 'lose 2 down']);
  });

  it('keeps messages, timers and writes of a paused node waiting', () => {
    const world = worldOf();
    tell(world, 'B', 'timer t 5; write 1 x');
    tell(world, 'A', 'send B 10; send C 20');
    act(world, { do: 'pause', node: 'B' });
    expect(rest(world)).toEqual(['deliver 2']);
    act(world, { do: 'resume', node: 'B' });
    expect(rest(world)).toEqual(['timer t', 'persisted 1', 'deliver 1']);
    expect(world.moment().atMs).toBe(20);
  });

  it('forgets in a crash what was not durable, and starts again from the disk', () => {
    const world = worldOf();
    tell(world, 'C', 'write 1 first; write 2 second; timer t 100');
    expect(world.step()?.happening).toMatchObject({ kind: 'persisted', write: 1 });
    expect(world.moment().nodes.get('C')).toMatchObject({ disk: 'first', writes: [{ write: 2, what: 'second' }] });
    expect(act(world, { do: 'crash', node: 'C' }).timersCleared).toEqual([{ node: 'C', timer: 't' }]);
    expect(world.moment().nodes.get('C')).toMatchObject({ status: 'down', state: null, writes: [], timers: [] });
    expect(rest(world)).toEqual([]);
    act(world, { do: 'restart', node: 'C' });
    expect(heard(world, 'C')).toEqual(['boot first']);
    act(world, { do: 'crash', node: 'C' }, { do: 'wipe', node: 'C' }, { do: 'restart', node: 'C' });
    expect(heard(world, 'C')).toEqual(['boot empty']);
  });

  it('does not write what is older over what was forced', () => {
    const world = worldOf();
    tell(world, 'A', 'write 1 older; force newer');
    expect(rest(world)).toEqual(['persisted 1']);
    expect(world.moment().nodes.get('A')?.disk).toBe('newer');
  });

  it('sends the last words of a process that died, unless the link is cut', () => {
    const world = worldOf();
    act(world, { do: 'crash', node: 'A' });
    expect(rest(world)).toEqual(['deliver 1']);
    act(world, { do: 'restart', node: 'A' }, { do: 'cut', from: 'A', to: 'B' });
    expect(act(world, { do: 'crash', node: 'A' }).sent).toEqual([]);
  });

  it('sets a timer anew, clears it, and lets it go off early', () => {
    const world = worldOf();
    tell(world, 'A', 'timer t 5; timer t 50; timer u 1; clear u; clear v');
    expect(world.moment().entry?.timersCleared).toEqual([{ node: 'A', timer: 'u' }]);
    expect(act(world, { do: 'fire', node: 'A', timer: 't' })).toMatchObject({ atMs: 0, cause: 4, by: 'person' });
    expect(rest(world)).toEqual([]);
  });

  it('refuses what makes no sense, and has not changed then', () => {
    const world = worldOf({ down: ['C'] });
    tell(world, 'A', 'send B 10; send C 10; stream B 10');
    act(world, { do: 'pause', node: 'B' }, { do: 'cut', from: 'A', to: 'C' });
    const refusals: [Action, string][] = [
      [{ do: 'deliver', message: 9 }, 'no-such-message'],
      [{ do: 'deliver', message: 1 }, 'node-is-paused'],
      [{ do: 'deliver', message: 2 }, 'link-is-cut'],
      [{ do: 'drop', message: 9 }, 'no-such-message'],
      [{ do: 'letGo', message: 1 }, 'not-held'],
      [{ do: 'tamper', message: 1, tamper: 'whisper' }, 'no-such-tamper'],
      [{ do: 'crash', node: 'C' }, 'node-is-down'],
      [{ do: 'crash', node: 'X' }, 'no-such-node'],
      [{ do: 'restart', node: 'B' }, 'node-is-up'],
      [{ do: 'wipe', node: 'A' }, 'node-is-up'],
      [{ do: 'pause', node: 'B' }, 'node-is-paused'],
      [{ do: 'resume', node: 'A' }, 'node-is-not-paused'],
      [{ do: 'command', node: 'C', command: 'hello' }, 'node-is-down'],
      [{ do: 'cut', from: 'A', to: 'C' }, 'link-is-cut'],
      [{ do: 'cut', from: 'A', to: 'A' }, 'no-such-link'],
      [{ do: 'heal', from: 'A', to: 'B' }, 'link-is-not-cut'],
      [{ do: 'split', groups: [['A', 'X']] }, 'no-such-node'],
      [{ do: 'fire', node: 'A', timer: 't' }, 'no-such-timer'],
    ];
    const before = world.moment();
    for (const [action, refused] of refusals) expect(world.act(action, 'person'), action.do).toEqual({ refused });
    expect(world.moment()).toEqual({ ...before, isCut: expect.any(Function) });
    act(world, { do: 'heal', from: 'A', to: 'C' }, { do: 'hold', message: 1 });
    expect(world.act({ do: 'healAll' }, 'person')).toEqual({ refused: 'nothing-to-do' });
    expect(world.act({ do: 'hold', message: 1 }, 'person')).toEqual({ refused: 'already-held' });
    expect(world.act({ do: 'delay', message: 1 }, 'person')).toEqual({ refused: 'already-held' });
  });

  it('draws how long a message takes from the seed, whatever was done to other links', () => {
    const latencies = (seed: number, disturb: boolean): (number | undefined)[] => {
      const world = worldOf({ seed, chance: true });
      if (disturb) tell(world, 'B', 'send C x; send A y');
      const entry = tell(world, 'A', 'send B x; send C y; send B z');
      return entry.sent.map(({ dueMs }) => dueMs);
    };
    expect(latencies(1, true)).toEqual(latencies(1, false));
    expect(latencies(1, false)).not.toEqual(latencies(2, false));
    expect(latencies(1, false)).not.toEqual(latencies(1 + 2 ** 32, false));
  });

  it('does the same again from the same actions, and so does its copy', () => {
    const commands = ['send B a', 'stream C b', 'stream B c', 'timer t 9', 'timer u 30', 'write 1 x', 'force y'];
    const node = fc.constantFrom('A', 'B', 'C');
    const message = fc.integer({ min: 1, max: 12 });
    const action: fc.Arbitrary<Action | null> = fc.oneof(
      fc.constant(null),
      fc.record({ do: fc.constant('command' as const), node, command: fc.constantFrom(...commands) }),
      fc.record({ do: fc.constantFrom('deliver', 'drop', 'duplicate', 'delay', 'hold', 'letGo'), message }),
      fc.record({ do: fc.constantFrom('crash', 'restart', 'pause', 'resume', 'wipe'), node }),
      fc.record({ do: fc.constantFrom('cut', 'heal'), from: node, to: node }),
      fc.record({ do: fc.constant('fire' as const), node, timer: fc.constantFrom('t', 'u') }),
    );
    const play = (world: World, actions: readonly (Action | null)[]): unknown[] =>
      actions.map((one) => (one === null ? world.step() : world.act(one, 'person')));
    fc.assert(
      fc.property(fc.nat(), fc.array(action, { maxLength: 40 }), fc.nat(40), (seed, actions, at) => {
        const world = worldOf({ seed, chance: true });
        const twin = worldOf({ seed, chance: true });
        const entries = play(world, actions);
        const first = play(twin, actions.slice(0, at));
        const copy = twin.copy();
        const before = JSON.stringify([...copy.moment().nodes]);
        expect([...first, ...play(twin, actions.slice(at))]).toEqual(entries);
        // What the one did has not touched the other.
        expect(JSON.stringify([...copy.moment().nodes])).toBe(before);
        expect([...first, ...play(copy, actions.slice(at))]).toEqual(entries);
        expect(JSON.stringify([...copy.moment().nodes])).toBe(JSON.stringify([...world.moment().nodes]));
        expect(rest(copy)).toEqual(rest(world));
      }),
      { numRuns: 100 },
    );
  });
});
