import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ClusterEvent, ClusterEventBody } from '@vivarium/shared/cluster-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventsMessage } from '../../server/host-messages.ts';
import { machineMs } from '../../server/machine-clock.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { HostingRig } from './hosting-rig.ts';

type Synchronised = Extract<ClusterEventBody, { kind: 'synchronised' }>;

let rig: HostingRig;

beforeEach(() => {
  rig = new HostingRig();
});

afterEach(() => rig.clean());

test('12,000 events a second pass to the host, and none is lost', async () => {
  const source = fork(path.join(import.meta.dirname, 'hosting-trace-source.ts'), ['12000', '2']);
  const events: ClusterEvent[] = [];
  const agesMs: number[] = [];
  source.on('message', (message: EventsMessage) => {
    const nowMs = machineMs();
    for (const event of message.events) agesMs.push(nowMs - event.atMs);
    events.push(...message.events);
  });
  await once(source, 'exit');
  expect(events.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 24_000 }, (_, index) => index));
  expect(events.filter(({ body }) => body.kind === 'dropped')).toEqual([]);
  // One clock for both processes: nothing comes from the future.
  expect(Math.min(...agesMs)).toBeGreaterThanOrEqual(0);
});

test('the events of all servers are on one clock, and come in one order with causes before effects', async () => {
  const beganMs = machineMs();
  // On a busy machine a batch may well be later than the usual window.
  const hosted = rig.host({ participants: 3, observers: 1, mergeWindowMs: 5_000 });
  await hosted.start();
  await rig.serving(1, 2, 3, 4);
  const client = await RawConnection.openSession(hosted.server(4).member.clientPort, 30_000);
  for (let i = 0; i < 50; i++) await client.request(op.create, createBody(`/node-${i}`, 'x'));
  await hosted.close();
  const endedMs = machineMs();
  const { events } = rig;
  expect(events.length).toBeGreaterThan(1_000);
  expect(events.filter(({ atMs }) => atMs < beganMs || atMs > endedMs)).toEqual([]);

  // As often as a packet or a vote has been received, at least as often it was sent before.
  const sent = new Map<string, number>();
  const early: string[] = [];
  for (const { sid, body } of events) {
    if (body.kind !== 'packetSent' && body.kind !== 'packetReceived') continue;
    const [from, to] = body.kind === 'packetSent' ? [sid, body.to] : [body.from, sid];
    // A leader does not know who it is that introduces itself.
    if (from < 0 || body.packet.endsWith('INFO')) continue;
    const message = `${from} to ${to}: ${body.packet} ${body.zxid}`;
    const balance = (sent.get(message) ?? 0) + (body.kind === 'packetSent' ? 1 : -1);
    sent.set(message, balance);
    if (balance < 0) early.push(message);
  }
  expect(early).toEqual([]);
});

test('a learner and its leader tell alike how it was brought up to date: DIFF, SNAP and TRUNC', async () => {
  const hosted = rig.host({ participants: 3 });
  await hosted.start();
  const leader = await rig.serving(1, 2, 3);
  const [late = 0, other = 0] = [1, 2, 3].filter((sid) => sid !== leader);
  const writer = await RawConnection.openSession(hosted.server(leader).member.clientPort, 30_000);
  const write = async (name: string): Promise<void> => {
    expect((await writer.request(op.create, createBody(name, 'x')))?.error).toBe(0);
  };
  /** What the two told since an instant: the leader first. */
  const told = async (learner: number, since: number): Promise<readonly Synchronised[]> =>
    rig.until(() => {
      const both = rig.events.flatMap(({ sid, atMs, body }) => {
        return atMs > since && body.kind === 'synchronised' && body.learner === learner ? [{ sid, body }] : [];
      });
      const byLearner = both.find(({ sid }) => sid === learner)?.body;
      const byLeader = both.findLast(({ sid }) => sid !== learner)?.body;
      return byLearner === undefined || byLeader === undefined ? undefined : [byLeader, byLearner];
    }, `both telling of the synchronisation of server ${learner}`);

  await write('/first');
  // A quorum may have done without it.
  await rig.until(
    () => rig.events.find(({ sid, body }) => sid === late && body.kind === 'applied' && body.path === '/first'),
    'the follower applying the first write',
  );
  await hosted.kill(late);
  for (let i = 0; i < 5; i++) await write(`/missed-${i}`);
  let since = machineMs();
  await hosted.startServer(late);
  const [diff, diffOfLearner] = await told(late, since);
  expect(diff).toMatchObject({ mode: 'DIFF', txns: 5 });
  expect(BigInt(diff?.to ?? 0) - BigInt(diff?.from ?? 0)).toBe(5n);
  expect(diffOfLearner).toEqual(diff);

  await hosted.kill(late);
  await Promise.all(Array.from({ length: 600 }, (_, index) => write(`/many-${index}`)));
  since = machineMs();
  await hosted.startServer(late);
  const [snap, snapOfLearner] = await told(late, since);
  expect(snap).toMatchObject({ mode: 'SNAP', from: diff?.to, txns: 0 });
  expect(BigInt(snap?.to ?? 0) - BigInt(snap?.from ?? 0)).toBe(600n);
  expect(snapOfLearner).toEqual(snap);

  // What the leader alone has logged is cut back when it joins the next one.
  await rig.serving(1, 2, 3);
  since = machineMs();
  for (const sid of [late, other]) hosted.setLinkFault(leader, sid, { kind: 'cut' });
  writer.send(Buffer.from(frame('/nobody-else')));
  await rig.until(
    () => rig.events.find(({ sid, atMs, body }) => sid === leader && atMs > since && body.kind === 'logged'),
    'the leader logging what nobody else gets',
  );
  await rig.until(() => (rig.modes.get(leader) === null ? true : undefined), 'the leader giving up');
  const next = await rig.serving(late, other);
  expect(next).not.toBe(leader);
  hosted.heal();
  const [trunc, truncOfLearner] = await told(leader, since);
  expect(trunc).toMatchObject({ mode: 'TRUNC' });
  expect(truncOfLearner).toEqual(trunc);
});

/** A create that nobody waits for. */
function frame(node: string): Uint8Array {
  const body = createBody(node, 'x');
  const head = Buffer.alloc(12);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(9_999, 4);
  head.writeInt32BE(op.create, 8);
  return Buffer.concat([head, body]);
}
