/** The counter of an epoch comes to its end: the leader resigns, and the next epoch goes on from there (ZOOKEEPER-1277). */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeZxid } from '@vivarium/shared/zxid';
import { afterEach, expect, test } from 'vitest';
import { RealDisk } from '../../server/real-disk.ts';
import { PLAIN } from '../../storage/snapshot-codec.ts';
import { Storage } from '../../storage/storage.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { type Flavour, flavourUnderTest } from '../harness/server-command.ts';
import { databaseOf, makeTxn } from '../harness/storage-rig.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { MovingSession } from './mixed/moving-session.ts';

const EPOCH = 5;
/** Transactions that the epoch has left, the session's own among them. */
const LEFT = 48;
const WRITES = 100;
const LAST_COUNTER = 0xffffffff;
const NODE_EXISTS = -110;

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function prepare(flavours: readonly Flavour[]): Promise<TestEnsemble> {
  const ensemble = await TestEnsemble.create({ servers: flavours.length, flavours });
  cleanUp.push(() => ensemble.stop());
  return ensemble;
}

/** Gives a server that has not run yet a history that ends near the end of its epoch; returns the znodes in it. */
async function endEpochSoon({ options }: TestServer): Promise<string[]> {
  const disk = new RealDisk(join(options.directory, 'data'), false);
  const storage = new Storage({
    data: disk,
    log: disk,
    preAllocBytes: 0,
    txnLogSizeLimitBytes: 0,
    recentTxns: 10,
    snapshotCodec: PLAIN,
    gzip: null,
    onPersisted: () => {},
    onFault: (fault) => expect.unreachable(fault.message),
    onWarning: () => {},
  });
  storage.recover();
  storage.execute(1, { kind: 'acceptedEpoch', epoch: EPOCH });
  storage.execute(2, { kind: 'currentEpoch', epoch: EPOCH });
  const first = LAST_COUNTER - LEFT - 8;
  const txns = Array.from({ length: 8 }, (_, index) => makeTxn(makeZxid(EPOCH, first + index)));
  storage.execute(3, { kind: 'installSnapshot', snapshot: databaseOf(txns.slice(0, 4)).snapshot() });
  txns.slice(4).forEach((txn, index) => {
    storage.execute(4 + index, { kind: 'append', txn });
  });
  await new Promise<void>((resolve) => storage.close(resolve));
  return txns.map(({ zxid }) => `/n${zxid.toString(16)}`);
}

/** Opens a session with an ephemeral and writes one znode after the other, through whatever comes; then looks at all servers. */
async function writeThrough(
  servers: readonly TestServer[],
  first: TestServer,
  older: readonly string[],
): Promise<void> {
  const session = await MovingSession.open(first.clientPort);
  cleanUp.push(() => session.connection.destroy());
  expect(await session.createEphemeral('/ephemeral')).toBe(0);
  const paths = Array.from({ length: WRITES }, (_, index) => `/written-${index}`);
  for (const path of paths) await create(session, path, servers);
  for (const server of servers) {
    // Two were enough for the writes; the third may not have found the new leader yet.
    await server.waitUntilServing();
    expect(await session.moveTo(server.clientPort)).toBe(true);
    await session.connection.request(9, new Bytes().field('/').buffer);
    for (const path of ['/ephemeral', ...older, ...paths]) {
      const reply = await session.connection.request(op.exists, new Bytes().field(path).byte(0).buffer);
      expect(reply?.error, `${path} on ${server.clientPort}`).toBe(0);
      // The owner's place in Stat.
      if (path === '/ephemeral') expect(reply?.body.readBigInt64BE(44)).toBe(session.sessionId);
    }
  }
}

/** Creates a znode; where the connection breaks, the session moves on until some server has it. */
async function create(session: MovingSession, path: string, servers: readonly TestServer[]): Promise<void> {
  let turn = 0;
  let error = (await session.connection.request(op.create, createBody(path, 'x')))?.error;
  while (error === undefined) {
    await pollUntil(
      async () => {
        const { clientPort } = servers[turn++ % servers.length] ?? { clientPort: 0 };
        return (await session.moveTo(clientPort).catch(() => false)) ? true : undefined;
      },
      {
        deadlineMs: 30_000,
        describe: () => `a server that has the session\n${servers.map((one) => one.report()).join('\n')}`,
      },
    );
    error = (await session.connection.request(op.create, createBody(path, 'x')))?.error;
    // The write whose answer was lost.
    if (error === NODE_EXISTS) error = 0;
  }
  expect(error, path).toBe(0);
}

async function epochOf(server: TestServer): Promise<bigint> {
  return ((await server.waitUntilServing()).zxid ?? 0n) >> 32n;
}

const PRELOAD = pathToFileURL(join(import.meta.dirname, '..', 'harness', 'late-epoch.ts')).href;

test.each([
  { name: 'three of ours', third: flavourUnderTest },
  { name: 'ours leading an Apache server', third: 'apache' },
] as const)(
  'pitfall 23: $name: the leader resigns at the end of its epoch, and the next one has all',
  async ({ third }) => {
    const ensemble = await prepare([flavourUnderTest, flavourUnderTest, third]);
    const late = ensemble.server(1);
    late.options.environment = { NODE_OPTIONS: `--import=${PRELOAD}` };
    const older = await endEpochSoon(late);
    // The third one later: it and the first could elect a leader of an epoch that the late one has left behind.
    const firstTwo = ensemble.servers.slice(0, 2);
    for (const server of firstTwo) server.start();
    await ensemble.waitUntilServing(firstTwo);
    expect(await ensemble.leader()).toBe(late);
    ensemble.startAll();
    await ensemble.waitUntilServing();
    expect(await epochOf(late)).toBe(BigInt(EPOCH));
    await writeThrough(ensemble.servers, ensemble.server(0), older);
    expect(late.stdout.text).toContain('the zxids of this epoch are used up');
    for (const server of ensemble.servers) expect(await epochOf(server)).toBeGreaterThan(BigInt(EPOCH));
  },
);

test('pitfall 23: an Apache leader resigns at the end of its epoch, which ours follows through', async () => {
  const ensemble = await prepare(['apache', 'apache', flavourUnderTest]);
  const [other, late, ours] = [ensemble.server(0), ensemble.server(1), ensemble.server(2)];
  // Apache's own means to test this.
  appendFileSync(late.options.zooCfgPath, `testingonly.initialZxid=${LAST_COUNTER - LEFT}\n`);
  for (const server of [other, late]) server.start();
  await ensemble.waitUntilServing([other, late]);
  expect(await ensemble.leader()).toBe(late);
  // Behind it ours gets a snapshot: from the epoch's start on it would miss what was left out.
  const connection = await RawConnection.openSession(other.clientPort);
  expect((await connection.request(op.create, createBody('/before', 'x')))?.error).toBe(0);
  connection.destroy();
  ours.start();
  await ours.waitUntilServing();
  const epoch = await epochOf(ours);
  await writeThrough(ensemble.servers, ours, ['/before']);
  for (const server of ensemble.servers) expect(await epochOf(server)).toBeGreaterThan(epoch);
});

test('pitfall 23: the counter of a standalone server runs over into the epoch, and its directory can be read again', async () => {
  const ensemble = await prepare([flavourUnderTest]);
  const server = ensemble.server(0);
  const older = await endEpochSoon(server);
  server.start();
  await server.waitUntilServing();
  await writeThrough(ensemble.servers, server, older);
  expect(await epochOf(server)).toBe(BigInt(EPOCH + 1));
  await server.restart();
  await server.waitUntilServing();
  const connection = await RawConnection.openSession(server.clientPort);
  const path = new Bytes().field(`/written-${WRITES - 1}`).byte(0).buffer;
  expect((await connection.request(op.exists, path))?.error).toBe(0);
  connection.destroy();
});
