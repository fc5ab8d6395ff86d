import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ensemble } from '../../hosting/ensemble.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { HostingRig, refusal } from './hosting-rig.ts';

let rig: HostingRig;
let hosted: Ensemble;

beforeEach(() => {
  rig = new HostingRig();
  hosted = rig.host({ participants: 3 });
});

afterEach(() => rig.clean());

/** Starts the ensemble; its leader and its followers. */
async function started(): Promise<{ leader: number; followers: [number, number] }> {
  await hosted.start();
  const leader = await rig.serving(1, 2, 3);
  const [first = 0, second = 0] = [1, 2, 3].filter((sid) => sid !== leader);
  return { leader, followers: [first, second] };
}

function client(sid: number): Promise<RawConnection> {
  return RawConnection.openSession(hosted.server(sid).member.clientPort, 30_000);
}

async function create(connection: RawConnection, node: string): Promise<number | undefined> {
  return (await connection.request(op.create, createBody(node, 'x')))?.error;
}

function noLongerServes(sid: number): Promise<true> {
  return rig.until(() => (rig.modes.get(sid) === null ? true : undefined), `server ${sid} no longer serving`);
}

/** How many events of a server say something. */
function count(sid: number, is: (body: ClusterEventBody) => boolean): number {
  return rig.events.filter((event) => event.sid === sid && is(event.body)).length;
}

test('a slow way delays each message, in their order, and no other way', async () => {
  const { leader, followers } = await started();
  const [slow, fast] = followers;
  const slowClient = await client(slow);
  const fastClient = await client(fast);
  hosted.setLinkFault(leader, slow, { kind: 'slow', delayMs: 1_000 });
  expect(hosted.linkFaults).toEqual([{ from: leader, to: slow, fault: { kind: 'slow', delayMs: 1_000 } }]);
  const beganMs = performance.now();
  expect(await create(fastClient, '/quick')).toBe(0);
  const quickMs = performance.now() - beganMs;
  expect(await create(slowClient, '/late')).toBe(0);
  const lateMs = performance.now() - beganMs - quickMs;
  expect(lateMs).toBeGreaterThanOrEqual(999);
  expect(quickMs).toBeLessThan(lateMs);

  // Many under way at once: all come, in their order.
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => create(slowClient, `/burst-${index}`)));
  expect(answers).toEqual(Array.from({ length: 20 }, () => 0));
  expect(rig.modes.get(slow)).toBe('follower');

  const healedMs = performance.now();
  hosted.setLinkFault(leader, slow, null);
  expect(hosted.linkFaults).toEqual([]);
  expect(await create(slowClient, '/healed')).toBe(0);
  expect(performance.now() - healedMs).toBeLessThan(1_000);
  expect(rig.events.filter(({ body }) => body.kind === 'linkFaulted' && body.fault === null)).toHaveLength(0);
  await rig.until(
    () => rig.events.find(({ sid, body }) => sid === leader && body.kind === 'linkFaulted' && body.fault === null),
    'the event of the healing',
  );
});

test.each(['to', 'from'] as const)(
  'a way %s the leader that is cut costs a follower, until it is healed',
  async (way) => {
    const { leader, followers } = await started();
    const [lost, other] = followers;
    const [from, to] = way === 'to' ? [lost, leader] : [leader, lost];
    hosted.setLinkFault(from, to, { kind: 'cut' });
    await noLongerServes(lost);
    expect([rig.modes.get(leader), rig.modes.get(other)]).toEqual(['leader', 'follower']);
    const writer = await client(other);
    expect(await create(writer, '/meanwhile')).toBe(0);
    // It asks around, and nobody whom it can talk to both ways is the leader.
    const lookedAgain = count(lost, ({ kind }) => kind === 'voteSent');
    await rig.until(
      () => (count(lost, ({ kind }) => kind === 'voteSent') > lookedAgain + 4 ? true : undefined),
      'two more rounds of votes',
    );
    expect(rig.modes.get(lost)).toBeNull();
    hosted.heal();
    expect(await rig.serving(1, 2, 3)).toBe(leader);
    const reader = await client(lost);
    expect(await create(reader, '/again')).toBe(0);
  },
);

test('a short cut costs nothing: what was held back comes when it is healed', async () => {
  const { leader, followers } = await started();
  const [cut] = followers;
  const writer = await client(cut);
  hosted.setLinkFault(leader, cut, { kind: 'cut' });
  const answer = create(writer, '/held');
  const isCreate = (body: ClusterEventBody): boolean => body.kind === 'committed';
  const committed = count(leader, isCreate);
  await rig.until(() => (count(leader, isCreate) > committed ? true : undefined), 'the others committing it');
  expect(count(cut, (body) => body.kind === 'applied' && body.path === '/held')).toBe(0);
  hosted.setLinkFault(leader, cut, null);
  expect(await answer).toBe(0);
  expect(rig.modes.get(cut)).toBe('follower');
  expect(rig.log.filter((line) => line.includes('looking for a leader'))).toEqual([]);
});

test('a leader that is isolated loses the ensemble, which elects another, and follows it once healed', async () => {
  const { leader, followers } = await started();
  hosted.isolate(leader);
  expect(hosted.linkFaults).toHaveLength(4);
  await noLongerServes(leader);
  const next = await rig.serving(...followers);
  expect(next).not.toBe(leader);

  // The faults stand through a restart, from its first byte.
  const heard = count(leader, ({ kind }) => kind === 'voteReceived');
  await hosted.kill(leader);
  await hosted.startServer(leader);
  const sent = count(leader, ({ kind }) => kind === 'voteSent');
  await rig.until(() => (count(leader, ({ kind }) => kind === 'voteSent') > sent + 6 ? true : undefined), 'votes');
  expect(count(leader, ({ kind }) => kind === 'voteReceived')).toBe(heard);
  expect(rig.modes.get(leader)).toBeNull();
  hosted.heal();
  expect(hosted.linkFaults).toEqual([]);
  expect(await rig.serving(1, 2, 3)).toBe(next);
});

test('a way that drops breaks connections, never skips a message, and both sides come back', async () => {
  const { leader, followers } = await started();
  const [dropped, other] = followers;
  hosted.setLinkFault(leader, dropped, { kind: 'drop', percent: 100 });
  await noLongerServes(dropped);
  await rig.until(
    () => rig.log.find((line) => line.includes('a message was dropped on purpose')),
    'the log telling why',
  );
  const writer = await client(other);
  for (let i = 0; i < 10; i++) expect(await create(writer, `/lossy-${i}`)).toBe(0);
  hosted.setLinkFault(leader, dropped, { kind: 'drop', percent: 10 });
  for (let i = 10; i < 50; i++) expect(await create(writer, `/lossy-${i}`)).toBe(0);
  hosted.heal();
  await rig.serving(1, 2, 3);
  const reader = await client(dropped);
  expect(await create(reader, '/lossy-49')).toBe(-110);
  const applied = rig.events.flatMap(({ sid, body }) =>
    sid === dropped && body.kind === 'applied' && body.path?.startsWith('/lossy-') ? [body.path] : [],
  );
  expect(applied).toEqual([...applied].sort((a, b) => Number(a.slice(7)) - Number(b.slice(7))));
});

test('faults out of their range are refused', async () => {
  for (const delayMs of [-1, 60_001, 1.5, Number.NaN]) {
    expect(await refusal(() => hosted.setLinkFault(1, 2, { kind: 'slow', delayMs }))).toMatchObject({
      code: 'invalidFault',
      params: { field: 'delayMs', min: 0, max: 60_000 },
    });
  }
  for (const percent of [0, 101]) {
    expect(await refusal(() => hosted.setLinkFault(1, 2, { kind: 'drop', percent }))).toMatchObject({
      code: 'invalidFault',
      params: { field: 'percent', value: percent, min: 1, max: 100 },
    });
  }
  expect(await refusal(() => hosted.isolate(7))).toMatchObject({ code: 'unknownServer' });
  expect(hosted.linkFaults).toEqual([]);
});
