import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';

const SESSIONLESS_TIMEOUT_MS = 1_500;
const MAX_FRAME = 1_048_575;
const MARSHALLING_ERROR = -5;
const UNIMPLEMENTED = -6;
const BAD_ARGUMENTS = -8;
const NO_NODE = -101;

/** A body that names a path and asks for no watch. */
function readBody(path: string): Buffer {
  return new Bytes().field(path).byte(0).buffer;
}

describe.each([
  { name: 'one server', servers: 1, flavour: flavourUnderTest },
  { name: 'three servers', servers: 3, flavour: flavourUnderTest },
  { name: 'one Apache server', servers: 1, flavour: 'apache' },
] as const)('bad input to $name', ({ servers, flavour }) => {
  let ensemble: TestEnsemble;
  let bystander: RawConnection;
  let port: number;
  let modes: (string | undefined)[];

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({
      servers,
      flavours: flavour,
      extra: { 'nio.sessionlessCnxnTimeout': SESSIONLESS_TIMEOUT_MS },
    });
    port = ensemble.server(0).clientPort;
    bystander = await RawConnection.openSession(port, 60_000);
    modes = await currentModes();
  });

  afterAll(async () => {
    await ensemble?.stop();
  });

  async function currentModes(): Promise<(string | undefined)[]> {
    return Promise.all(ensemble.servers.map(async (server) => (await server.status())?.mode));
  }

  /** The server goes on: an older connection is untouched, a new one can write, and roles are as they were. */
  async function expectUnharmed(): Promise<void> {
    expect((await bystander.request(op.getData, readBody('/zookeeper')))?.error).toBe(0);
    const fresh = await RawConnection.openSession(port);
    expect((await fresh.request(op.create, createBody('/alive-', '', 3)))?.error).toBe(0);
    fresh.destroy();
    expect(await currentModes()).toEqual(modes);
  }

  describe.each([
    { when: 'before a session', open: () => RawConnection.open(port) },
    { when: 'in a session', open: () => RawConnection.openSession(port) },
  ])('$when', ({ open }) => {
    test.each([
      { name: 'one byte too long', length: MAX_FRAME + 1 },
      { name: 'as long as can be said', length: 0x7fffffff },
      { name: 'negative', length: -1 },
      { name: 'most negative', length: -0x80000000 },
      { name: 'zero', length: 0 },
    ])('security 1: a frame whose length is $name: closed without a reply', async ({ length }) => {
      const connection = await open();
      connection.send(new Bytes().int(length).buffer);
      expect(await connection.nextFrame()).toBeUndefined();
      await expectUnharmed();
    });

    test('a frame that is cut off by the end of the connection', async () => {
      const connection = await open();
      connection.send(new Bytes().int(100).raw(randomBytes(10)).buffer);
      connection.destroy();
      await expectUnharmed();
    });
  });

  test('security 5: a connect request that is too short is closed', async () => {
    const connection = await RawConnection.open(port);
    connection.send(new Bytes().int(0).long(0n).frame);
    expect(await connection.nextFrame()).toBeUndefined();
    await expectUnharmed();
  });

  test('security 5: random bytes instead of a connect request', async () => {
    for (let size = 1; size <= 4096; size *= 4) {
      const connection = await RawConnection.open(port);
      connection.send(randomBytes(size));
      connection.destroy();
    }
    await expectUnharmed();
  });

  test('requests that follow the connect request at once are answered behind it', async () => {
    const connection = await RawConnection.open(port);
    const connect = new Bytes().int(0).long(0n).int(10_000).long(0n).field(new Uint8Array(16)).byte(0).frame;
    const reads = Array.from({ length: 50 }, (_, at) => requestFrame(at + 1, op.getData, readBody('/zookeeper')));
    connection.send(Buffer.concat([connect, ...reads]));
    expect((await connection.nextFrame())?.length).toBe(37);
    for (const at of reads.keys()) expect(await connection.nextReply()).toMatchObject({ xid: at + 1, error: 0 });
    connection.destroy();
    await expectUnharmed();
  });

  test('a zxid from the future is closed without a reply', async () => {
    const connection = await RawConnection.open(port);
    connection.send(
      new Bytes()
        .int(0)
        .long(1n << 60n)
        .int(10_000)
        .long(0n)
        .field(new Uint8Array(16))
        .byte(0).frame,
    );
    expect(await connection.nextFrame()).toBeUndefined();
    await expectUnharmed();
  });

  test.each([
    { name: 'an empty body', body: Buffer.alloc(0) },
    { name: 'a path that ends early', body: new Bytes().int(10).raw(Buffer.from('/abc')).buffer },
    { name: 'a vector of 2^31-1', body: new Bytes().field('/v').field('').int(0x7fffffff).buffer },
    { name: 'a string of 2^31-1', body: new Bytes().int(0x7fffffff).buffer },
    { name: 'a string of -2', body: new Bytes().int(-2).buffer },
  ])('security 5: a create with $name: marshalling error, and the connection goes on', async ({ body }) => {
    const connection = await RawConnection.openSession(port);
    expect((await connection.request(op.create, body))?.error).toBe(MARSHALLING_ERROR);
    expect((await connection.request(op.exists, readBody('/v')))?.error).toBe(NO_NODE);
    connection.destroy();
    await expectUnharmed();
  });

  test.each([
    { name: 'an empty segment', path: '//b' },
    { name: 'a segment ..', path: '/a/..' },
    { name: 'a segment .', path: '/a/.' },
    { name: 'a NUL', path: '/a\0b' },
    { name: 'a control character', path: '/a\u0007' },
    { name: 'no leading slash', path: 'abc' },
    { name: 'a trailing slash', path: '/a/' },
    { name: 'nothing at all', path: '' },
    { name: 'invalid UTF-8', path: Buffer.from([0x2f, 0xc3, 0x28, 0xff]) },
    { name: 'half a surrogate pair', path: Buffer.from([0x2f, 0xed, 0xa0, 0x80]) },
  ])('a create whose path has $name: bad arguments', async ({ path }) => {
    const connection = await RawConnection.openSession(port);
    // The parent is looked up first: it exists, so that only the path itself is wrong.
    await connection.request(op.create, createBody('/a', ''));
    expect((await connection.request(op.create, createBody(path, '')))?.error).toBe(BAD_ARGUMENTS);
    expect((await connection.request(op.exists, readBody('/zookeeper')))?.error).toBe(0);
    connection.destroy();
    await expectUnharmed();
  });

  test.each(['/a//b', '/a/../b', '/./b'])('a create of %s: no node, because its parent is not a path', async (path) => {
    const connection = await RawConnection.openSession(port);
    expect((await connection.request(op.create, createBody(path, '')))?.error).toBe(NO_NODE);
    connection.destroy();
    await expectUnharmed();
  });

  test('a create with unknown flags: bad arguments', async () => {
    const connection = await RawConnection.openSession(port);
    expect((await connection.request(op.create, createBody('/flags', '', 77)))?.error).toBe(BAD_ARGUMENTS);
    connection.destroy();
    await expectUnharmed();
  });

  test.each([999, -1, 0, 0x7fffffff])('operation %i: unimplemented with zxid -1, then closed', async (type) => {
    const connection = await RawConnection.openSession(port);
    expect(await connection.request(type)).toEqual({
      xid: 1,
      zxid: -1n,
      error: UNIMPLEMENTED,
      body: Buffer.alloc(0),
    });
    expect(await connection.nextFrame()).toBeUndefined();
    await expectUnharmed();
  });

  if (flavour === 'vivarium') {
    // Each of these harms the reference: a server of 3.8.0 dies, or leaves a log that no restart can read.
    test.each([
      { name: 'a check outside a multi', type: op.check, body: new Bytes().field('/zookeeper').int(-1).buffer },
      {
        name: 'a createTTL with the flags of a plain node and ttl -1',
        type: op.createTtl,
        body: Buffer.concat([createBody('/ttl', ''), new Bytes().long(-1n).buffer]),
      },
      { name: 'a deleteContainer from a client', type: op.deleteContainer, body: Buffer.from('/zookeeper') },
    ])('$name is refused, also after a restart', async ({ type, body }) => {
      const connection = await RawConnection.openSession(port);
      const reply = await connection.request(type, body);
      expect(reply?.error ?? UNIMPLEMENTED).not.toBe(0);
      await expectUnharmed();
      await ensemble.server(0).restart();
      await ensemble.waitUntilServing();
      modes = await currentModes();
      bystander = await RawConnection.openSession(port, 60_000);
      await expectUnharmed();
    });
  }

  test('a flood of pings, reads and writes whose answers are never read is not the death of the others', async () => {
    const flooder = await RawConnection.openSession(port);
    const flood = Buffer.concat(
      Array.from({ length: 2_000 }, (_, index) => requestFrame(index + 1, op.getData, readBody('/zookeeper'))),
    );
    flooder.send(flood);
    flooder.destroy();
    await expectUnharmed();
  });

  test('security 3: a silent connection, and one that sends half a length, are closed after the sessionless timeout', async () => {
    const started = performance.now();
    const silent = await RawConnection.open(port);
    const slow = await RawConnection.open(port);
    slow.send(Buffer.from([0, 0]));
    await Promise.all([silent.closed, slow.closed]);
    const elapsedMs = performance.now() - started;
    expect(elapsedMs).toBeGreaterThan(SESSIONLESS_TIMEOUT_MS * 0.5);
    // Connections expire in buckets of the timeout: one may live twice as long.
    expect(elapsedMs).toBeLessThan(SESSIONLESS_TIMEOUT_MS * 2.5);
    await expectUnharmed();
  });

  // One server alone has neither port.
  if (servers > 1)
    test('garbage on the election and quorum ports of every server', async () => {
      const garbage = [
        Buffer.alloc(0),
        Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
        Buffer.alloc(64, 0xff),
        Buffer.alloc(64),
        randomBytes(4_000),
        // An election handshake that claims a huge address, one with text for an address, and a message of 2^31-1 bytes.
        new Bytes().long(-65_536n).long(2n).int(0x7fffffff).buffer,
        new Bytes().long(-65_536n).long(99n).field('not an address').buffer,
        new Bytes().long(-65_536n).long(99n).field('127.0.0.1:1').int(0x7fffffff).buffer,
        new Bytes().long(-65_536n).long(99n).field('127.0.0.1:1').int(40).raw(randomBytes(40)).buffer,
        // Quorum packets: an unknown type, data of 2^31-1 bytes, a follower that says nothing about itself, an ACK.
        new Bytes().int(12_345).long(0n).int(-1).int(-1).buffer,
        new Bytes().int(11).long(0n).int(0x7fffffff).buffer,
        new Bytes().int(11).long(0n).int(20).raw(randomBytes(20)).int(0x7fffffff).buffer,
        new Bytes().int(3).long(0n).int(-1).int(-1).buffer,
      ];
      for (const line of ensemble.lines) {
        for (const target of [line.electionPort, line.quorumPort]) {
          for (const bytes of garbage) {
            // Only the leader listens on its quorum port.
            const connection = await RawConnection.open(target).catch(() => undefined);
            connection?.send(bytes);
          }
        }
        await expectUnharmed();
      }
      // Nothing of that may come to light later either, when an election uses what the ports have heard.
      const killed = await ensemble.killLeader();
      await ensemble.waitForLeader();
      killed.start();
      await ensemble.waitUntilServing();
    });
});

describe.each([flavourUnderTest, 'apache'] as const)('connections to a server of %s', (flavour) => {
  test('security 4: the 61st from one address is refused, and the others go on', async () => {
    const ensemble = await TestEnsemble.start({ servers: 1, flavours: flavour, extra: { maxClientCnxns: 60 } });
    const { clientPort } = ensemble.server(0);
    const connections: RawConnection[] = [];
    try {
      // What the harness asked with may not be counted out yet.
      await pollUntil(async () => ((await ensemble.server(0).status())?.connections === 1 ? true : undefined), {
        deadlineMs: 10_000,
        describe: () => 'no connection but the one that asks',
      });
      while (connections.length < 60) {
        const one = await RawConnection.openSession(clientPort).catch(() => undefined);
        if (one !== undefined) connections.push(one);
      }
      const [first, ...rest] = connections;
      // It may be closed before this side has noticed that it is open.
      const beyond = await RawConnection.open(clientPort).catch(() => undefined);
      beyond?.send(new Bytes().int(0).long(0n).int(4000).long(0n).field(new Uint8Array(16)).byte(0).frame);
      expect(await beyond?.nextFrame()).toBeUndefined();
      for (const one of rest) expect((await one.request(op.exists, readBody('/zookeeper')))?.error).toBe(0);
      first?.destroy();
      await first?.closed;
      const next = await pollUntil(() => RawConnection.openSession(clientPort).catch(() => undefined), {
        deadlineMs: 10_000,
        describe: () => 'room for another',
      });
      next.destroy();
    } finally {
      for (const one of connections) one.destroy();
      await ensemble.stop();
    }
  });
});
