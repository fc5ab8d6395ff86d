import { request } from 'node:http';
import type { ApiError } from '@vivarium/shared/contract/errors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSynthetic } from '../../sources/synthetic.ts';
import { LiveRig, TOKEN } from '../harness/live-rig.ts';

let rig: LiveRig;

beforeEach(async () => {
  rig = new LiveRig();
  await rig.open({ maxViewers: 60 });
});

afterEach(async () => {
  await rig.clean();
  expect(rig.logged).toEqual([]);
});

/** Adds the cluster `synthetic`. */
function synthetic(eventsPerSecond: number): void {
  rig.clusters.add(
    createSynthetic({ eventsPerSecond, limits: { events: 60_000, bytes: 1 << 28, checkpointEvents: 2_000 } }),
  );
}

test.each([
  ['without a token', { auth: { viewer: 'tab-without-token' } }, 'unauthorised'],
  ['with a wrong token', { auth: { viewer: 'tab-with-wrong-token', token: 'wrong' } }, 'unauthorised'],
  ['with no name for the tab', { auth: { token: TOKEN } }, 'badMessage'],
  ['with a name of 10,000 letters', { auth: { token: TOKEN, viewer: 'x'.repeat(10_000) } }, 'badMessage'],
  [
    'from a foreign page',
    { auth: { token: TOKEN, viewer: 'tab-on-foreign-page' }, extraHeaders: { origin: 'http://elsewhere.example' } },
    'foreignOrigin',
  ],
])('a connection %s is refused', async (_, options, code) => {
  const viewer = rig.viewer(options);
  expect(await viewer.refusal()).toMatchObject({ error: { code } });
  expect(rig.socket.connections).toBe(0);
});

test('there is a limit on viewers', async () => {
  await rig.clean();
  rig = new LiveRig();
  await rig.open({ maxViewers: 1 });
  const first = rig.viewer();
  await first.connected();
  expect(await rig.viewer().refusal()).toMatchObject({ error: { code: 'tooManyViewers', params: { limit: 1 } } });
  first.socket.disconnect();
  await rig.until(() => rig.left.length === 1);
  await rig.viewer().connected();
});

test.each<[string, string, unknown[]]>([
  ['a join of a cluster that is not there', 'join', [{ cluster: 'none', topics: ['cluster'] }]],
  ['a join without topics', 'join', [{ cluster: 'synthetic', topics: [] }]],
  ['a join with an unknown topic', 'join', [{ cluster: 'synthetic', topics: ['everything'] }]],
  ['a join with more than is agreed', 'join', [{ cluster: 'synthetic', topics: ['cluster'], more: 1 }]],
  [
    'a join that resumes from -1',
    'join',
    [{ cluster: 'synthetic', topics: ['cluster'], resume: { instance: 'x', after: -1 } }],
  ],
  ['a join of nothing', 'join', [null]],
  ['a join of a text', 'join', ['<script>alert(1)</script>']],
  ['a join with a second request', 'join', [{ cluster: 'synthetic', topics: ['cluster'] }, {}]],
  ['a join of bytes', 'join', [Buffer.from('cluster')]],
  ['a leave of a number', 'leave', [7]],
  ['a credit of a text', 'credit', [{ cluster: 'synthetic', upTo: '7' }]],
  ['a credit up to infinity', 'credit', [{ cluster: 'synthetic', upTo: 1e300 }]],
  ['an unknown message', 'drop table', [{}]],
  ['the name of a property', '__proto__', [{}]],
])('%s is answered with an error and changes nothing', async (_, name, parts) => {
  synthetic(1_000);
  const other = rig.viewer();
  await other.join({ cluster: 'synthetic' });
  const viewer = rig.viewer();
  await viewer.connected();
  const isAnswered = parts.length === 1;
  const sent: unknown[] = isAnswered ? [await viewer.ask(name, ...parts)] : [];
  if (!isAnswered) viewer.send(name, ...parts);
  const error = isAnswered
    ? (sent[0] as { error: ApiError }).error
    : await viewer.until(() => viewer.faults[0] as ApiError | undefined, 'the fault');
  expect(['badMessage', 'unknownCluster']).toContain(error.code);
  expect(error.message.length).toBeGreaterThan(10);
  const upTo = other.last;
  await other.until(() => (other.last > upTo + 200 ? true : undefined), 'events for the other viewer');
  expect([...viewer.snapshots, ...viewer.batches]).toEqual([]);
  expect(viewer.socket.connected).toBe(true);
});

test.each([['websocket'], ['polling']])('a message of 10 MB over %s ends its sender only', async (transport) => {
  synthetic(1_000);
  const other = rig.viewer();
  await other.join({ cluster: 'synthetic' });
  const viewer = rig.viewer({ transports: [transport], reconnection: false });
  await viewer.connected();
  const ended = new Promise((resolve) => viewer.socket.once('disconnect', resolve));
  viewer.send('join', { cluster: 'x'.repeat(10 << 20), topics: ['cluster'] });
  await ended;
  const upTo = other.last;
  await other.until(() => (other.last > upTo + 200 ? true : undefined), 'events for the other viewer');
  expect(other.socket.connected).toBe(true);
});

test('a request of 10 MB to the address of the socket is refused', async () => {
  const status = await new Promise((resolve, reject) => {
    const posting = request(
      `${rig.address}/base/socket.io/?EIO=4&transport=polling`,
      { method: 'POST' },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    posting.on('error', reject);
    posting.end('x'.repeat(10 << 20));
  });
  expect(status).toBeGreaterThanOrEqual(400);
});

test('a viewer gets the topics that it asked for, and all numbers are accounted for', async () => {
  synthetic(2_000);
  const all = rig.viewer();
  const some = rig.viewer();
  await all.join({ cluster: 'synthetic' });
  await some.join({ cluster: 'synthetic', topics: ['znodes', 'sessions'] });
  await some.until(() => (some.events.length > 100 ? true : undefined), 'events');
  const { last } = some;
  await all.until(() => (all.last >= last ? true : undefined), 'the same events');
  const ofTopics = new Set([
    'applied',
    'clientConnected',
    'sessionCreated',
    'watchFired',
    'watchSet',
    'writeReplied',
    'writeRequested',
  ]);
  const from = some.snapshots[0]?.state.n ?? 0;
  const since = Math.max(from, all.snapshots[0]?.state.n ?? 0);
  expect(some.events.filter(({ n }) => n > since)).toEqual(
    all.events.filter(({ n, body }) => n > since && n <= last && ofTopics.has(body.kind)),
  );
  some.batches.forEach(({ after }, at) => {
    expect(after).toBe(some.batches[at - 1]?.upTo ?? from);
  });
});

test('without web sockets the events come all the same', async () => {
  synthetic(2_000);
  const viewer = rig.viewer({ transports: ['polling'] });
  await viewer.join({ cluster: 'synthetic' });
  await viewer.until(() => (viewer.events.length > 500 ? true : undefined), 'events');
  const first = (viewer.snapshots[0]?.state.n ?? 0) + 1;
  expect(viewer.events.map(({ n }) => n)).toEqual(viewer.events.map((_, index) => first + index));
});

test('a viewer that asks and asks, and reads nothing, is given up', async () => {
  synthetic(10_000);
  const viewer = rig.viewer({ reconnection: false });
  await viewer.connected();
  viewer.stopReading();
  const asking = setInterval(() => {
    for (let asked = 0; asked < 100; asked++) viewer.send('join', { cluster: 'synthetic', topics: ['cluster'] });
  }, 10);
  await rig.until(() => rig.socket.connections === 0, 30_000);
  clearInterval(asking);
  expect(rig.left).toHaveLength(1);
});

test('a viewer can leave, and join again', async () => {
  synthetic(2_000);
  const viewer = rig.viewer();
  await viewer.join({ cluster: 'synthetic' });
  await viewer.until(() => (viewer.batches.length > 2 ? true : undefined), 'batches');
  expect(await viewer.ask('leave', { cluster: 'synthetic' })).toEqual({ ok: true, value: null });
  const count = viewer.batches.length;
  // Another one is sent several in the meantime.
  const other = rig.viewer();
  await other.join({ cluster: 'synthetic' });
  await other.until(() => (other.batches.length > 3 ? true : undefined), 'batches of the other');
  expect(viewer.batches).toHaveLength(count);
  const resume = { instance: viewer.snapshots[0]?.instance ?? '', after: viewer.last };
  expect(await viewer.join({ cluster: 'synthetic', resume })).toEqual({
    ok: true,
    value: { resumed: true, actor: 'token' },
  });
  await viewer.until(() => (viewer.batches.length > count ? true : undefined), 'batches again');
  const first = (viewer.snapshots[0]?.state.n ?? 0) + 1;
  expect(viewer.events.map(({ n }) => n)).toEqual(viewer.events.map((_, index) => first + index));
});

test('a tab has left when its last connection has', async () => {
  const auth = { token: TOKEN, viewer: 'one-tab-twice' };
  const first = rig.viewer({ auth });
  const second = rig.viewer({ auth });
  await Promise.all([first.connected(), second.connected()]);
  rig.socket.sendViewerSession('one-tab-twice', {
    cluster: 'a',
    session: '0x1',
    state: 'connected',
    server: null,
  });
  await Promise.all([
    first.until(() => first.sessions[0], 'its session'),
    second.until(() => second.sessions[0], 'too'),
  ]);
  first.socket.disconnect();
  await rig.until(() => rig.socket.connections === 1);
  expect(rig.left).toEqual([]);
  second.socket.disconnect();
  await rig.until(() => rig.left.length > 0);
  expect(rig.left).toEqual(['one-tab-twice']);
});

test('fifty viewers get the same', async () => {
  synthetic(1_000);
  const viewers = Array.from({ length: 50 }, () => rig.viewer());
  await Promise.all(viewers.map((viewer) => viewer.join({ cluster: 'synthetic' })));
  const upTo = Math.max(...viewers.map(({ last }) => last)) + 1_500;
  await Promise.all(viewers.map((viewer) => viewer.until(() => (viewer.last >= upTo ? true : undefined), 'events')));
  const [reference] = viewers;
  const from = Math.max(...viewers.map(({ snapshots }) => snapshots[0]?.state.n ?? 0));
  const seen = (viewer: typeof reference) => viewer?.events.filter(({ n }) => n > from && n <= upTo);
  for (const viewer of viewers) {
    expect(viewer.snapshots).toHaveLength(1);
    expect(seen(viewer)).toEqual(seen(reference));
  }
  expect(seen(reference)).toHaveLength(upTo - from);
});

test('a slow viewer keeps nobody waiting, and then gets a snapshot that counts what it missed', async () => {
  synthetic(10_000);
  const slow = rig.viewer();
  slow.slow = true;
  const quick = rig.viewer();
  await Promise.all([slow.join({ cluster: 'synthetic' }), quick.join({ cluster: 'synthetic' })]);
  await slow.until(() => (slow.snapshots.length + slow.batches.length === 8 ? true : undefined), 'all its credits');
  const stopped = slow.last;
  await quick.until(() => (quick.last > stopped + 25_000 ? true : undefined), 'events for the quick one');
  expect(slow.last).toBe(stopped);
  expect(quick.snapshots).toHaveLength(1);
  slow.slow = false;
  slow.send('credit', { cluster: 'synthetic', upTo: stopped });
  const snapshot = await slow.until(() => slow.snapshots[1], 'a snapshot');
  expect(snapshot.summarised).toBe(snapshot.state.n - stopped);
  expect(snapshot.summarised).toBeGreaterThan(20_000);
  await slow.until(() => (slow.last > snapshot.state.n + 1_000 ? true : undefined), 'events again');
  expect(Math.max(...quick.lags)).toBeLessThan(2_000);
});
