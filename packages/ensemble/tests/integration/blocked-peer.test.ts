/**
 * Bug 26, ZOOKEEPER-2201: a server that wrote a snapshot into a socket nobody read from held the lock of the node it was at,
 * and with it the whole ensemble. Here whoever does not read harms itself alone.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { makeZxid } from '@vivarium/shared/zxid';
import {
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  PacketType,
  PROTOCOL_VERSION,
  packet,
  readPacket,
} from '@vivarium/wire/quorum-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';

/** More than the system keeps of a connection that is not read from. */
const NODES = 40;
const NODE_BYTES = 900_000;
/** A write while somebody is blocked takes no longer than this, on a machine that has other things to do. */
const PATIENCE_MS = 5000;

let ensemble: TestEnsemble;
let leader: TestServer;
const sockets: Socket[] = [];

beforeAll(async () => {
  ensemble = await TestEnsemble.create({ flavours: 'vivarium' });
  // The first server stays away: the learner that does not read takes its place.
  ensemble.server(1).start();
  ensemble.server(2).start();
  leader = await ensemble.waitForLeader();
  await leader.waitUntilServing();
  const writer = await RawConnection.openSession(leader.clientPort);
  const data = 'x'.repeat(NODE_BYTES);
  for (let i = 0; i < NODES; i++) {
    expect((await writer.request(op.create, createBody(`/large-${i}`, data)))?.error).toBe(0);
  }
  writer.destroy();
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await ensemble.stop();
});

/** Changes every node, wherever a snapshot is at the moment. Resolves to the longest that one change took. */
async function changeAll(): Promise<number> {
  const writer = await RawConnection.openSession(leader.clientPort);
  let longestMs = 0;
  for (let i = 0; i < NODES; i++) {
    const sinceMs = performance.now();
    const body = new Bytes().field(`/large-${i}`).field('small').int(-1).buffer;
    expect((await writer.request(op.setData, body))?.error).toBe(0);
    longestMs = Math.max(longestMs, performance.now() - sinceMs);
  }
  writer.destroy();
  return longestMs;
}

/** A connection to a port that reads what comes first, and nothing after it. */
async function openBlocked(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

test('a learner that reads nothing of its snapshot holds nobody up', async () => {
  const line = ensemble.lines[ensemble.servers.indexOf(leader)];
  const socket = await openBlocked(line?.quorumPort ?? 0);
  const info = encodeLearnerInfo({ sid: 1, protocolVersion: PROTOCOL_VERSION, configVersion: 0n });
  socket.write(encodePacket(packet(PacketType.FOLLOWERINFO, 0n, info)));
  const [bytes] = (await once(socket, 'data')) as [Uint8Array];
  const answer = readPacket(bytes, 0)?.packet;
  expect(answer?.type).toBe(PacketType.LEADERINFO);
  socket.pause();
  socket.write(encodePacket(packet(PacketType.ACKEPOCH, makeZxid(0, 0), encodeInt(0))));
  await pollUntil(async () => leader.stdout.text.includes('synchronising server 1 by SNAP') || undefined, {
    deadlineMs: 10_000,
    describe: () => `a snapshot for server 1\n${ensemble.report()}`,
  });
  expect(await changeAll()).toBeLessThan(PATIENCE_MS);
  expect(socket.bytesRead, 'the snapshot is still on its way').toBeLessThan(NODES * NODE_BYTES);
  expect((await leader.status())?.mode).toBe('leader');
  socket.destroy();
  ensemble.server(0).start();
  await ensemble.waitUntilServing();
});

test('a client that reads none of its answers holds nobody up', async () => {
  const writer = await RawConnection.openSession(leader.clientPort);
  const data = 'y'.repeat(NODE_BYTES);
  expect((await writer.request(op.create, createBody('/answer', data)))?.error).toBe(0);
  writer.destroy();
  const socket = await openBlocked(leader.clientPort);
  socket.write(new Bytes().int(0).long(0n).int(10_000).long(0n).field(new Uint8Array(16)).byte(0).frame);
  await once(socket, 'data');
  socket.pause();
  for (let xid = 1; xid <= NODES; xid++) {
    socket.write(requestFrame(xid, op.getData, new Bytes().field('/answer').byte(0).buffer));
  }
  expect(await changeAll()).toBeLessThan(PATIENCE_MS);
  expect(socket.bytesRead, 'answers are still on their way').toBeLessThan(NODES * NODE_BYTES);
  expect((await leader.status())?.mode).toBe('leader');
});
