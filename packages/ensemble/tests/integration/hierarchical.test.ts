/** Three groups of two, one server of them Apache's: whole groups decide, not more than half of the servers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';

let ensemble: TestEnsemble;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({
    servers: 6,
    flavours: ['apache', ...Array<typeof flavourUnderTest>(5).fill(flavourUnderTest)],
    extra: { 'group.1': '1:2', 'group.2': '3:4', 'group.3': '5:6', 'weight.6': 3 },
  });
}, 60_000);

afterAll(async () => {
  await ensemble?.stop();
});

async function create(index: number, path: string): Promise<number | undefined> {
  const connection = await RawConnection.openSession(ensemble.server(index).clientPort);
  const reply = await connection.request(op.create, createBody(path, 'x'));
  connection.destroy();
  return reply?.error;
}

test('a server without which its group has its weight is not missed, nor is a whole group', async () => {
  await ensemble.server(4).crash();
  await ensemble.waitUntilServing(ensemble.servers.filter((_, index) => index !== 4));
  expect(await create(0, '/without-5')).toBe(0);
  await ensemble.server(5).crash();
  await ensemble.waitUntilServing(ensemble.servers.slice(0, 4));
  expect(await create(0, '/without-5-and-6')).toBe(0);
  ensemble.server(5).start();
  await ensemble.waitUntilServing(ensemble.servers.filter((_, index) => index !== 4));
});

test('more than half of the servers are no quorum where two groups have lost theirs', async () => {
  ensemble.server(4).start();
  await ensemble.waitUntilServing();
  await Promise.all([1, 3].map((index) => ensemble.server(index).crash()));
  const alive = [0, 2, 4, 5].map((index) => ensemble.server(index));
  await pollUntil(async () => (await Promise.all(alive.map((server) => server.status()))).every((status) => !status), {
    deadlineMs: 30_000,
    describe: () => `nobody serves\n${ensemble.report()}`,
  });
  ensemble.server(1).start();
  await ensemble.waitUntilServing([...alive, ensemble.server(1)]);
  expect(await create(1, '/with-2')).toBe(0);
});
