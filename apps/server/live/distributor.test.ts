import {
  type BatchMessage,
  CREDITS,
  MAX_BATCH_EVENTS,
  type SnapshotMessage,
  type Topic,
} from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { apiFailure } from '../api-failure.ts';
import { Feed } from '../sources/feed.ts';
import type { KeptLimits } from '../sources/kept-events.ts';
import { provenanceOf, type Source } from '../sources/source.ts';
import { sampleEvents } from '../tests/harness/sample-events.ts';
import { Distributor, type Outlet } from './distributor.ts';

const ALL: readonly Topic[] = ['cluster', 'znodes', 'sessions'];
const LIMITS: KeptLimits = { events: 50_000, bytes: 1 << 30, checkpointEvents: 1_000 };

/** What was sent, to whom. */
type Sent =
  | { readonly kind: 'snapshot'; readonly to: readonly string[]; readonly message: SnapshotMessage }
  | { readonly kind: 'batch'; readonly to: readonly string[]; readonly message: BatchMessage };

let feed: Feed;
let source: Source;
let sent: Sent[];
let blocked: Set<string>;
let failures: unknown[];
let distributor: Distributor;

beforeEach(() => {
  vi.useFakeTimers();
  feed = new Feed(LIMITS);
  source = sourceOf(feed);
  sent = [];
  blocked = new Set();
  failures = [];
  const outlet: Outlet = {
    snapshot: (to, message) => sent.push({ kind: 'snapshot', to, message }),
    batch: (to, message) => sent.push({ kind: 'batch', to, message }),
    info: () => {},
    isBlocked: (connection) => blocked.has(connection),
    failed: (_, error) => failures.push(error),
  };
  distributor = new Distributor(outlet, { intervalMs: 0, maxLagEvents: 20_000 });
});

afterEach(() => {
  distributor.close();
  vi.useRealTimers();
});

/** Lets so many rounds go by. */
async function rounds(count = 1): Promise<void> {
  for (let round = 0; round < count; round++) await vi.advanceTimersToNextTimerAsync();
}

function batches(): BatchMessage[] {
  return sent.flatMap((one) => (one.kind === 'batch' ? [one.message] : []));
}

test('who joins gets one snapshot for all, and then one batch for all', async () => {
  feed.push(sampleEvents(10));
  for (const viewer of ['a', 'b', 'c']) expect(distributor.join(viewer, source, { topics: ALL })).toBe(false);
  await rounds();
  expect(sent).toMatchObject([{ kind: 'snapshot', to: ['a', 'b', 'c'], message: { summarised: 0, state: { n: 10 } } }]);
  feed.push(sampleEvents(5));
  await rounds();
  expect(sent[1]).toMatchObject({ kind: 'batch', to: ['a', 'b', 'c'], message: { after: 10, upTo: 15 } });
  expect(batches()[0]?.events.map(({ n }) => n)).toEqual([11, 12, 13, 14, 15]);
  expect(vi.getTimerCount()).toBe(0);
});

test('who resumes gets what came since', async () => {
  feed.push(sampleEvents(100));
  const resume = { instance: source.instance, after: 60 };
  expect(distributor.join('a', source, { topics: ALL, resume })).toBe(true);
  await rounds();
  expect(sent).toMatchObject([{ kind: 'batch', message: { after: 60, upTo: 100 } }]);
});

test.each([
  ['of another instance', { instance: 'another', after: 60 }],
  ['that is not there yet', { instance: '', after: 101 }],
])('a place %s is answered with a snapshot', async (_, { instance, after }) => {
  feed.push(sampleEvents(100));
  const resume = { instance: instance || source.instance, after };
  expect(distributor.join('a', source, { topics: ALL, resume })).toBe(false);
  await rounds();
  expect(sent).toMatchObject([{ kind: 'snapshot', message: { summarised: 0, state: { n: 100 } } }]);
});

test('a batch has so many events at most', async () => {
  feed.push(sampleEvents(MAX_BATCH_EVENTS + 1));
  const resume = { instance: source.instance, after: 0 };
  distributor.join('a', source, { topics: ALL, resume });
  await rounds(2);
  expect(batches().map(({ after, upTo }) => [after, upTo])).toEqual([
    [0, MAX_BATCH_EVENTS],
    [MAX_BATCH_EVENTS, MAX_BATCH_EVENTS + 1],
  ]);
});

test('without credits nothing is sent; then what is missing comes, and others have not waited', async () => {
  distributor.join('slow', source, { topics: ALL, resume: { instance: source.instance, after: 0 } });
  distributor.join('quick', source, { topics: ALL, resume: { instance: source.instance, after: 0 } });
  for (let round = 1; round <= CREDITS + 5; round++) {
    feed.push(sampleEvents(1));
    await rounds();
    distributor.credit('quick', 'test', round);
  }
  const to = (viewer: string): number[] =>
    sent.filter((one) => one.to.includes(viewer)).map(({ message }) => ('upTo' in message ? message.upTo : -1));
  expect(to('quick')).toEqual(Array.from({ length: CREDITS + 5 }, (_, at) => at + 1));
  expect(to('slow')).toEqual(Array.from({ length: CREDITS }, (_, at) => at + 1));
  distributor.credit('slow', 'test', CREDITS);
  await rounds();
  expect(sent.at(-1)).toMatchObject({ to: ['slow'], message: { after: CREDITS, upTo: CREDITS + 5 } });
});

test('who is too far behind gets a snapshot that counts what it did not see', async () => {
  distributor.join('slow', source, { topics: ALL, resume: { instance: source.instance, after: 0 } });
  for (let round = 1; round <= CREDITS; round++) {
    feed.push(sampleEvents(1));
    await rounds();
  }
  feed.push(sampleEvents(20_001));
  await rounds();
  expect(sent).toHaveLength(CREDITS);
  distributor.credit('slow', 'test', 1);
  await rounds();
  const last = CREDITS + 20_001;
  expect(sent.at(-1)).toMatchObject({ kind: 'snapshot', message: { summarised: 20_001, state: { n: last } } });
});

test('topics choose the events, and all numbers are accounted for', async () => {
  feed.push(sampleEvents(300));
  distributor.join('a', source, { topics: ['znodes'], resume: { instance: source.instance, after: 0 } });
  distributor.join('b', source, { topics: ALL, resume: { instance: source.instance, after: 0 } });
  await rounds();
  expect(sent).toHaveLength(2);
  expect(sent[0]).toMatchObject({ to: ['a'], message: { after: 0, upTo: 300 } });
  expect(new Set(batches()[0]?.events.map(({ body }) => body.kind))).toEqual(new Set(['applied']));
  expect(sent[1]).toMatchObject({ to: ['b'], message: { after: 0, upTo: 300 } });
  expect(batches()[1]?.events).toHaveLength(300);
});

test('a connection that does not take what it was sent is waited for', async () => {
  feed.push(sampleEvents(3));
  blocked.add('a');
  distributor.join('a', source, { topics: ALL });
  await rounds(3);
  expect(sent).toEqual([]);
  blocked.clear();
  await rounds();
  expect(sent).toMatchObject([{ kind: 'snapshot', to: ['a'] }]);
});

test('who has left is sent nothing, and a credit of a stranger is nothing', async () => {
  feed.push(sampleEvents(3));
  distributor.join('a', source, { topics: ALL });
  distributor.leaveAll('a');
  distributor.credit('a', 'test', 3);
  distributor.credit('a', 'another', 3);
  await vi.runAllTimersAsync();
  feed.push(sampleEvents(3));
  await vi.runAllTimersAsync();
  expect(sent).toEqual([]);
});

test('where the source fails its viewers are told, once', async () => {
  feed.push(sampleEvents(3));
  source.stateAt = () => Promise.reject(apiFailure('internal', { id: 'x' }));
  distributor.join('a', source, { topics: ALL });
  await vi.runAllTimersAsync();
  feed.push(sampleEvents(3));
  await vi.runAllTimersAsync();
  expect(failures).toHaveLength(1);
  expect(sent).toEqual([]);
});

function sourceOf(of: Feed): Source {
  const info: Omit<ClusterInfo, 'kept'> = {
    id: 'test',
    name: 'Test',
    kind: 'simulated',
    capabilities: {
      live: true,
      processes: false,
      faults: false,
      addObserver: false,
      readZnodes: false,
      readPast: false,
      writeZnodes: false,
      search: false,
      transactions: false,
      health: false,
    },
    provenance: provenanceOf('trace'),
    recording: false,
    connectString: null,
    attached: null,
  };
  return {
    id: 'test',
    instance: of.instance,
    info: () => ({ ...info, kept: of.kept }),
    stateAt: (n) => of.stateAt(n),
    eventsAfter: (after, limit) => of.eventsAfter(after, limit),
    subscribe: (listener) => of.subscribe(listener),
    onInfoChanged: () => () => {},
    close: async () => {},
  };
}
