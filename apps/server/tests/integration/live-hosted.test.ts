import { apply } from '@vivarium/shared/cluster-reducer';
import { copyState } from '@vivarium/shared/cluster-state';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiFailure } from '../../api-failure.ts';
import { DEFAULT_RECORDING } from '../../recording/recorder.ts';
import type { HostedSource } from '../../sources/hosted.ts';
import { LiveRig, type TestViewer } from '../harness/live-rig.ts';

const rig = new LiveRig();
let source: HostedSource;

beforeAll(async () => {
  await rig.open();
  source = await rig.host({ recording: { ...DEFAULT_RECORDING, directory: rig.recordings } });
});

afterAll(() => rig.clean());

/** The leader that a majority follows, as the viewer's picture has it. */
function leaderIn(viewer: TestViewer): number | undefined {
  const servers = Object.values(viewer.state.servers);
  return servers.find(
    ({ sid, state, phase }) =>
      state === 'LEADING' &&
      phase === 'BROADCAST' &&
      servers.filter((other) => other.state === 'FOLLOWING' && other.leader === sid && other.phase === 'BROADCAST')
        .length > 0,
  )?.sid;
}

test('a viewer gets a snapshot and then every event, and sees what the host sees', async () => {
  const viewer = rig.viewer();
  expect(await viewer.join()).toEqual({ ok: true, value: { resumed: false, actor: 'token' } });
  await viewer.until(() => leaderIn(viewer), 'a leader');
  const [snapshot] = viewer.snapshots;
  expect(snapshot).toMatchObject({ cluster: 'local', instance: source.instance, summarised: 0 });
  expect(snapshot?.info).toMatchObject({ kind: 'hosted', recording: true, capabilities: { live: true, faults: true } });
  const first = (snapshot?.state.n ?? 0) + 1;
  expect(viewer.events.map(({ n }) => n)).toEqual(viewer.events.map((_, index) => first + index));
  expect(viewer.state).toEqual(await source.stateAt(viewer.last));
  expect(Object.values(viewer.state.servers).map(({ member }) => member?.role)).toEqual(Array(3).fill('participant'));
});

test('what is done to a server comes with who did it, and what makes no sense is refused', async () => {
  const viewer = rig.viewer();
  await viewer.join();
  const leader = await viewer.until(() => leaderIn(viewer), 'a leader');
  await source.act(leader, 'kill', 'a test');
  const killed = await viewer.until(
    () => viewer.events.find(({ body }) => body.kind === 'processChanged' && body.process === 'killed'),
    'the kill',
  );
  expect(killed).toMatchObject({ sid: leader, body: { by: 'a test' } });
  const refused = (action: Promise<unknown>): Promise<string> =>
    action.then(
      () => 'done',
      ({ error }: ApiFailure) => error.code,
    );
  expect(await refused(source.act(leader, 'kill', 'a test'))).toBe('notRunning');
  expect(await refused(source.act(9, 'start', 'a test'))).toBe('unknownServer');
  expect(await refused(source.act(9, 'heal', 'a test'))).toBe('unknownServer');
  expect(await refused(source.setLinkFault(1, 1, { kind: 'cut' }, 'a test'))).toBe('badLink');
  expect(await refused(source.setLinkFault(1, 2, { kind: 'drop', percent: 900 }, 'a test'))).toBe('badRequest');
  const next = await viewer.until(() => {
    const found = leaderIn(viewer);
    return found === leader ? undefined : found;
  }, 'another leader');
  expect(next).not.toBe(leader);
  await source.act(leader, 'start', 'a test');
  await viewer.until(() => viewer.state.servers[leader]?.sync ?? undefined, 'the synchronisation');
});

test('a viewer that comes back goes on where it was: no gap, nothing twice', async () => {
  const viewer = rig.viewer();
  await viewer.join();
  await viewer.until(() => leaderIn(viewer), 'a leader');
  viewer.socket.io.engine.close();
  await source.act(1, 'isolate', 'a test');
  await source.act(1, 'heal', 'a test');
  await new Promise<void>((resolve) => viewer.socket.once('connect', resolve));
  const resume = { instance: source.instance, after: viewer.last };
  expect(await viewer.join({ resume })).toEqual({ ok: true, value: { resumed: true, actor: 'token' } });
  await viewer.until(
    () => viewer.events.find(({ body }) => body.kind === 'linkFaulted' && body.fault === null),
    'what happened meanwhile',
  );
  expect(viewer.snapshots).toHaveLength(1);
  const first = (viewer.snapshots[0]?.state.n ?? 0) + 1;
  expect(viewer.events.map(({ n }) => n)).toEqual(viewer.events.map((_, index) => first + index));
  expect(viewer.state).toEqual(await source.stateAt(viewer.last));
});

test('every earlier instant that is kept can be seen again', async () => {
  const { first, last } = source.info().kept;
  expect(first).toBe(1);
  const state = await source.stateAt(0);
  for (const { n, ...event } of await source.eventsAfter(0, last)) {
    apply(state, n, event);
    if (n % 97 === 0) expect(await source.stateAt(n)).toEqual(copyState(state));
  }
});

test('what happened was recorded, and is followed as any other cluster', async () => {
  const { last } = source.info().kept;
  const events = await source.eventsAfter(0, last);
  await source.close();
  const [, info] = await rig.clusters.list();
  expect(info).toMatchObject({ kind: 'recorded', capabilities: { live: false, processes: false }, kept: { first: 1 } });
  const recorded = await rig.clusters.get(info?.id ?? '');
  expect(await recorded.eventsAfter(0, last)).toEqual(events);

  const viewer = rig.viewer();
  expect(await viewer.join({ cluster: recorded.id })).toEqual({ ok: true, value: { resumed: false, actor: 'token' } });
  const snapshot = await viewer.until(() => viewer.snapshots[0], 'a snapshot');
  expect(snapshot).toMatchObject({ cluster: recorded.id, info: { kind: 'recorded' } });
  expect(snapshot.state).toEqual(await source.stateAt(null));
  expect(viewer.batches).toEqual([]);
});
