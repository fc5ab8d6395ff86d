import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { serverStatus } from '../harness/four-letter-word.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { HostingRig } from './hosting-rig.ts';

/** How often the survivors hear from each other before it counts that they elect nobody; the third time is 1.4 s in. */
const VOTES_HEARD = 3;

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function write(clientPort: number, path: string): Promise<void> {
  const connection = await RawConnection.openSession(clientPort);
  expect((await connection.request(op.create, createBody(path, 'kept')))?.error).toBe(0);
  connection.destroy();
}

async function expectKept(clientPort: number, path: string): Promise<void> {
  const connection = await RawConnection.openSession(clientPort);
  expect((await connection.request(op.exists, new Bytes().field(path).byte(0).buffer))?.error).toBe(0);
  connection.destroy();
}

test('a hosted server whose disk was wiped does not help one that missed a write to lead, and gets everything back', async () => {
  const rig = new HostingRig();
  cleanUp.push(() => rig.clean());
  const hosted = rig.host({ participants: 3 });
  await hosted.start();
  const leader = await rig.serving(1, 2, 3);
  const [wiped = 0, stale = 0] = [1, 2, 3].filter((sid) => sid !== leader);
  const portOf = (sid: number): number => hosted.server(sid).member.clientPort;

  await hosted.kill(stale);
  await write(portOf(leader), '/acknowledged');
  await expectKept(portOf(wiped), '/acknowledged');
  await Promise.all([hosted.kill(leader), hosted.kill(wiped)]);
  rmSync(join(rig.directory, `server-${wiped}`, 'data', 'version-2'), { recursive: true });
  rig.events.length = 0;
  await Promise.all([hosted.startServer(stale), hosted.startServer(wiped)]);
  const heard = (by: number, from: number): number =>
    rig.events.filter(({ sid, body }) => sid === by && body.kind === 'voteReceived' && body.from === from).length;
  await rig.until(
    () => (Math.min(heard(stale, wiped), heard(wiped, stale)) >= VOTES_HEARD ? true : undefined),
    'the two hear from each other',
  );
  expect(rig.events.filter(({ body }) => body.kind === 'electionWon')).toEqual([]);
  expect([rig.modes.get(stale) ?? null, rig.modes.get(wiped) ?? null]).toEqual([null, null]);
  expect(rig.log.some((line) => line.startsWith(`${wiped}: `) && line.includes('does not vote until a leader'))).toBe(
    true,
  );

  await hosted.startServer(leader);
  expect(await rig.serving(1, 2, 3)).toBe(leader);
  for (const sid of [1, 2, 3]) await expectKept(portOf(sid), '/acknowledged');

  // It votes again: with it alone the stale one's place is taken.
  await hosted.kill(stale);
  await write(portOf(wiped), '/with-its-vote');
  await hosted.kill(leader);
  await hosted.startServer(stale);
  expect(await rig.serving(wiped, stale)).toBe(wiped);
  await expectKept(portOf(stale), '/with-its-vote');
});

test('a standalone server whose disk was wiped does not start, unless it is said to be new', async () => {
  const ensemble = await TestEnsemble.create({ servers: 1, flavours: 'vivarium', extra: { 'db.autocreate': false } });
  cleanUp.push(() => ensemble.stop());
  const server = ensemble.server(0);
  server.start();
  expect((await server.exited).code).toBe(1);
  const mark = join(server.options.directory, 'data', 'initialize');
  expect(server.stderr.lines).toEqual([expect.stringContaining(`make the empty file ${mark}`)]);
  writeFileSync(mark, '');
  server.start();
  expect((await server.waitUntilServing()).mode).toBe('standalone');
});

/** Starts three servers that know that they are new, and whose empty disks mean a loss from then on. */
async function startMarked(flavours: readonly ('apache' | 'vivarium')[]): Promise<TestEnsemble> {
  const ensemble = await TestEnsemble.create({ flavours, extra: { 'db.autocreate': false } });
  cleanUp.push(() => ensemble.stop());
  for (const { options } of ensemble.servers) writeFileSync(join(options.directory, 'data', 'initialize'), '');
  ensemble.startAll();
  await ensemble.waitUntilServing();
  return ensemble;
}

/** Asks both all the time that an election between two healthy servers takes many times over. */
async function expectNoQuorum(...servers: readonly TestServer[]): Promise<void> {
  for (let asked = 0; asked < 30; asked++) {
    for (const { clientPort } of servers) expect((await serverStatus(clientPort))?.mode).toBeUndefined();
    // What does not come is asked for again and again: neither of them tells when it has given up to find a leader.
    await delay(100);
  }
}

test.each([
  { name: 'ours among Apache servers', wiped: flavourUnderTest, others: 'apache' },
  { name: 'an Apache server among ours', wiped: 'apache', others: flavourUnderTest },
] as const)('$name: wiped, it does not vote, follows, and gets everything back', async ({ wiped, others }) => {
  const ensemble = await startMarked([others, others, wiped]);
  const [knowing, stale, third] = [ensemble.server(0), ensemble.server(1), ensemble.server(2)];
  await stale.crash();
  await ensemble.waitUntilServing([knowing, third]);
  await write(third.clientPort, '/acknowledged');
  await Promise.all([knowing.crash(), third.crash()]);
  rmSync(join(third.options.directory, 'data', 'version-2'), { recursive: true });
  stale.start();
  third.start();
  await expectNoQuorum(stale, third);
  knowing.start();
  await ensemble.waitUntilServing();
  for (const { clientPort } of ensemble.servers) await expectKept(clientPort, '/acknowledged');

  await stale.crash();
  await write(third.clientPort, '/with-its-vote');
  stale.start();
  await stale.waitUntilServing();
  await expectKept(stale.clientPort, '/with-its-vote');
});
