import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WatchEvent } from '../../watches.ts';
import { ZooKeeperClient } from '../../zookeeper-client.ts';

const EMPTY = new Uint8Array(0);
let ensemble: TestEnsemble;
let client: ZooKeeperClient;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({
    servers: 1,
    flavours: 'apache',
    jvmArguments: [
      '-Xmx256m',
      '-Dzookeeper.extendedTypesEnabled=true',
      '-cp',
      '/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar',
    ],
  });
  client = new ZooKeeperClient({ connectString: ensemble.connectString });
  client.start();
});

afterAll(async () => {
  await client?.close();
  await ensemble?.stop();
});

test('an Apache server understands everything, what ours do not serve included', async () => {
  const event = Promise.withResolvers<WatchEvent>();
  expect(await client.exists('/apache', { watch: event.resolve })).toBeNull();
  expect((await client.create('/apache', EMPTY)).path).toBe('/apache');
  expect(await event.promise).toMatchObject({ type: 'created', path: '/apache' });
  expect((await client.create('/apache/box', EMPTY, { mode: 'container' })).stat.ephemeralOwner).not.toBeUndefined();
  const timed = await client.create('/apache/timed', EMPTY, { mode: 'persistentTtl', ttlMs: 60_000 });
  expect(timed.path).toBe('/apache/timed');
  const numbered = await client.create('/apache/n-', EMPTY, { mode: 'persistentSequentialTtl', ttlMs: 60_000 });
  expect(numbered.path).toBe('/apache/n-0000000002');
  expect(await client.getAllChildrenNumber('/apache')).toBe(3);
  await client.addAuth('digest', 'ann:secret');
  expect(await client.whoAmI()).toContainEqual({ scheme: 'digest', id: 'ann' });
  const results = await client.multi([
    { op: 'create', path: '/apache/m', data: EMPTY, mode: 'ephemeral' },
    { op: 'delete', path: '/apache/timed' },
  ]);
  expect(results.map(({ op }) => op)).toEqual(['create', 'delete']);
  await expect(client.multi([{ op: 'check', path: '/apache', version: 5 }])).rejects.toMatchObject({
    codeName: 'BADVERSION',
    index: 0,
  });
  expect((await client.getChildren('/apache')).children.sort()).toEqual(['box', 'm', 'n-0000000002']);
});
