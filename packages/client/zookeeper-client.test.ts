/** The client against a server that misbehaves: a socket that answers as each test wants. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { decodeConnectRequest, encodeConnectResponse } from '@vivarium/wire/connect';
import { OpCode } from '@vivarium/wire/op-code';
import { encodeReply } from '@vivarium/wire/replies';
import { afterEach, expect, test } from 'vitest';
import { ClientError } from './errors.ts';
import { FrameReader } from './frame-reader.ts';
import { type ClientOptions, type ClientState, ZooKeeperClient } from './zookeeper-client.ts';

/** Answers one request; `connection` counts from 1. */
type Answer = (socket: Socket, xid: number, type: number, connection: number) => void;

interface Rig {
  readonly client: ZooKeeperClient;
  readonly states: ClientState[];
  /** The session ids and passwords that the connections began with. */
  readonly hellos: { sessionId: bigint; password: Uint8Array }[];
}

const PASSWORD = new Uint8Array(16).fill(7);
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

async function rig(answer: Answer, options: Partial<ClientOptions> = {}): Promise<Rig> {
  const hellos: Rig['hellos'] = [];
  const server = createServer((socket) => {
    const reader = new FrameReader(1_000_000, 8);
    let greeted = false;
    const connection = hellos.length + 1;
    socket.on('data', (chunk: Buffer) => {
      reader.push(new Uint8Array(chunk));
      for (let frame = reader.next(); frame !== null; frame = reader.next()) {
        if (greeted) {
          const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset);
          answer(socket, view.getInt32(0), view.getInt32(4), connection);
          continue;
        }
        greeted = true;
        const { sessionId, password, timeoutMs } = decodeConnectRequest(frame.bytes);
        hellos.push({ sessionId, password });
        socket.write(encodeConnectResponse({ timeoutMs, sessionId: 42n, password: PASSWORD, readOnly: false }));
      }
    });
  });
  const port = await listening(server);
  const client = new ZooKeeperClient({ connectString: `127.0.0.1:${port}`, sessionTimeoutMs: 1_500, ...options });
  const states: ClientState[] = [];
  client.on('state', (state) => states.push(state));
  cleanups.push(() => client.close());
  client.start();
  return { client, states, hellos };
}

/** Says that there is no such znode, and ends the session when asked to. */
const noNode: Answer = (socket, xid, type) => {
  const err = type === OpCode.closeSession || type === OpCode.ping ? 0 : -101;
  socket.write(encodeReply({ xid, zxid: 1n, err }, { kind: 'empty' }));
};

test('after a reply with a wrong xid it connects anew with the same session, and repeats the read', async () => {
  const { client, states, hellos } = await rig((socket, xid, type, connection) =>
    noNode(socket, connection === 1 ? xid + 1 : xid, type, connection),
  );
  expect(await client.exists('/a')).toBeNull();
  expect(hellos).toEqual([
    { sessionId: 0n, password: new Uint8Array(16) },
    { sessionId: 42n, password: PASSWORD },
  ]);
  expect(states).toEqual(['connecting', 'connected', 'disconnected', 'connected']);
});

test('a reply that is not the record that it should be is told to who asked, and not asked for again', async () => {
  const { client } = await rig((socket, xid, type, connection) => {
    if (type === OpCode.getData) socket.write(encodeReply({ xid, zxid: 1n, err: 0 }, { kind: 'empty' }));
    else noNode(socket, xid, type, connection);
  });
  await expect(client.getData('/a')).rejects.toEqual(expect.objectContaining({ fault: 'badReply', path: '/a' }));
  expect(await client.exists('/a')).toBeNull();
});

test('bytes that are no frame do not end the client', async () => {
  const { client, hellos } = await rig((socket, xid, type, connection) => {
    if (connection < 4) socket.write(new Uint8Array([255, 255, 255, 255]));
    else noNode(socket, xid, type, connection);
  });
  expect(await client.exists('/a')).toBeNull();
  expect(hellos.length).toBe(4);
});

test('a server that takes the connection and says nothing is left, and tried again', async () => {
  let connections = 0;
  const again = Promise.withResolvers<void>();
  const silent = createServer(() => {
    if (++connections === 3) again.resolve();
  });
  const connectString = `127.0.0.1:${await listening(silent)}`;
  const client = new ZooKeeperClient({ connectString, sessionTimeoutMs: 300 });
  cleanups.push(() => client.close());
  client.start();
  await again.promise;
  await expect(client.exists('/a', { deadlineMs: 1 })).rejects.toMatchObject({ codeName: 'OPERATIONTIMEOUT' });
  expect([client.state, client.sessionId]).toEqual(['connecting', 0n]);
});

test('pings keep an idle connection, and silence ends it', async () => {
  let answered = 0;
  const { client, states } = await rig(
    (socket, xid, type, connection) => {
      if (type === OpCode.ping && ++answered > 4) return;
      noNode(socket, xid, type, connection);
    },
    { sessionTimeoutMs: 300 },
  );
  await client.exists('/a');
  while (!states.includes('disconnected')) await once(client, 'state');
  expect(answered).toBeGreaterThan(4);
});

test('close is answered before it is over, may be repeated, and what comes later is refused', async () => {
  const types: number[] = [];
  const { client, states } = await rig((socket, xid, type, connection) => {
    types.push(type);
    noNode(socket, xid, type, connection);
  });
  await client.exists('/a');
  const underWay = client.exists('/b');
  const closed = client.close();
  await expect(client.exists('/c')).rejects.toBeInstanceOf(ClientError);
  expect(await underWay).toBeNull();
  await Promise.all([closed, client.close()]);
  expect(types).toEqual([OpCode.exists, OpCode.exists, OpCode.closeSession]);
  expect([client.state, client.server, states.at(-1)]).toEqual(['closed', null, 'closed']);
});

test('an aborted operation leaves the replies of others in their places', async () => {
  const held: (() => void)[] = [];
  const twoCame = Promise.withResolvers<void>();
  const { client } = await rig((socket, xid, type, connection) => {
    if (type !== OpCode.exists) return noNode(socket, xid, type, connection);
    if (held.push(() => noNode(socket, xid, type, connection)) === 2) twoCame.resolve();
  });
  const abort = new AbortController();
  const first = client.exists('/a', { signal: abort.signal });
  const second = client.exists('/b');
  await twoCame.promise;
  abort.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  for (const reply of held) reply();
  expect(await second).toBeNull();
});
