import { applyRecord } from '@vivarium/labs/picture';
import { beforeEach, describe, expect, test } from 'vitest';
import { createStore } from 'zustand';
import { EngineForTests } from './engine/engine-for-tests.ts';
import { LabFault } from './engine/lab-client.ts';
import { LabActions } from './lab-actions.ts';
import { linkFor } from './lab-link.ts';
import type { LabNews } from './lab-news.ts';
import { askAt, type Lab, type LabState } from './lab-state.ts';
import { predictions, questionState, score } from './question/question-state.ts';

const SCENARIO = '2pc-happy';

let engine: EngineForTests;
let news: LabNews[];
let frames: ((nowMs: number) => void)[];
let isStill: boolean;
let store: ReturnType<typeof newStore>;
let lab: LabActions;

const newStore = () => createStore<LabState>(() => ({ phase: 'loading', failure: null, steps: 0, lab: null }));

beforeEach(() => {
  engine = new EngineForTests();
  news = [];
  frames = [];
  isStill = false;
  store = newStore();
  lab = new LabActions(store, engine, {
    onFrame: (callback) => frames.push(callback),
    prefersStillness: () => isStill,
    notify: (one) => news.push(one),
  });
});

function now(): Lab {
  const { lab } = store.getState();
  if (lab === null) throw new Error('no lab');
  return lab;
}

/** Lets the frames of so many seconds pass. */
function pass(seconds: number): void {
  for (let ms = 0; ms <= seconds * 1000; ms += 20) for (const frame of frames.splice(0)) frame(ms);
}

/** Skips what is asked until the step. */
function goTo(n: number): void {
  lab.seek(n);
  for (let ask = askAt(now(), now().cursor); ask !== null && now().cursor < n; ask = askAt(now(), now().cursor)) {
    lab.answer(ask, null);
    lab.seek(n);
  }
}

/** Something that makes a branch at the cursor. */
async function drop(): Promise<void> {
  const [id] = Object.keys(now().branch.pictureAt(now().cursor).inFlight);
  await lab.act({ do: 'drop', message: Number(id) });
}

describe('an open lab', () => {
  test('begins behind the starts of its nodes, and holds the whole history', async () => {
    await lab.open(SCENARIO, null);
    const { cursor, ready, branch, info } = now();
    expect(info.id).toBe(SCENARIO);
    expect(cursor).toBe(ready);
    expect(branch.records.length).toBeGreaterThan(ready);
    const folded = branch.records.reduce(applyRecord, branch.pictureAt(0));
    expect(branch.pictureAt(branch.records.length)).toEqual(folded);
    expect(branch.pictureAt(3)).toBe(branch.pictureAt(3));
  });

  test('says what a link names that is not there, and can be asked again', async () => {
    await lab.open('2pc-no-such-lesson', null);
    expect(store.getState()).toMatchObject({
      phase: 'failed',
      failure: { code: 'scenario', params: { scenario: '2pc-no-such-lesson' } },
    });
    await lab.open(SCENARIO, 'rubbish');
    expect(store.getState().failure?.code).toBe('damaged');
    await lab.open(SCENARIO, null);
    expect(store.getState().phase).toBe('ready');
  });

  test('says that a protocol could not be loaded, and a retry may help', async () => {
    let isAway = true;
    engine = new EngineForTests([
      {
        id: '2pc',
        load: () =>
          isAway ? Promise.reject(new TypeError('away')) : import('@vivarium/labs/two-phase-commit/chapter'),
      },
    ]);
    lab = new LabActions(store, engine, { onFrame: () => {}, prefersStillness: () => true, notify: () => {} });
    await lab.open(SCENARIO, null);
    expect(store.getState().failure?.code).toBe('load');
    isAway = false;
    await lab.retry();
    expect(store.getState().phase).toBe('ready');
  });

  test('an answer that comes after another lab was asked for is not shown', async () => {
    const slow = lab.open(SCENARIO, null);
    await lab.open('2pc-one-no', null);
    await slow;
    expect(now().info.id).toBe('2pc-one-no');
  });

  test('stays where the opening of another one is given up', async () => {
    await lab.open(SCENARIO, null);
    const slow = lab.open('2pc-one-no', null);
    expect(store.getState().phase).toBe('loading');
    lab.cancel();
    await slow;
    expect(store.getState().phase).toBe('ready');
    expect(now().info.id).toBe(SCENARIO);
  });
});

describe('the cursor', () => {
  beforeEach(() => lab.open(SCENARIO, null));

  test('does not go past an open question, by any way', () => {
    const [first] = now().branch.asks;
    if (first === undefined) throw new Error('the lesson asks nothing');
    lab.seek(now().branch.records.length);
    expect(now().cursor).toBe(first.before - 1);
    lab.step(1);
    expect(now()).toMatchObject({ cursor: first.before - 1, nudges: 1 });
    expect(questionState(now())).toMatchObject({ kind: 'open', ask: { id: first.id } });
    lab.answer(first, first.truth);
    expect(now().cursor).toBe(first.before);
    expect(score(predictions(now())).answered).toBe(first.settledAt <= first.before ? 1 : 0);
  });

  test('goes back freely, and what was seen stays in reach', () => {
    const end = now().branch.records.length;
    goTo(end);
    expect(now().cursor).toBe(end);
    lab.seek(0);
    expect(now().cursor).toBe(0);
    lab.seek(end);
    expect(now().cursor).toBe(end);
    lab.step(1);
    expect(now().cursor).toBe(end);
    expect(now().branch.seen).toBe(end);
  });

  test('plays at its speed, and stops before a question', () => {
    const { cursor } = now();
    lab.setSpeed(2);
    lab.play();
    pass(1);
    expect(now().playing).toBe(true);
    expect(now().cursor).toBeGreaterThanOrEqual(cursor + 1);
    expect(now().cursor).toBeLessThanOrEqual(cursor + 2);
    expect(Math.floor(now().u)).toBe(now().cursor);
    pass(60);
    const before = (now().branch.asks[0]?.before ?? 0) - 1;
    expect(now()).toMatchObject({ playing: false, cursor: before, u: before });
  });

  test('keeps what could be done until it is known what can be', async () => {
    await expect.poll(() => now().isAsking).toBe(false);
    const { possibilities } = now();
    expect(possibilities).not.toEqual([]);
    lab.step(1);
    expect(now()).toMatchObject({ isAsking: true });
    expect(now().possibilities).toBe(possibilities);
    await expect.poll(() => now().isAsking).toBe(false);
    expect(now().possibilities).not.toBe(possibilities);
  });

  test('does not ask for ever what can be done where the engine is gone', async () => {
    await expect.poll(() => now().isAsking).toBe(false);
    engine.ask = () => Promise.reject(new LabFault({ code: 'engine', params: { reason: '' } }));
    lab.step(1);
    expect(now().isAsking).toBe(true);
    await expect.poll(() => now().isAsking).toBe(false);
    expect(news).toEqual([]);
  });

  test('moves in whole steps for who prefers stillness', () => {
    isStill = true;
    lab.play();
    for (let ms = 0; ms < 2500; ms += 100) {
      for (const frame of frames.splice(0)) frame(ms);
      expect(Number.isInteger(now().u)).toBe(true);
    }
  });
});

describe('an action', () => {
  beforeEach(() => lab.open(SCENARIO, null));

  test('that would happen next anyway is a step', async () => {
    goTo(now().ready + 1);
    const { cursor, branch } = now();
    const next = branch.records[cursor]?.entry.happening;
    if (next?.kind !== 'deliver') throw new Error(`no delivery comes next: ${next?.kind}`);
    await lab.act({ do: 'deliver', message: next.message });
    expect(now()).toMatchObject({ cursor: cursor + 1, branch: { id: branch.id } });
    expect(now().branches).toHaveLength(1);
  });

  test('makes a branch at the cursor; done again there, it leads to the same branch', async () => {
    goTo(now().ready + 1);
    const { cursor, branch: first } = now();
    await drop();
    const fork = now().branch;
    expect(fork).toMatchObject({ parent: first.id, forkedAt: cursor });
    expect(now().cursor).toBe(cursor + 1);
    expect(fork.records.slice(0, cursor)).toEqual(first.records.slice(0, cursor));
    expect(fork.pictureAt(cursor)).toEqual(first.pictureAt(cursor));
    lab.showBranch(first.id);
    lab.seek(cursor);
    await drop();
    expect(now().branch.id).toBe(fork.id);
    expect(now().branches).toHaveLength(2);
    lab.seek(cursor);
    await drop();
    expect(now().branches).toHaveLength(2);
    expect(now()).toMatchObject({ branch: { id: fork.id }, cursor: cursor + 1 });
  });

  test('done where the shown branch begins makes a sibling of it, and what the first one does there leads back', async () => {
    goTo(now().ready + 1);
    const { cursor, branch: first } = now();
    await drop();
    lab.seek(cursor);
    await lab.act({ do: 'crash', node: 'C' });
    expect(now().branch).toMatchObject({ parent: first.id, forkedAt: cursor });
    lab.seek(cursor);
    const next = first.records[cursor]?.entry.happening;
    if (next?.kind !== 'deliver') throw new Error(`no delivery comes next: ${next?.kind}`);
    await lab.act({ do: 'deliver', message: next.message });
    expect(now()).toMatchObject({ branch: { id: first.id }, cursor: cursor + 1, branches: { length: 3 } });
  });

  test('that cannot be done is told, and changes nothing', async () => {
    await lab.act({ do: 'drop', message: 9_999 });
    expect(news).toMatchObject([{ kind: 'failed', failure: { code: 'refused', params: { why: 'no-such-message' } } }]);
    expect(now()).toMatchObject({ busy: false, branches: { length: 1 } });
  });

  test('makes no more than 64 branches', async () => {
    goTo(now().branch.records.length);
    const [first] = now().branches;
    if (first === undefined) throw new Error('no branch');
    const nodes = now().info.nodes.map(({ id }) => id);
    for (let i = 0; i < 70; i++) {
      lab.showBranch(first.id);
      lab.seek(now().ready + Math.floor(i / 6));
      const node = nodes[i % 3] ?? '';
      await lab.act(i % 6 < 3 ? { do: 'crash', node } : { do: 'pause', node });
    }
    expect(now().branches.length).toBeLessThanOrEqual(64);
    expect(now().branches).toContainEqual(expect.objectContaining({ id: first.id }));
    expect(news).toContainEqual({ kind: 'branchDropped' });
    const ids = new Set(now().branches.map(({ id }) => id));
    for (const { parent } of now().branches) expect(parent === null || ids.has(parent)).toBe(true);
  });
});

describe('a moment', () => {
  test('opens from its link with the same hash, and from its file', async () => {
    await lab.open(SCENARIO, null);
    goTo(now().ready + 1);
    await drop();
    goTo(now().cursor + 2);
    const { branch, cursor } = now();
    const link = linkFor(now(), cursor);
    const file = await lab.exportHistory();
    await lab.open(SCENARIO, link);
    expect(now()).toMatchObject({ cursor, branch: { actions: branch.actions } });
    expect(now().branch.records.map(({ hash }) => hash)).toEqual(branch.records.map(({ hash }) => hash));
    await lab.importHistory(file ?? '');
    expect(now()).toMatchObject({ cursor, branch: { actions: branch.actions } });
  });

  test('of a history that runs otherwise here says between which steps, and can be shown anyway', async () => {
    await lab.open(SCENARIO, null);
    goTo(now().ready + 3);
    const file = JSON.parse((await lab.exportHistory()) ?? '') as { hashes: string[] };
    file.hashes[6] = '0123456789abcdef';
    await lab.importHistory(JSON.stringify(file));
    expect(store.getState().failure).toEqual({ code: 'diverges', params: { same: 6, other: 7 } });
    const { cursor } = now();
    await lab.open(SCENARIO, null);
    await lab.importHistory(JSON.stringify(file));
    await lab.retry(true);
    expect(store.getState().phase).toBe('ready');
    expect(now().cursor).toBe(cursor);
    await lab.importHistory('{"some": "thing"}');
    expect(store.getState().failure?.code).toBe('noHistory');
  });

  test('of a history that runs otherwise here says so also where an action cannot be done any more', async () => {
    await lab.open(SCENARIO, null);
    goTo(now().ready + 1);
    await drop();
    const file = JSON.parse((await lab.exportHistory()) ?? '') as { hashes: string[]; position: { actions: object[] } };
    const after = now().cursor - 1;
    file.position.actions = [{ after, action: { do: 'drop', message: 9_999 } }];
    await lab.importHistory(JSON.stringify(file));
    const refused = { code: 'refused', params: { after, why: 'no-such-message' } };
    expect(store.getState().failure).toEqual(refused);
    file.hashes[1] = '0123456789abcdef';
    await lab.importHistory(JSON.stringify(file));
    expect(store.getState().failure).toEqual({ code: 'diverges', params: { same: 1, other: 2 } });
  });
});

describe('an engine that was started anew', () => {
  test('is given the histories again that it is asked for', async () => {
    await lab.open(SCENARIO, null);
    goTo(now().ready + 1);
    await drop();
    const { cursor, branch } = now();
    const file = await lab.exportHistory();
    engine.restart();
    expect(await lab.exportHistory()).toBe(file);
    engine.restart();
    lab.seek(cursor);
    await lab.act({ do: 'crash', node: 'C' });
    expect(news).toEqual([]);
    expect(now()).toMatchObject({ cursor: cursor + 1, branch: { parent: branch.id, forkedAt: cursor } });
    await expect.poll(() => now().isAsking).toBe(false);
    expect(now().possibilities).toContainEqual(expect.objectContaining({ action: { do: 'restart', node: 'C' } }));
  });

  test('is given them as far as they were run', async () => {
    engine = new EngineForTests([{ id: 'cap', load: () => import('@vivarium/labs/cap/chapter') }]);
    lab = new LabActions(store, engine, { onFrame: () => {}, prefersStillness: () => true, notify: () => {} });
    await lab.open('cap-free-ap', null);
    await lab.extend();
    const { records } = now().branch;
    engine.restart();
    await lab.extend();
    const longer = now().branch.records;
    expect(longer.length).toBeGreaterThan(records.length);
    expect(longer.map(({ entry }) => entry.n)).toEqual(longer.map((_, index) => index + 1));
  });
});

describe('a long history', () => {
  test('of a lesson that goes on for ever is run on by a step at its end', async () => {
    engine = new EngineForTests([{ id: 'cap', load: () => import('@vivarium/labs/cap/chapter') }]);
    lab = new LabActions(store, engine, { onFrame: () => {}, prefersStillness: () => true, notify: () => {} });
    await lab.open('cap-partition-ap', null);
    await lab.act({ do: 'pause', node: now().info.nodes[0]?.id ?? '' });
    const steps = now().branch.records.length;
    expect(now().branch.end).toBe('limit');
    goTo(steps);
    lab.step(1);
    await expect.poll(() => now().branch.records.length).toBeGreaterThan(steps);
    lab.step(1);
    expect(now().cursor).toBe(steps + 1);
  });

  test('is extended near its end in free play', async () => {
    await lab.open('2pc-free', null);
    const free = now();
    expect(free.info.kind).toBe('free');
    if (free.branch.end !== 'limit') return expect(free.branch.end).toBe('quiet');
    const steps = free.branch.records.length;
    lab.seek(steps);
    await expect.poll(() => now().branch.records.length).toBeGreaterThan(steps);
  });

  test('has been seen as far as the viewer went while it was run on', async () => {
    engine = new EngineForTests([{ id: 'cap', load: () => import('@vivarium/labs/cap/chapter') }]);
    lab = new LabActions(store, engine, { onFrame: () => {}, prefersStillness: () => true, notify: () => {} });
    await lab.open('cap-free-ap', null);
    const { end, records } = now().branch;
    expect(end).toBe('limit');
    const extended = lab.extend();
    lab.seek(now().cursor + 5);
    const { cursor } = now();
    await extended;
    expect(now().branch.records.length).toBeGreaterThan(records.length);
    expect(now().branch.seen).toBe(cursor);
  });
});
