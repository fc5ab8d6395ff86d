/**
 * What clients have been seen to do to a server with frames of the right shape: each of these once took memory without end, or
 * all of a server's time, or its leader.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rssMib } from '../fuzz/footprint.ts';
import { Bytes, createBody, op, RawConnection, type Reply, requestFrame } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';

const GET_CHILDREN = 8;
const MULTI = 14;
const MULTI_READ = 22;
const AUTH = 100;
const MARSHALLING_ERROR = -5;
const MEGABYTE = 1_000_000;
/** Of a server that has nothing to do about 110; garbage that nobody has collected yet comes on top. */
const MAX_RSS_MIB = 700;

describe('frames of one client', () => {
  let ensemble: TestEnsemble;
  let follower: TestServer;
  let bystander: RawConnection;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ servers: 3, flavours: 'vivarium' });
    const leader = await ensemble.waitForLeader();
    const [first] = ensemble.servers.filter((server) => server !== leader);
    if (first === undefined) throw new Error('no follower');
    follower = first;
    bystander = await RawConnection.openSession(follower.clientPort, 30_000);
  });

  afterAll(async () => {
    bystander?.destroy();
    await ensemble?.stop();
  });

  function attacker(): Promise<RawConnection> {
    return RawConnection.openSession(follower.clientPort, 20_000);
  }

  /** The follower has its leader still, and takes little memory; `most`: what it took meanwhile. */
  async function expectUnharmed(most = rssMib(follower)): Promise<void> {
    // A server that looks for a leader closes all its clients.
    expect((await bystander.request(op.getData, readBody('/zookeeper')))?.error).toBe(0);
    expect(follower.stdout.text.match(/looking for a leader/g)).toBeNull();
    expect(most).toBeLessThan(MAX_RSS_MIB);
  }

  test('with more ids than a leader takes do not cost the follower its link', async () => {
    const client = await attacker();
    let added = 0;
    for (let refused = false; !refused && added < 1_100; added++) {
      client.send(new Bytes().int(-4).int(AUTH).int(0).field('digest').field(`:${added}`).frame);
      refused = (await client.nextReply())?.error !== 0;
    }
    expect(added).toBeLessThan(1_000);
    const other = await attacker();
    expect((await other.request(op.create, createBody('/ids', '')))?.error).toBe(0);
    await expectUnharmed();
  });

  test('that ask 60,000 times for a znode of 1 MB at once are answered as far as there is room', async () => {
    const client = await attacker();
    expect((await client.request(op.create, createBody('/large', Buffer.alloc(MEGABYTE))))?.error).toBe(0);
    const read = new Bytes().int(op.getData).byte(0).int(-1).field('/large').byte(0).buffer;
    const count = 50_000;
    const reads = Buffer.concat([...Array.from({ length: count }, () => read), endOfMulti()]);
    const reply = await client.request(MULTI_READ, reads);
    expect(reply?.error).toBe(0);
    expect(reply?.body.length).toBeGreaterThan(10 * MEGABYTE);
    expect(reply?.body.length).toBeLessThan(30 * MEGABYTE);
    // The last result, before the end: {-1, 0, code} and the code once more.
    expect(reply?.body.readInt32BE(reply.body.length - 9 - 4)).toBe(MARSHALLING_ERROR);
    client.destroy();
    await expectUnharmed();
  });

  test('that ask for nodes with long ACLs and create below long data take the others no time', async () => {
    const client = await attacker();
    const entries = Array.from({ length: 30_000 }, (_, n) => new Bytes().int(1).field('digest').field(`${n}:b`).buffer);
    const acl = Buffer.concat([new Bytes().int(entries.length + 1).buffer, ...entries]);
    const all = new Bytes().int(31).field('world').field('anyone').int(0).buffer;
    const created = Buffer.concat([new Bytes().field('/guarded').field('').buffer, acl, all]);
    expect((await client.request(op.create, created))?.error).toBe(0);
    expect((await client.request(op.create, createBody('/parent', Buffer.alloc(MEGABYTE))))?.error).toBe(0);
    for (let n = 0; n < 40; n++) {
      client.send(new Bytes().int(-4).int(AUTH).int(0).field('digest').field(`u:${n}`).frame);
      expect((await client.nextReply())?.error).toBe(0);
    }
    // Each of these took a server 50 ms, and each of those the leader 2: far longer than a follower may be silent.
    client.send(Buffer.concat(Array.from({ length: 2_000 }, () => requestFrame(1, op.getData, readBody('/guarded')))));
    const child = Buffer.concat([new Bytes().int(op.create).byte(0).int(-1).buffer, createBody('/parent/n', '', 2)]);
    const creations = Buffer.concat([...Array.from({ length: 10_000 }, () => child), endOfMulti()]);
    client.send(requestFrame(2, MULTI, creations));
    for (let n = 0; n < 2_000; n++) expect(await client.nextReply()).toMatchObject({ xid: 1, error: 0 });
    expect(await client.nextReply()).toMatchObject({ xid: 2, error: 0 });
    client.destroy();
    await expectUnharmed();
  });

  test('on sixty connections for long lists of children leave a follower time for its leader', async () => {
    const client = await attacker();
    const name = 'n'.repeat(100);
    for (let n = 0; n < 20_000; n += 1_000) {
      const child = (k: number): Buffer =>
        Buffer.concat([new Bytes().int(op.create).byte(0).int(-1).buffer, createBody(`/${name}${n + k}`, '', 1)]);
      const made = Buffer.concat([...Array.from({ length: 1_000 }, (_, k) => child(k)), endOfMulti()]);
      expect((await client.request(MULTI, made))?.error).toBe(0);
    }
    const lists = Buffer.concat(Array.from({ length: 50 }, () => requestFrame(1, GET_CHILDREN, readBody('/'))));
    const clients = await Promise.all(Array.from({ length: 60 }, () => attacker()));
    for (const one of clients) {
      one.stopReading();
      one.send(lists);
    }
    // In its turn, behind all of them.
    expect((await bystander.request(op.getData, readBody('/zookeeper')))?.error).toBe(0);
    for (const one of [client, ...clients]) one.destroy();
    await expectUnharmed();
  });

  test('that read much behind a write, whose answers nobody takes, wait where they are', async () => {
    const client = await attacker();
    expect((await client.request(op.create, createBody('/much', Buffer.alloc(MEGABYTE))))?.error).toBe(0);
    client.stopReading();
    const writes = Array.from({ length: 20 }, () =>
      requestFrame(1, op.create, createBody('/s-', Buffer.alloc(200_000), 3)),
    );
    const reads = Array.from({ length: 900 }, () => requestFrame(2, op.getData, readBody('/much')));
    client.send(Buffer.concat([...writes, ...reads]));
    let most = 0;
    for (let look = 0; look < 40; look++) {
      await bystander.request(op.getData, readBody('/zookeeper'));
      most = Math.max(most, rssMib(follower));
    }
    // Behind the last write of the attacker's, everything is answered that ever will be.
    expect((await bystander.request(op.create, createBody('/s-', '', 3)))?.error).toBe(0);
    client.destroy();
    await expectUnharmed(Math.max(most, rssMib(follower)));
  });

  test('in writes of 1 MB on fifty connections do not push aside what the follower owes its leader', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => attacker()));
    const write = requestFrame(
      1,
      op.setData,
      new Bytes().field('/zookeeper/quota').field(Buffer.alloc(MEGABYTE)).int(-1).buffer,
    );
    const answers: Promise<Reply | undefined>[] = [];
    let most = 0;
    for (const client of clients) {
      for (let round = 0; round < 2; round++) {
        client.send(write);
        answers.push(
          client.nextReply().finally(() => {
            most = Math.max(most, rssMib(follower));
          }),
        );
      }
    }
    for (const answer of answers) expect((await answer)?.error).toBe(0);
    for (const client of clients) client.destroy();
    await expectUnharmed(most);
  });
});

test('more connections than there may be files leave the log and its snapshots theirs', async () => {
  const ensemble = await TestEnsemble.start({
    servers: 1,
    flavours: 'vivarium',
    prefix: ['prlimit', '--nofile=128:128', '--'],
    extra: { snapCount: 10, preAllocSize: 64 },
  });
  const sockets: Socket[] = [];
  try {
    const [server] = ensemble.servers;
    if (server === undefined) throw new Error('no server');
    const client = await RawConnection.openSession(server.clientPort);
    const settled: Promise<unknown>[] = [];
    for (let n = 0; n < 300; n++) {
      const socket = connect({ port: server.clientPort, host: '127.0.0.1', localAddress: `127.0.1.${1 + (n % 50)}` });
      socket.on('error', () => undefined);
      settled.push(Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined));
      sockets.push(socket);
    }
    await Promise.all(settled);
    // Each of some of these begins a new log and a snapshot.
    for (let n = 0; n < 60; n++) expect((await client.request(op.create, createBody('/n-', '', 2)))?.error).toBe(0);
    expect(server.running).toBe(true);
    client.destroy();
  } finally {
    for (const socket of sockets) socket.destroy();
    await ensemble.stop();
  }
});

function readBody(path: string): Buffer {
  return new Bytes().field(path).byte(0).buffer;
}

function endOfMulti(): Buffer {
  return new Bytes().int(-1).byte(1).int(-1).buffer;
}
