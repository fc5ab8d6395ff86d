/** The client and servers that are none: each reason is told, and the next server is tried. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { decodeConnectRequest, encodeConnectResponse } from '@vivarium/wire/connect';
import { afterEach, expect, test } from 'vitest';
import type { ConnectionFailure } from './connection-failure.ts';
import { FrameReader } from './frame-reader.ts';
import { type ClientOptions, ZooKeeperClient } from './zookeeper-client.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Listens, and does with each connection what the test wants; returns the address. */
async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that takes the session, and then says what the test wants. */
function greeting(socket: Socket, then: () => void, readOnly = false): void {
  const reader = new FrameReader(1_000_000, 8);
  let greeted = false;
  socket.on('data', (chunk: Buffer) => {
    if (chunk.toString() === 'isro') {
      socket.end(readOnly ? 'ro' : 'rw');
      return;
    }
    reader.push(new Uint8Array(chunk));
    const frame = greeted ? null : reader.next();
    if (frame === null) return;
    greeted = true;
    const hello = decodeConnectRequest(frame.bytes);
    const password = new Uint8Array(16).fill(7);
    const response = { timeoutMs: hello.timeoutMs, sessionId: readOnly ? 7n : 5n, password, readOnly };
    socket.write(encodeConnectResponse(response));
    then();
  });
}

function connect(connectString: string, options: Partial<ClientOptions> = {}): ZooKeeperClient {
  const client = new ZooKeeperClient({ connectString, sessionTimeoutMs: 4_000, ...options });
  cleanups.push(() => client.close());
  client.start();
  return client;
}

async function firstFailure(client: ZooKeeperClient): Promise<ConnectionFailure> {
  const [failure] = await once(client, 'failed');
  return failure;
}

test('nobody listens', async () => {
  const address = await listening(() => {});
  await cleanups.pop()?.();
  expect(await firstFailure(connect(address))).toEqual({ address, reason: { code: 'refused', params: { address } } });
});

test('a name that has no address', async () => {
  const client = connect('no-such-host.invalid:2181');
  const reason = { code: 'unknownHost', params: { host: 'no-such-host.invalid' } };
  expect(await firstFailure(client)).toEqual({ address: 'no-such-host.invalid:2181', reason });
  expect(client.state).toBe('connecting');
});

test('it takes the connection and says nothing', async () => {
  const address = await listening(() => {});
  const client = connect(address, { sessionTimeoutMs: 300 });
  expect((await firstFailure(client)).reason).toEqual({ code: 'silent', params: { address } });
});

test('it takes the connection and closes it', async () => {
  const address = await listening((socket) => socket.end());
  expect((await firstFailure(connect(address))).reason).toEqual({ code: 'notServing', params: { address } });
});

test.each([
  ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'HTTP'],
  ['a port for TLS', Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), 'TLS'],
  ['ssh', 'SSH-2.0-OpenSSH_9.6\r\n', 'SSH'],
  ['a frame of no bytes', new Uint8Array(4), /./],
  ['a negative length', Uint8Array.of(0xff, 0xff, 0xff, 0xfe), /-2 bytes/],
  ['noise', new Uint8Array(64).fill(0x37), 'a first frame of 926365495 bytes'],
])('what answers is %s', async (_, bytes, detail) => {
  const address = await listening((socket) => socket.write(bytes));
  const { reason } = await firstFailure(connect(address));
  expect(reason).toEqual({ code: 'garbage', params: { address, detail: expect.stringMatching(detail) } });
});

test('one that never ends costs no memory, and the next server is found', async () => {
  const noise = new Uint8Array(1 << 20).fill(0x37);
  const flood = (socket: Socket): void => {
    if (!socket.destroyed) socket.write(noise, () => flood(socket));
  };
  const noisy = await listening(flood);
  const afterwards = await listening((socket) => greeting(socket, () => flood(socket)));
  const good = await listening((socket) => greeting(socket, () => {}));
  const client = connect(`${noisy},${afterwards},${good}`);
  const failures: ConnectionFailure[] = [];
  client.on('failed', (failure) => failures.push(failure));
  await expect.poll(() => client.server, { timeout: 10_000, interval: 5 }).toBe(good);
  await expect.poll(() => failures.every(({ reason }) => reason.code === 'garbage')).toBe(true);
});

test('from a server without a quorum the session moves to one that takes writes', async () => {
  let open = false;
  const lost = await listening((socket) => greeting(socket, () => {}, true));
  const good = await listening((socket) => {
    if (open) greeting(socket, () => {});
    else socket.destroy();
  });
  const client = connect(`${lost},${good}`, { readOnly: true });
  await expect.poll(() => client.state, { timeout: 10_000 }).toBe('connectedReadOnly');
  expect(client.server).toBe(lost);
  open = true;
  await expect.poll(() => client.state, { timeout: 10_000 }).toBe('connected');
  expect(client.server).toBe(good);
  expect(client.sessionId).toBe(5n);
});

test('why a session has lost its server is told behind the loss', async () => {
  const address = await listening((socket) =>
    greeting(socket, () => setTimeout(() => socket.write('x'.repeat(64)), 20)),
  );
  const client = connect(address);
  const told: string[] = [];
  client.on('state', (state) => told.push(state));
  client.on('failed', ({ reason }) => told.push(reason.code));
  await expect.poll(() => told).toContain('garbage');
  expect(told.slice(0, 4)).toEqual(['connecting', 'connected', 'disconnected', 'garbage']);
});
