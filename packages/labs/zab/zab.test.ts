import { makeZxid } from '@vivarium/shared/zxid';
import type { Action } from '@vivarium/simulation/stepped/journal';
import { SteppedWorld } from '@vivarium/simulation/stepped/stepped-world';
import { describe, expect, it } from 'vitest';
import type { History } from '../history.ts';
import { cutBehind, recovered, type ZabDisk, zabDisk } from './disk.ts';
import { isAcknowledged, leaderOf, ONE_CLIENT, THREE_SERVERS } from './lessons.ts';
import type { ZabMessage } from './messages.ts';
import { clientOf, serverOf, type ZabMoment } from './node-views.ts';
import { QUIET_TIMES, type ZabState } from './program.ts';
import { zabProtocol, zabProtocolWith } from './protocol.ts';
import { freePlayOfThree } from './scenarios/free-play.ts';

type ZabWorld = SteppedWorld<ZabState, ZabMessage, ZabDisk>;

const NODES = [...THREE_SERVERS, ONE_CLIENT];

function world(sessionTimeoutMs = QUIET_TIMES.sessionTimeoutMs): ZabWorld {
  const protocol = zabProtocolWith({ ...QUIET_TIMES, sessionTimeoutMs });
  return new SteppedWorld({
    seed: 1,
    nodes: NODES.map(({ id }) => id),
    program: protocol.program(NODES, {}),
    disks: {},
    down: [],
    describe: protocol.describe,
    channel: protocol.channel,
    latencyMs: (_departure, random) => random.between(10, 20),
    writeMs: 4,
    tampers: protocol.tampers,
  });
}

function runUntil(running: ZabWorld, holds: (moment: ZabMoment) => boolean): void {
  while (!holds(running.moment())) {
    if (running.steps > 2000 || running.step() === null) throw new Error('it never came about');
  }
}

function act(running: ZabWorld, action: Action): void {
  expect(running.act(action, 'person')).not.toHaveProperty('refused');
}

/** A leader serves, and C1 has a session at S1. */
function connected(running: ZabWorld): ZabWorld {
  runUntil(running, (moment) => leaderOf(moment) !== null && moment.inFlight.size === 0);
  act(running, { do: 'command', node: 'C1', command: 'connect S1' });
  runUntil(running, (moment) => clientOf(moment, 'C1')?.established ?? false);
  return running;
}

function ask(running: ZabWorld, command: string): void {
  act(running, { do: 'command', node: 'C1', command });
  runUntil(running, (moment) => clientOf(moment, 'C1')?.last?.startsWith(command) ?? false);
}

describe('the disk of a ZAB lab', () => {
  const disk = zabDisk({
    acceptedEpoch: 2,
    currentEpoch: 1,
    snapshotAt: [1, 93],
    log: [
      [1, 94, '/a'],
      [1, 95, '/b'],
    ],
  });

  it('gives a server its snapshot, its log and its epochs back', () => {
    const { database, recent, acceptedEpoch, currentEpoch } = recovered(disk);
    expect([database.lastZxid, acceptedEpoch, currentEpoch]).toEqual([makeZxid(1, 95), 2, 1]);
    expect(recent.map(({ zxid }) => zxid)).toEqual([makeZxid(1, 94), makeZxid(1, 95)]);
    expect([database.tree.get('/a') !== undefined, database.tree.get('/c')]).toEqual([true, undefined]);
  });

  it('forgets what is cut off', () => {
    const { database } = recovered(cutBehind(disk, makeZxid(1, 94)));
    expect([database.lastZxid, database.tree.get('/b')]).toEqual([makeZxid(1, 94), undefined]);
  });
});

describe('a ZAB lab', () => {
  it('answers a client by the servers that serve port 2181', () => {
    const running = connected(world());
    ask(running, 'create /a');
    ask(running, 'set /a X');
    ask(running, 'read /a');
    expect(clientOf(running.moment(), 'C1')?.last).toBe('read /a: X');
    ask(running, 'create /a');
    expect(clientOf(running.moment(), 'C1')?.last).toBe('create /a: NODEEXISTS');
  });

  it('goes on alike from a copy, which what happens to the original does not touch', () => {
    const running = connected(world());
    const copy = running.copy();
    const before = copy.plainState('S1');
    ask(running, 'create /a');
    expect(copy.plainState('S1')).toEqual(before);
    ask(copy, 'create /a');
    expect(copy.plainState('S1')).toEqual(running.plainState('S1'));
  });

  it('keeps a session over the death of its server, and what was acknowledged', () => {
    const running = connected(world());
    ask(running, 'create /a');
    const session = clientOf(running.moment(), 'C1')?.sessionId;
    act(running, { do: 'crash', node: 'S1' });
    runUntil(running, (moment) => clientOf(moment, 'C1')?.established === false);
    runUntil(running, (moment) => clientOf(moment, 'C1')?.established ?? false);
    expect(clientOf(running.moment(), 'C1')?.sessionId).toBe(session);
    ask(running, 'read /a');
    expect(clientOf(running.moment(), 'C1')?.last).toBe('read /a: ""');
  });

  it('lets a session expire whose client is cut off, and its ephemeral with it', () => {
    const running = connected(world(6000));
    ask(running, 'create ephemeral /e');
    act(running, { do: 'split', groups: [['S1', 'S2', 'S3'], ['C1']] });
    runUntil(running, ({ entry }) => entry?.told.some(({ what }) => what === 'session expired') ?? false);
    act(running, { do: 'healAll' });
    runUntil(running, (moment) => (clientOf(moment, 'C1')?.expired ?? 0) > 0);
    ask(running, 'read /e');
    expect(clientOf(running.moment(), 'C1')?.last).toBe('read /e: NONODE');
  });

  it('leaves a client in doubt whose server dies before it has answered', () => {
    const running = connected(world());
    act(running, { do: 'command', node: 'C1', command: 'create /a' });
    act(running, { do: 'crash', node: 'S1' });
    runUntil(running, (moment) => (clientOf(moment, 'C1')?.unknown.length ?? 0) > 0);
    expect(clientOf(running.moment(), 'C1')?.last).toBe('create /a: CONNECTIONLOSS');
  });
});

/** Another history: this one to its end, then an action and what comes of it. */
function fork(history: History, action: Action): History {
  const forked = history.fork(history.records.length, action);
  forked.extend(forked.records.length + 150);
  return forked;
}

function brokenIn(history: History): string[] {
  return history.records
    .flatMap(({ verdicts }) => verdicts.filter(({ holds }) => holds === false))
    .map((v) => v.invariant);
}

describe('the invariants of ZAB', () => {
  const usual = freePlayOfThree.open({ seed: 1, settings: {}, actions: [], limit: null });

  it('hold while servers crash and come back and links are cut', () => {
    let history: History = fork(usual, { do: 'command', node: 'C1', command: 'create /a1' });
    for (const action of [
      { do: 'crash', node: 'S3' },
      { do: 'restart', node: 'S3' },
      { do: 'split', groups: [['S1'], ['S2', 'S3', 'C1']] },
      { do: 'healAll' },
    ] as const) {
      history = fork(history, action);
    }
    expect(brokenIn(history)).toEqual([]);
    expect(history.records.at(-1)?.entry.n).toBeGreaterThan(usual.records.length + 100);
  });

  it('see that a write is lost where a quorum has forgotten it', () => {
    const [command] = usual
      .possibilities(usual.records.length)
      .filter(({ action }) => action.do === 'command' && action.command.startsWith('create /'));
    if (command === undefined) throw new Error('C1 may create something');
    let history = fork(usual, command.action);
    // S1 keeps what it has and stays away; the others start as if they had never run.
    for (const action of [
      { do: 'crash', node: 'S1' },
      { do: 'crash', node: 'S2' },
      { do: 'crash', node: 'S3' },
      { do: 'wipe', node: 'S2' },
      { do: 'wipe', node: 'S3' },
      { do: 'restart', node: 'S2' },
      { do: 'restart', node: 'S3' },
    ] as const) {
      history = fork(history, action);
    }
    expect(new Set(brokenIn(history))).toContain('acknowledgedSurvive');
    expect(history.records.flatMap(({ goals }) => goals)).toContain('lost-write');
  });
});

describe('what a ZAB lab takes for granted', () => {
  const running = connected(world());
  ask(running, 'create /a');
  act(running, { do: 'command', node: 'C1', command: 'create /a/b' });
  runUntil(running, (moment) => [...moment.inFlight.values()].some(({ type }) => type === 'PROPOSAL'));
  const moment = running.moment();
  const proposal = [...moment.inFlight.values()].find(({ type }) => type === 'PROPOSAL');
  const message = proposal?.id ?? -1;

  it.each<[string, Action, string | null]>([
    ['a lost packet', { do: 'drop', message }, 'fifo'],
    ['a packet that comes twice', { do: 'duplicate', message }, 'fifo'],
    ['a forged packet', { do: 'tamper', message, tamper: 'zxid+1' }, 'crashFault'],
    ['a wiped disk', { do: 'wipe', node: 'S1' }, 'stableStorage'],
    ['a slow packet', { do: 'hold', message }, null],
    ['a crash', { do: 'crash', node: 'S1' }, null],
    ['a cut', { do: 'cut', from: 'S1', to: 'S2' }, null],
  ])('says of %s which of it is broken', (_what, action, assumption) => {
    expect(zabProtocol.breaks(action, moment)).toBe(assumption);
  });

  it('is what each server shows of itself', () => {
    const leader = leaderOf(moment) ?? '';
    const node = moment.nodes.get(leader);
    if (node === undefined) throw new Error('somebody leads');
    const view = zabProtocol.view(leader, node, moment);
    expect([view.mark, view.state]).toEqual(['leader', 'LEADING']);
    expect(view.log.map(({ label }) => label)).toEqual(['1·1', '1·2', '1·3']);
    expect(view.facts.find(({ id }) => id === 'acks')?.value).toMatchObject({ kind: 'tally', need: 2 });
    expect(serverOf(moment, leader)?.outstanding).toHaveLength(1);
    expect(isAcknowledged(moment, 'C1', 'create /a')).toBe(true);
  });
});
