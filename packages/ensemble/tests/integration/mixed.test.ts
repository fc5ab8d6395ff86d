import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';

const SYNC = 9;
let ensemble: TestEnsemble;
let apache: TestServer;
let ours: TestServer;

/** Data of a node as the server with this connection has it, after it caught up; undefined if there is none. */
async function read(connection: RawConnection, path: string, watch = false): Promise<string | undefined> {
  await connection.request(SYNC, new Bytes().field(path).buffer);
  const reply = await connection.request(op.getData, new Bytes().field(path).byte(watch ? 1 : 0).buffer);
  return reply?.error === 0 ? reply.body.subarray(4, 4 + reply.body.readInt32BE(0)).toString() : undefined;
}

beforeAll(async () => {
  ensemble = await TestEnsemble.create({ servers: 3, flavours: ['apache', 'apache', flavourUnderTest] });
  apache = ensemble.server(0);
  ours = ensemble.server(2);
  apache.start();
  ensemble.server(1).start();
  await ensemble.waitUntilServing(ensemble.servers.slice(0, 2));
  ours.start();
  await ours.waitUntilServing();
}, 60_000);

afterAll(async () => {
  await ensemble?.stop();
});

test('ours follows two Apache servers', async () => {
  expect((await ours.status())?.mode).toBe('follower');
});

test('a client of ours writes, reads and watches; both sides see the writes of the other', async () => {
  const here = await RawConnection.openSession(ours.clientPort);
  const there = await RawConnection.openSession(apache.clientPort);
  expect((await here.request(op.create, createBody('/from-ours', 'one')))?.error).toBe(0);
  expect(await read(there, '/from-ours')).toBe('one');
  expect((await there.request(op.create, createBody('/from-apache', 'two')))?.error).toBe(0);
  expect(await read(here, '/from-apache', true)).toBe('two');
  const changed = await there.request(op.setData, new Bytes().field('/from-apache').field('three').int(0).buffer);
  expect(changed?.error).toBe(0);
  const event = await here.nextReply();
  expect(event?.xid).toBe(-1);
  expect(event?.body).toEqual(new Bytes().int(3).int(3).field('/from-apache').buffer);
  expect(await read(here, '/from-apache')).toBe('three');
  here.destroy();
  there.destroy();
});

test('what ours missed while it was dead is there after its restart', async () => {
  await ours.crash();
  const there = await RawConnection.openSession(apache.clientPort);
  for (let number = 0; number < 100; number++) {
    expect((await there.request(op.create, createBody(`/missed-${number}`, String(number))))?.error).toBe(0);
  }
  ours.start();
  await ours.waitUntilServing();
  const here = await RawConnection.openSession(ours.clientPort);
  expect(await read(here, '/from-ours')).toBe('one');
  for (let number = 0; number < 100; number++) {
    expect(await read(here, `/missed-${number}`)).toBe(String(number));
  }
  expect((await ours.status())?.mode).toBe('follower');
  expect((await here.request(op.create, createBody('/after', 'x')))?.error).toBe(0);
  expect(await read(there, '/after')).toBe('x');
});

test('ours is half of the quorum when one Apache server dies, and the ensemble goes on', async () => {
  const follower = (await apache.status())?.mode === 'follower' ? apache : ensemble.server(1);
  await follower.crash();
  const here = await RawConnection.openSession(ours.clientPort);
  for (let number = 0; number < 50; number++) {
    expect((await here.request(op.create, createBody(`/with-ours-${number}`, '')))?.error).toBe(0);
  }
  follower.start();
  await follower.waitUntilServing();
  const there = await RawConnection.openSession(follower.clientPort);
  expect(await read(there, '/with-ours-49')).toBe('');
});
