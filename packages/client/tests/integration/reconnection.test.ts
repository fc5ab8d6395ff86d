import { once } from 'node:events';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import type { TestServer } from '@vivarium/ensemble/tests/harness/test-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConnectionLossError } from '../../errors.ts';
import type { WatchEvent } from '../../watches.ts';
import { type ClientOptions, type ClientState, ZooKeeperClient } from '../../zookeeper-client.ts';

const EMPTY = new Uint8Array(0);
let ensemble: TestEnsemble;
const clients: ZooKeeperClient[] = [];

function connect(options: Partial<ClientOptions> = {}): ZooKeeperClient {
  const client = new ZooKeeperClient({ connectString: ensemble.connectString, sessionTimeoutMs: 10_000, ...options });
  clients.push(client);
  client.start();
  return client;
}

/** Settles when the client next enters the state. */
async function entered(client: ZooKeeperClient, state: ClientState): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (;;) {
    const [next] = await once(client, 'state', { signal });
    if (next === state) return;
  }
}

/** The server that the client is connected to. */
function serverOf(client: ZooKeeperClient): TestServer {
  return ensemble.serverOnPort(Number(client.server?.split(':').at(-1)));
}

beforeEach(async () => {
  ensemble = await TestEnsemble.start();
});

afterEach(async () => {
  for (const server of ensemble.servers) if (server.running) server.kill('SIGCONT');
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await ensemble.stop();
});

test('the session, its ephemerals, identities and watches survive the death of its server', async () => {
  const client = connect();
  await client.addAuth('digest', 'ann:secret');
  await client.create('/kept', EMPTY, { mode: 'ephemeral' });
  await client.create('/own', EMPTY, { acl: [{ perms: 31, id: { scheme: 'auth', id: '' } }] });
  await client.create('/changed', EMPTY);
  await client.create('/later', EMPTY);
  const seen: WatchEvent[] = [];
  const both = Promise.withResolvers<void>();
  const note = (event: WatchEvent): void => {
    if (seen.push(event) === 2) both.resolve();
  };
  await client.getData('/changed', { watch: note });
  await client.getData('/later', { watch: note });
  const lasting: string[] = [];
  await client.addWatch('/later', 'persistent', ({ type }) => lasting.push(type));
  const { sessionId } = client;
  const server = serverOf(client);
  const survivors = ensemble.servers.filter((candidate) => candidate !== server);
  const writer = connect({ connectString: survivors.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(',') });
  await writer.exists('/');
  // Looked at then: it may be back before the process is known to be gone.
  const serverWhenLost = entered(client, 'disconnected').then(() => client.server);
  const back = entered(client, 'connected');
  await server.crash();
  expect(await serverWhenLost).toBeNull();
  await back;
  expect(client.sessionId).toBe(sessionId);
  expect(client.server).not.toBe(`127.0.0.1:${server.clientPort}`);
  expect((await client.exists('/kept'))?.ephemeralOwner).toBe(sessionId);
  expect((await client.getData('/own')).data).toEqual(EMPTY);
  await writer.setData('/changed', EMPTY);
  await writer.setData('/later', EMPTY);
  await writer.setData('/later', EMPTY);
  await both.promise;
  await client.sync('/');
  expect(seen.map(({ type, path }) => `${type} ${path}`).sort()).toEqual([
    'dataChanged /changed',
    'dataChanged /later',
  ]);
  expect(lasting).toEqual(['dataChanged', 'dataChanged']);
});

test('a change that was missed is told after the reconnection, once', async () => {
  const [first] = ensemble.servers;
  const client = connect({ connectString: `127.0.0.1:${first?.clientPort}`, sessionTimeoutMs: 30_000 });
  const seen: WatchEvent[] = [];
  const told = Promise.withResolvers<void>();
  await client.create('/missed', EMPTY);
  await client.getData('/missed', {
    watch: (event) => {
      seen.push(event);
      told.resolve();
    },
  });
  const { sessionId } = client;
  const lost = entered(client, 'disconnected');
  await first?.crash();
  await lost;
  const rest = ensemble.servers.slice(1).map(({ clientPort }) => `127.0.0.1:${clientPort}`);
  const writer = connect({ connectString: rest.join(',') });
  await writer.setData('/missed', EMPTY);
  first?.start();
  await told.promise;
  expect(client.sessionId).toBe(sessionId);
  await client.setData('/missed', EMPTY);
  expect(seen.map(({ type, path }) => [type, path])).toEqual([['dataChanged', '/missed']]);
});

test('while a server dies reads are repeated, and a write under way says that it may have been done', async () => {
  const client = connect();
  await client.create('/counter', EMPTY);
  const server = serverOf(client);
  server.kill('SIGSTOP');
  const lost = entered(client, 'disconnected');
  const write = client.setData('/counter', EMPTY);
  const reads = Array.from({ length: 100 }, () => client.exists('/counter'));
  const failed = expect(write).rejects.toBeInstanceOf(ConnectionLossError);
  await server.crash();
  await Promise.all([lost, failed]);
  await expect(write).rejects.toMatchObject({ codeName: 'CONNECTIONLOSS', mayHaveExecuted: true, path: '/counter' });
  const stats = await Promise.all(reads);
  expect(stats.every((stat) => stat !== null)).toBe(true);
  expect(await client.setData('/counter', EMPTY)).toMatchObject({ version: expect.any(Number) });
});

test('a server that falls silent is left for another', async () => {
  const client = connect({ sessionTimeoutMs: 3_000 });
  await client.create('/silent', EMPTY);
  const { sessionId } = client;
  const server = serverOf(client);
  const lost = entered(client, 'disconnected');
  const back = entered(client, 'connected');
  server.kill('SIGSTOP');
  await lost;
  await back;
  expect(client.server).not.toBe(`127.0.0.1:${server.clientPort}`);
  expect(client.sessionId).toBe(sessionId);
  expect(await client.exists('/silent')).not.toBeNull();
});

test('an idle session is kept alive', async () => {
  const client = connect({ sessionTimeoutMs: 1_000 });
  await client.create('/idle', EMPTY, { mode: 'ephemeral' });
  const states: ClientState[] = [];
  client.on('state', (state) => states.push(state));
  const { negotiatedTimeoutMs } = client;
  const endMs = performance.now() + negotiatedTimeoutMs * 3;
  const other = connect();
  await pollUntil(async () => (performance.now() > endMs ? true : undefined), {
    deadlineMs: 30_000,
    describe: () => 'the time to pass',
  });
  expect((await other.exists('/idle'))?.ephemeralOwner).toBe(client.sessionId);
  expect(states).toEqual([]);
});

test('a session that expired while its server was away says so, and rejects what waits', async () => {
  const client = connect({ sessionTimeoutMs: 1_000 });
  await client.create('/gone', EMPTY, { mode: 'ephemeral' });
  await client.close();
  const follower = await pollUntil(
    async () => {
      for (const server of ensemble.servers) if ((await server.status())?.mode === 'follower') return server;
      return undefined;
    },
    { deadlineMs: 30_000, describe: () => 'a follower' },
  );
  const single = connect({ connectString: `127.0.0.1:${follower.clientPort}`, sessionTimeoutMs: 1_000 });
  const others = ensemble.servers.filter((server) => server !== follower);
  const observer = connect({ connectString: others.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(',') });
  await single.create('/gone', EMPTY, { mode: 'ephemeral' });
  const deleted = Promise.withResolvers<WatchEvent>();
  await observer.sync('/gone');
  expect(await observer.exists('/gone', { watch: deleted.resolve })).not.toBeNull();
  const lost = entered(single, 'disconnected');
  const expired = entered(single, 'expired');
  follower.kill('SIGSTOP');
  await lost;
  const waiting = expect(single.getData('/gone')).rejects.toMatchObject({ codeName: 'SESSIONEXPIRED', path: '/gone' });
  expect((await deleted.promise).type).toBe('deleted');
  follower.kill('SIGCONT');
  await Promise.all([expired, waiting]);
  expect(single.state).toBe('expired');
  await expect(single.create('/gone', EMPTY)).rejects.toMatchObject({ codeName: 'SESSIONEXPIRED' });
  await single.close();
  expect(single.state).toBe('closed');
});

test('when all servers are gone operations end with their deadline, and go on when the servers are back', async () => {
  const client = connect({ sessionTimeoutMs: 30_000 });
  await client.create('/all', EMPTY);
  const lost = entered(client, 'disconnected');
  await ensemble.killAll();
  await lost;
  await expect(client.exists('/all', { deadlineMs: 300 })).rejects.toMatchObject({ codeName: 'OPERATIONTIMEOUT' });
  const waiting = client.setData('/all', EMPTY, 0, { deadlineMs: 60_000 });
  ensemble.startAll();
  expect(await waiting).toMatchObject({ version: 1 });
});
