/** Quotas in an ensemble of both kinds of servers: each counts for itself, and all count alike, whoever leads or starts anew. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { type } from './differential/request-generator.ts';
import { Asker } from './operations/asker.ts';

const QUOTA_EXCEEDED = -125;
const LIMITS = 'count=1,bytes=10=;byteHardLimit=100;countHardLimit=6';

let ensemble: TestEnsemble;
let ours: TestServer;
let apache: TestServer;
let leader: TestServer;

beforeAll(async () => {
  // The last leads, as the one with the highest sid.
  const flavours = ['vivarium', 'apache', 'vivarium'] as const;
  const extra = { enforceQuota: true, 'vivarium.sessionPasswords': 'apache', snapCount: 10, preAllocSize: 64 };
  ensemble = await TestEnsemble.start({ servers: 3, flavours, extra });
  [ours, apache, leader] = [ensemble.server(0), ensemble.server(1), ensemble.server(2)];
}, 60_000);

afterAll(async () => {
  await ensemble?.stop();
});

/** What each of the servers has counted, once it has all that was committed. */
async function stats(servers: readonly TestServer[], subtree: string): Promise<(string | null)[]> {
  return Promise.all(
    servers.map(async (server) => {
      const asker = await Asker.open(server.clientPort);
      await asker.read(type.sync, '/');
      const data = await asker.data(`/zookeeper/quota${subtree}/zookeeper_stats`);
      asker.connection.destroy();
      return data;
    }),
  );
}

function alike(servers: readonly TestServer[], text: string): string[] {
  return servers.map(() => text);
}

test('all count alike, whoever was asked', async () => {
  const asker = await Asker.open(ours.clientPort);
  const paths = [
    '/q',
    '/q/deep',
    '/zookeeper/quota/q',
    '/zookeeper/quota/q/zookeeper_limits',
    '/zookeeper/quota/q/zookeeper_stats',
  ];
  for (const path of paths) {
    const data = path.endsWith('limits') ? LIMITS : path.endsWith('stats') ? 'count=-1,bytes=-1' : '12345';
    expect((await asker.create(path, { data })).error).toBe(0);
  }
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=2,bytes=10'));
  const other = await Asker.open(apache.clientPort);
  expect((await other.create('/q/deep/ephemeral', { flags: 1, data: '123' })).error).toBe(0);
  expect((await other.setData('/q', null)).error).toBe(0);
  expect((await other.setData('/q/deep', 'x'.repeat(99))).error).toBe(QUOTA_EXCEEDED);
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=3,bytes=8'));
  await other.ask(type.closeSession);
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=2,bytes=5'));
  asker.connection.destroy();
});

test('a server that is given a snapshot counts alike, ours and Apache’s', async () => {
  for (const server of [ours, apache]) {
    await server.crash();
    rmSync(join(server.options.directory, 'data', 'version-2'), { recursive: true });
    server.start();
    await server.waitUntilServing();
  }
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=2,bytes=5'));
  const asker = await Asker.open(leader.clientPort);
  expect((await asker.create('/q/new', { data: '1' })).error).toBe(0);
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=3,bytes=6'));
  asker.connection.destroy();
});

test('Apache’s leads: it measures by what it has counted, and ours goes on counting', async () => {
  await leader.crash();
  expect(await ensemble.waitForLeader()).toBe(apache);
  await ours.waitUntilServing();
  const asker = await Asker.open(ours.clientPort);
  const errors: number[] = [];
  for (const name of ['a', 'b', 'c', 'd']) errors.push((await asker.create(`/q/${name}`)).error);
  expect(errors).toEqual([0, 0, 0, QUOTA_EXCEEDED]);
  leader.start();
  await leader.waitUntilServing();
  expect(await stats(ensemble.servers, '/q')).toEqual(alike(ensemble.servers, 'count=6,bytes=6'));
  asker.connection.destroy();
});
