import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  encodeHandshake,
  encodeNotificationMessage,
  type Notification,
  readHandshake,
  readNotificationMessage,
} from '@vivarium/wire/election';
import { JuteWriter } from '@vivarium/wire/jute';
import { afterEach, describe, expect, test } from 'vitest';
import { ElectionPort, type ElectionPortOptions } from './election-port.ts';
import { LinkFaults } from './link-faults.ts';

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function vote(leader: bigint): Notification {
  return { state: 0, leader, zxid: 0x100000001n, electionEpoch: 3n, peerEpoch: 1n, version: 2, config: 'version=0' };
}

interface Rig {
  readonly port: ElectionPort;
  /** `sid:leader` of every notification. */
  readonly received: string[];
  readonly warnings: string[];
  next(): Promise<string>;
}

async function electionPort(sid: number, options: Partial<ElectionPortOptions> = {}): Promise<Rig> {
  const received: string[] = [];
  const warnings: string[] = [];
  let wake: (entry: string) => void = () => {};
  const port = new ElectionPort(
    {
      sid,
      host: '127.0.0.1',
      port: 0,
      setting: `server.${sid}`,
      address: { host: '127.0.0.1', port: 1 },
      peers: new Map(),
      connectTimeoutMs: 2_000,
      handshakeTimeoutMs: 2_000,
      faults: new LinkFaults(),
      ...options,
    },
    {
      notification: (from, notification) => {
        received.push(`${from}:${notification.leader}`);
        wake(`${from}:${notification.leader}`);
      },
      info: () => {},
      warn: (message) => warnings.push(message),
    },
  );
  await port.listen();
  cleanups.push(() => port.close());
  return {
    port,
    received,
    warnings,
    next: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}

/** A stranger's port, and the connections to it in their order. */
interface Fake {
  readonly port: number;
  nextConnection(): Promise<Wire>;
}

/** One side of a connection, as its bytes. */
interface Wire {
  readonly socket: Socket;
  /** Everything so far. */
  bytes(): Buffer;
  /** Settles when so many bytes have come. */
  atLeast(count: number): Promise<Buffer>;
  readonly closed: Promise<void>;
}

function wire(socket: Socket): Wire {
  let bytes = Buffer.alloc(0);
  let arrived: () => void = () => {};
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    arrived();
  });
  cleanups.push(() => socket.destroy());
  return {
    socket,
    bytes: () => bytes,
    atLeast: async (count) => {
      while (bytes.length < count) await new Promise<void>((resolve) => (arrived = resolve));
      return bytes;
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

async function fakePeer(): Promise<Fake> {
  const waiting: ((wire: Wire) => void)[] = [];
  const arrived: Wire[] = [];
  const server: Server = createServer((socket) => {
    const one = wire(socket);
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(one);
    else waiter(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    nextConnection: () => {
      const one = arrived.shift();
      return one === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(one);
    },
  };
}

function dial(port: number, ...chunks: Uint8Array[]): Wire {
  const socket = connect({ port, host: '127.0.0.1' });
  for (const chunk of chunks) socket.write(chunk);
  return wire(socket);
}

const HANDSHAKE_BYTES = encodeHandshake(2n, '127.0.0.1:1').length;

/** The leader of each whole notification behind a handshake of the given length. */
function leadersIn(bytes: Uint8Array, start: number): bigint[] {
  const leaders: bigint[] = [];
  let offset = start;
  for (
    let next = readNotificationMessage(bytes, offset);
    next !== null;
    next = readNotificationMessage(bytes, offset)
  ) {
    offset = next.end;
    if (next.notification !== null) leaders.push(next.notification.leader);
  }
  return leaders;
}

describe('the election port', () => {
  test('a dialler with a larger sid keeps its connection, which is read at every cut', async () => {
    const rig = await electionPort(2);
    const message = encodeNotificationMessage(vote(5n));
    const bytes = Buffer.concat([encodeHandshake(5n, '127.0.0.1:1'), message, message]);
    const peer = dial(rig.port.port);
    for (const byte of bytes) {
      peer.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (rig.received.length < 2) await rig.next();
    expect(rig.received).toEqual(['5:5', '5:5']);
    rig.port.send(5n, vote(2n));
    expect(leadersIn(await peer.atLeast(10), 0)).toEqual([2n]);
  });

  test('a dialler with a smaller sid is closed and dialled back where it comes from, at the port in its handshake', async () => {
    const peer = await fakePeer();
    const rig = await electionPort(2);
    const first = dial(rig.port.port, encodeHandshake(1n, `127.0.0.1:${peer.port}`));
    const back = await peer.nextConnection();
    await first.closed;
    const read = readHandshake(await back.atLeast(HANDSHAKE_BYTES));
    expect(read?.handshake).toEqual({ sid: 2n, addresses: ['127.0.0.1:1'] });
    back.socket.write(encodeNotificationMessage(vote(1n)));
    expect(await rig.next()).toBe('1:1');
    rig.port.send(1n, vote(2n));
    await back.atLeast(HANDSHAKE_BYTES + 10);
    expect(leadersIn(back.bytes(), HANDSHAKE_BYTES)).toEqual([2n]);
  });

  test('a name in the handshake is neither looked up nor dialled', async () => {
    const peer = await fakePeer();
    const rig = await electionPort(2);
    // Nobody answers at that address of documentation: if it were dialled first, the peer would wait for the time-out.
    dial(rig.port.port, encodeHandshake(1n, `198.51.100.1:${peer.port}`));
    expect(readHandshake(await (await peer.nextConnection()).atLeast(HANDSHAKE_BYTES))?.handshake.sid).toBe(2n);
  });

  test('a wildcard in the handshake is answered at the configured address', async () => {
    const peer = await fakePeer();
    const rig = await electionPort(2, { peers: new Map([[1, { host: '127.0.0.1', port: peer.port }]]) });
    dial(rig.port.port, encodeHandshake(1n, '0.0.0.0:9'));
    expect(readHandshake(await (await peer.nextConnection()).atLeast(HANDSHAKE_BYTES))?.handshake.sid).toBe(2n);
  });

  test('a send to a smaller sid dials and keeps the connection; to a larger one it only leaves a handshake', async () => {
    const [small, large] = [await fakePeer(), await fakePeer()];
    const peers = new Map([
      [1, { host: '127.0.0.1', port: small.port }],
      [3, { host: '127.0.0.1', port: large.port }],
    ]);
    const rig = await electionPort(2, { peers });
    rig.port.send(1n, vote(1n));
    rig.port.send(3n, vote(3n));
    const toSmall = await small.nextConnection();
    const toLarge = await large.nextConnection();
    expect(leadersIn(await toSmall.atLeast(HANDSHAKE_BYTES + 10), HANDSHAKE_BYTES)).toEqual([1n]);
    await toLarge.closed;
    expect(toLarge.bytes()).toHaveLength(HANDSHAKE_BYTES);
    // The larger one dials back and gets what waits for it.
    const back = dial(rig.port.port, encodeHandshake(3n, '127.0.0.1:1'));
    expect(leadersIn(await back.atLeast(10), 0)).toEqual([3n]);
  });

  test('pitfall 22: only the newest message waits, and a new connection gets the last one again', async () => {
    const rig = await electionPort(2, { peers: new Map([[3, { host: '127.0.0.1', port: 1 }]]) });
    for (const leader of [1n, 2n, 3n]) rig.port.send(3n, vote(leader));
    const first = dial(rig.port.port, encodeHandshake(3n, '127.0.0.1:1'));
    expect(leadersIn(await first.atLeast(10), 0)).toEqual([3n]);
    const second = dial(rig.port.port, encodeHandshake(3n, '127.0.0.1:1'));
    expect(leadersIn(await second.atLeast(10), 0)).toEqual([3n]);
    await first.closed;
    expect(rig.port.connected).toEqual([3n]);
  });

  test('the old handshake of a bare sid, and an observer without a sid', async () => {
    const peer = await fakePeer();
    const rig = await electionPort(2);
    dial(rig.port.port, new JuteWriter().long(7n).finish(), encodeNotificationMessage(vote(7n)));
    expect(await rig.next()).toBe('7:7');
    dial(rig.port.port, encodeHandshake(0x7fffffffffffffffn, `127.0.0.1:${peer.port}`));
    const back = await peer.nextConnection();
    back.socket.write(encodeNotificationMessage(vote(-1n)));
    expect(await rig.next()).toBe('-1:-1');
  });

  test('a server with the same sid is turned away with a warning', async () => {
    const rig = await electionPort(2);
    await dial(rig.port.port, encodeHandshake(2n, '127.0.0.1:1')).closed;
    expect(rig.warnings).toEqual([expect.stringContaining('same myid')]);
  });

  test.each([
    ['another protocol', new JuteWriter().long(-7n).long(1n).int(4).int(0).finish()],
    ['a huge address', new JuteWriter().long(-65536n).long(1n).int(0x7fffffff).finish()],
    ['a message of no possible length', Buffer.concat([encodeHandshake(9n, 'x:1'), new JuteWriter().int(-1).finish()])],
    ['HTTP', Buffer.concat([encodeHandshake(9n, 'x:1'), Buffer.from('GET / HTTP/1.1')])],
  ])('pitfall 22: %s closes the connection', async (_, bytes) => {
    const rig = await electionPort(2);
    await dial(rig.port.port, bytes).closed;
    expect(rig.received).toEqual([]);
    expect(rig.warnings).toHaveLength(1);
  });

  test('pitfall 22: a message that is none is skipped', async () => {
    const rig = await electionPort(2);
    const odd = new JuteWriter().int(99).finishFrame();
    dial(rig.port.port, encodeHandshake(9n, 'x:1'), odd, encodeNotificationMessage(vote(9n)));
    expect(await rig.next()).toBe('9:9');
  });

  test('who does not say whose connection it is, is closed', async () => {
    const rig = await electionPort(2, { handshakeTimeoutMs: 300 });
    await dial(rig.port.port).closed;
    expect(rig.received).toEqual([]);
  });

  test('a crowd that does not say whose connections they are keeps nobody out: the oldest gives way', async () => {
    const rig = await electionPort(2, { handshakeTimeoutMs: 600_000 });
    const waiting = Array.from({ length: 70 }, () => dial(rig.port.port));
    await Promise.all(waiting.slice(0, 6).map((one) => one.closed));
    dial(rig.port.port, encodeHandshake(9n, 'x:1'), encodeNotificationMessage(vote(9n)));
    expect(await rig.next()).toBe('9:9');
  });

  test('strangers are let in up to a number, then the oldest gives way', async () => {
    const rig = await electionPort(2);
    const strangers = Array.from({ length: 64 }, (_, i) =>
      dial(rig.port.port, encodeHandshake(BigInt(100 + i), 'x:1'), encodeNotificationMessage(vote(1n))),
    );
    while (rig.received.length < 64) await rig.next();
    dial(rig.port.port, encodeHandshake(999n, 'x:1'), encodeNotificationMessage(vote(9n)));
    expect(await rig.next()).toBe('999:9');
    await Promise.race(strangers.map((one) => one.closed));
    while (rig.port.connected.length > 64) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.port.connected).toContain(999n);
  });

  test('a host that has no address yet is tried again as often as electionPortBindRetry says', async () => {
    const warnings: string[] = [];
    const port = new ElectionPort(
      {
        ...{ sid: 1, host: 'not-there.invalid', port: 0, setting: 'server.1', address: { host: '127.0.0.1', port: 1 } },
        ...{ peers: new Map(), connectTimeoutMs: 1_000, handshakeTimeoutMs: 1_000, faults: new LinkFaults() },
        bindAttempts: 2,
      },
      { notification: () => {}, info: () => {}, warn: (message) => warnings.push(message) },
    );
    await expect(port.listen()).rejects.toThrow(/^server\.1: .*the host name has no address/);
    expect(warnings).toEqual([expect.stringMatching(/; it is tried again$/)]);
  });

  test('two of ours find one connection, whoever begins', async () => {
    const one = await electionPort(1);
    const two = await electionPort(2, { peers: new Map([[1, { host: '127.0.0.1', port: one.port.port }]]) });
    const back = { host: '127.0.0.1', port: two.port.port };
    const again = await electionPort(1, {
      peers: new Map([[2, back]]),
      address: { host: '127.0.0.1', port: one.port.port },
    });
    two.port.send(1n, vote(2n));
    expect(await one.next()).toBe('2:2');
    again.port.send(2n, vote(1n));
    // Server 2 dials server 1 back at the address in the handshake, and says its last vote again.
    expect(await one.next()).toBe('2:2');
  });
});

describe('a faulty way on the election port', () => {
  test('a cut withholds votes on a connection whoever dialled it, and lets them go when it is healed', async () => {
    const faults = new LinkFaults('[[5,{"kind":"cut"}]]');
    const rig = await electionPort(2, { faults });
    const peer = dial(rig.port.port, encodeHandshake(5n, '127.0.0.1:1'), encodeNotificationMessage(vote(5n)));
    if (rig.received.length < 1) await rig.next();
    rig.port.send(5n, vote(1n));
    rig.port.send(5n, vote(2n));
    peer.socket.write(encodeNotificationMessage(vote(4n)));
    expect(await rig.next()).toBe('5:4');
    expect(peer.bytes()).toHaveLength(0);
    faults.set(5n, null);
    expect(leadersIn(await peer.atLeast(2 * encodeNotificationMessage(vote(2n)).length), 0)).toEqual([1n, 2n]);
  });

  test('nothing is dialled over a cut; once it is healed the next vote is', async () => {
    const small = await fakePeer();
    const faults = new LinkFaults('[[1,{"kind":"cut"}]]');
    const rig = await electionPort(2, { faults, peers: new Map([[1, { host: '127.0.0.1', port: small.port }]]) });
    rig.port.send(1n, vote(1n));
    // Who asks to be dialled back is not either.
    await dial(rig.port.port, encodeHandshake(1n, `127.0.0.1:${small.port}`)).closed;
    faults.set(1n, null);
    const dialled = small.nextConnection();
    rig.port.send(1n, vote(2n));
    expect(leadersIn(await (await dialled).atLeast(HANDSHAKE_BYTES + 10), HANDSHAKE_BYTES)).toEqual([2n]);
  });

  test('a delay holds for the handshake and each vote, in their order', async () => {
    const small = await fakePeer();
    const faults = new LinkFaults('[[1,{"kind":"slow","delayMs":80}]]');
    const rig = await electionPort(2, { faults, peers: new Map([[1, { host: '127.0.0.1', port: small.port }]]) });
    const sentMs = performance.now();
    rig.port.send(1n, vote(1n));
    const dialled = await small.nextConnection();
    while (rig.port.connected.length === 0) await new Promise((resolve) => setImmediate(resolve));
    rig.port.send(1n, vote(2n));
    const size = encodeNotificationMessage(vote(2n)).length;
    expect(leadersIn(await dialled.atLeast(HANDSHAKE_BYTES + 2 * size), HANDSHAKE_BYTES)).toEqual([1n, 2n]);
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(79);
  });

  test('a dropped vote resets the connection, and comes on the next one', async () => {
    const faults = new LinkFaults();
    const rig = await electionPort(2, { faults, peers: new Map([[5, { host: '127.0.0.1', port: 1 }]]) });
    const first = dial(rig.port.port, encodeHandshake(5n, '127.0.0.1:1'), encodeNotificationMessage(vote(5n)));
    if (rig.received.length < 1) await rig.next();
    faults.set(5n, { kind: 'drop', percent: 100 });
    rig.port.send(5n, vote(2n));
    await first.closed;
    faults.set(5n, null);
    const second = dial(rig.port.port, encodeHandshake(5n, '127.0.0.1:1'));
    expect(leadersIn(await second.atLeast(10), 0)).toEqual([2n]);
  });
});
