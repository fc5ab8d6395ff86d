/**
 * A tree of 500 MB goes to learners that have nothing: in pieces, as fast as they take it, while the leader serves. Ours sends
 * to ours over a slow way and to Apache's, and Apache's sends to ours.
 */
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, op, RawConnection } from '../harness/raw-connection.ts';
import { quietJvmArguments } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { writeZooCfg } from '../harness/zoo-cfg.ts';
import { compareDigests, digestMismatches } from './mixed/digests.ts';
import { writeLargeHistory } from './mixed/large-history.ts';
import { peakBytes, resetPeak, residentBytes } from './mixed/memory.ts';
import { SlowProxy } from './mixed/slow-proxy.ts';

const NODES = 5_000;
const NODE_BYTES = 100_000;
/** So many of them are written meanwhile. */
const WRITTEN = 200;
const MB = 1_000_000;
const TICK_MS = 500;
/** Of our servers: less than the slow way takes for the tree. */
const INIT_TICKS = 6;
/** Apache's leader counts the time in which a learner writes its snapshot to disk. */
const LONG_INIT_TICKS = 120;
const SLOW_BYTES_PER_SECOND = 80 * MB;
const HOLD_MS = 2_000;
/** Of what the sender had before. */
const MAX_PEAK = 1.2;
const JVM_ARGUMENTS = [...quietJvmArguments, '-Xmx2g'];

let ensemble: TestEnsemble;
let follower: TestServer;
let leader: TestServer;
/** Observers: one of ours behind a slow way to the leader, one of Apache's. */
let ours: TestServer;
let apache: TestServer;
let slow: SlowProxy;
const figures: string[] = [];

function dataOf(server: TestServer): string {
  return join(server.options.directory, 'data');
}

function pidOf(server: TestServer): number {
  if (server.pid === undefined) throw new Error('the server does not run');
  return server.pid;
}

/** Writes a server's configuration anew: with this initLimit, and with another way to the leader. */
function configure(server: TestServer, initLimit: number, leaderPort?: number): void {
  const { directory, clientPort } = server.options;
  const servers = ensemble.lines.map((line) =>
    line.sid === 2 && leaderPort !== undefined ? { ...line, quorumPort: leaderPort } : line,
  );
  const sid = ensemble.servers.findIndex((one) => one.clientPort === clientPort) + 1;
  writeZooCfg({ directory, clientPort, sid, servers, tickTimeMs: TICK_MS, extra: { preAllocSize: 64, initLimit } });
}

/** Writes to the leader, to znodes that are being sent, without pause until `done`; how long each write took, sorted, in ms. */
async function writeUntil(done: Promise<unknown>): Promise<number[]> {
  const connection = await RawConnection.openSession(leader.clientPort);
  const tookMs: number[] = [];
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  done.then(end, end);
  while (!isDone) {
    const beganMs = performance.now();
    const path = `/large/node-${tookMs.length % WRITTEN}`;
    const reply = await connection.request(op.setData, new Bytes().field(path).field('x').int(-1).buffer);
    expect(reply?.error).toBe(0);
    tookMs.push(performance.now() - beganMs);
  }
  connection.destroy();
  return tookMs.sort((a, b) => a - b);
}

/** Starts a learner that has nothing and waits until it serves; what it cost the leader and the learner. */
async function sendTo(learner: TestServer, name: string): Promise<number> {
  const pid = pidOf(leader);
  const beforeBytes = residentBytes(pid);
  resetPeak(pid);
  const beganMs = performance.now();
  learner.start();
  const served = learner.waitUntilServing(120_000);
  const latenciesMs = await writeUntil(served);
  await served;
  const tookMs = performance.now() - beganMs;
  const peak = peakBytes(pid);
  const at = (share: number): string => (latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0).toFixed(1);
  figures.push(
    `${name}: ${(tookMs / 1000).toFixed(1)} s; sender ${(beforeBytes / MB).toFixed(0)} MB, at most ` +
      `${(peak / MB).toFixed(0)} MB (${(peak / beforeBytes).toFixed(2)}); receiver at most ` +
      `${(peakBytes(pidOf(learner)) / MB).toFixed(0)} MB; ${latenciesMs.length} writes meanwhile, median ${at(0.5)} ms, ` +
      `99 % ${at(0.99)} ms, longest ${at(1)} ms`,
  );
  return peak / beforeBytes;
}

async function expectWhole(servers: readonly TestServer[]): Promise<void> {
  const { compared, differences } = await compareDigests(servers);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(0);
  for (const server of servers) {
    const connection = await RawConnection.openSession(server.clientPort);
    const reply = await connection.request(op.getData, new Bytes().field(`/large/node-${NODES - 1}`).byte(0).buffer);
    expect(reply?.body.readInt32BE(0)).toBe(NODE_BYTES);
    expect(reply?.body.readUInt32BE(4)).toBe(NODES - 1);
    connection.destroy();
  }
}

beforeAll(async () => {
  ensemble = await TestEnsemble.create({
    servers: 2,
    observers: 2,
    flavours: ['vivarium', 'vivarium', 'vivarium', 'apache'],
    tickTimeMs: TICK_MS,
    jvmArguments: JVM_ARGUMENTS,
    extra: { preAllocSize: 64, initLimit: LONG_INIT_TICKS },
  });
  follower = ensemble.server(0);
  apache = ensemble.server(3);
  const [, second] = ensemble.lines;
  slow = await SlowProxy.open(second?.quorumPort ?? 0, SLOW_BYTES_PER_SECOND);
  leader = ensemble.server(1);
  configure(leader, INIT_TICKS);
  ours = ensemble.server(2);
  configure(ours, INIT_TICKS, slow.port);
  const snapshot = writeLargeHistory(dataOf(leader), NODES, NODE_BYTES);
  const folder = join(dataOf(follower), 'version-2');
  mkdirSync(folder);
  linkSync(snapshot, join(folder, basename(snapshot)));
  for (const name of ['currentEpoch', 'acceptedEpoch']) writeFileSync(join(folder, name), '1');
}, 60_000);

afterAll(async () => {
  slow?.close();
  await Promise.all([leader, follower, ours, apache].map((server) => server?.crash()));
  await ensemble?.stop();
  for (const line of figures) console.log(line);
});

/** Starts the two voters; the leader is the one with the higher sid. */
async function startVoters(): Promise<void> {
  const beganMs = performance.now();
  leader.start();
  follower.start();
  await leader.waitUntilServing(60_000);
  await follower.waitUntilServing(60_000);
  expect((await leader.status())?.mode).toBe('leader');
  figures.push(
    `${leader.options.flavour} leads after ${((performance.now() - beganMs) / 1000).toFixed(1)} s with ` +
      `${(residentBytes(pidOf(leader)) / MB).toFixed(0)} MB`,
  );
}

test('ours to ours, over a way that is slow, stands still for a while, and takes longer than initLimit', async () => {
  await startVoters();
  const holding = pollUntil(async () => (slow.passedBytes > 100 * MB ? true : undefined), {
    deadlineMs: 60_000,
    describe: () => `100 MB on the way, not ${slow.passedBytes}`,
  }).then(() => slow.hold(HOLD_MS));
  const beganMs = performance.now();
  expect(await sendTo(ours, 'ours to ours, slowed')).toBeLessThan(MAX_PEAK);
  expect(performance.now() - beganMs).toBeGreaterThan(INIT_TICKS * TICK_MS + HOLD_MS);
  await holding;
  // One snapshot, not several attempts.
  expect(slow.passedBytes).toBeLessThan(1.1 * NODES * NODE_BYTES);
}, 180_000);

test('ours to Apache’s', async () => {
  expect(await sendTo(apache, 'ours to Apache’s')).toBeLessThan(MAX_PEAK);
  const all = [leader, follower, ours, apache];
  await expectWhole(all);
  for (const server of all) expect(await digestMismatches(server)).toBe(0);
}, 180_000);

test('Apache’s, from the directory of ours, to ours', async () => {
  await Promise.all([leader, follower, ours, apache].map((server) => server.stop()));
  rmSync(join(dataOf(ours), 'version-2'), { recursive: true, force: true });
  leader = new TestServer({ ...leader.options, flavour: 'apache' });
  configure(leader, LONG_INIT_TICKS);
  configure(ours, INIT_TICKS);
  await startVoters();
  await sendTo(ours, 'Apache’s to ours');
  // Apache's goes on while it writes, and its snapshot is of no one zxid.
  await expectWhole([leader, follower, ours]);
  expect(await digestMismatches(ours)).toBe(0);
}, 180_000);
