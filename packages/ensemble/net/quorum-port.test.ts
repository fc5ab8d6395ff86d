import { connect, type Socket } from 'node:net';
import { makeZxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { encodePacket, PacketType, packet, type QuorumPacket, readPacket } from '@vivarium/wire/quorum-packet';
import { streamSnapshot } from '@vivarium/wire/snapshot';
import { afterEach, describe, expect, test } from 'vitest';
import { Database, type HeldSnapshot } from '../core/database.ts';
import { QuorumPort, type QuorumPortOptions } from './quorum-port.ts';

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Rig {
  readonly port: QuorumPort;
  /** What the port told, one entry each. */
  readonly log: string[];
  readonly packets: QuorumPacket[];
  readonly databases: Database[];
  heard(entry: string | RegExp): Promise<void>;
}

async function quorumPort(options: Partial<QuorumPortOptions> = {}): Promise<Rig> {
  const log: string[] = [];
  const waiting: { matches: (entry: string) => boolean; resolve: () => void }[] = [];
  const note = (entry: string): void => {
    log.push(entry);
    for (const waiter of waiting) if (waiter.matches(entry)) waiter.resolve();
  };
  const packets: QuorumPacket[] = [];
  const databases: Database[] = [];
  const port: QuorumPort = new QuorumPort(
    {
      host: '127.0.0.1',
      port: 0,
      setting: 'server.1',
      peers: new Map(),
      connectLimitMs: 2_000,
      firstPacketTimeoutMs: 60_000,
      ...options,
    },
    {
      learnerConnected: (link) => note(`learner ${link}`),
      leaderConnected: (link) => note(`leader ${link}`),
      leaderUnreachable: (link, reason) => note(`unreachable ${link} ${reason}`),
      packet: (link, received) => {
        packets.push(received);
        note(`packet ${link} ${received.type} ${packets.length}`);
      },
      snapshotReceived: (link, database) => {
        databases.push(database);
        note(`snapshot ${link} ${database.lastZxid}`);
      },
      closed: (link, reason) => note(`closed ${link} ${reason}`),
      flushWanted: () => setImmediate(() => port.flush()),
      warn: (message) => note(`warn ${message}`),
    },
  );
  await port.listen();
  cleanups.push(() => port.close());
  return {
    port,
    log,
    packets,
    databases,
    heard: (entry) => {
      const matches = (one: string): boolean => (typeof entry === 'string' ? one === entry : entry.test(one));
      if (log.some(matches)) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ matches, resolve });
      return promise;
    },
  };
}

function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  return socket;
}

/** A pair: a learner's port that has dialled a leader's. */
async function linked(): Promise<{ leader: Rig; learner: Rig }> {
  const leader = await quorumPort();
  const learner = await quorumPort({ peers: new Map([[2, { host: '127.0.0.1', port: leader.port.port }]]) });
  learner.port.connect(-1, 2);
  await learner.heard('leader -1');
  await leader.heard('learner 1');
  return { leader, learner };
}

/** A tree with so many nodes of a kilobyte below `/`. */
function databaseOf(nodes: number): Database {
  const database = new Database();
  for (let i = 1; i <= nodes; i++) {
    const acl = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
    const data = new Uint8Array(1024).fill(i);
    database.apply({
      header: { sessionId: 0n, cxid: i, zxid: makeZxid(1, i), timeMs: 1_000 },
      txn: { type: OpCode.create, path: `/node-${i}`, data, acl, ephemeral: false, parentCversion: i },
      digest: null,
    });
  }
  return database;
}

/** Counts releases: each snapshot must be given back once. */
function watched(snapshot: HeldSnapshot): { snapshot: HeldSnapshot; releases: () => number } {
  let releases = 0;
  const release = (): void => {
    releases++;
    snapshot.release();
  };
  const { zxid, sessions, acls, nodes, digest } = snapshot;
  return { snapshot: { zxid, sessions, acls, nodes, digest, release }, releases: () => releases };
}

const SAMPLES: readonly QuorumPacket[] = [
  packet(PacketType.PING, 5n),
  packet(PacketType.PROPOSAL, 0x100000001n, Uint8Array.from([1, 2, 3])),
  { type: PacketType.REQUEST, zxid: -1n, data: new Uint8Array(0), authinfo: [{ scheme: 'digest', id: 'a:b' }] },
  packet(PacketType.COMMIT, 0x100000001n),
];

describe('the quorum port', () => {
  test('packets come out whole, cut at every byte', async () => {
    const rig = await quorumPort();
    const stream = Buffer.concat(SAMPLES.map(encodePacket));
    for (let cut = 1; cut < stream.length; cut++) {
      const socket = dial(rig.port.port);
      const before = rig.packets.length;
      socket.write(stream.subarray(0, cut));
      await rig.heard(`learner ${cut}`);
      socket.write(stream.subarray(cut));
      await rig.heard(new RegExp(`^packet ${cut} ${PacketType.COMMIT} `));
      expect(rig.packets.slice(before)).toEqual(SAMPLES);
      socket.destroy();
    }
  });

  test('packets go both ways in their order', async () => {
    const { leader, learner } = await linked();
    for (const sample of SAMPLES) learner.port.send(-1, sample);
    await leader.heard(/^packet 1 .* 4$/);
    for (const sample of SAMPLES) leader.port.send(1, sample);
    await learner.heard(/^packet -1 .* 4$/);
    expect(leader.packets).toEqual(SAMPLES);
    expect(learner.packets).toEqual(SAMPLES);
  });

  test('a snapshot goes out between what was sent before and after it, and is released', async () => {
    const { leader, learner } = await linked();
    const database = databaseOf(5_000);
    const { snapshot, releases } = watched(database.snapshot());
    leader.port.send(1, packet(PacketType.SNAP, database.lastZxid));
    leader.port.sendSnapshot(1, snapshot);
    leader.port.send(1, packet(PacketType.NEWLEADER, 1n << 32n));
    await learner.heard(/^packet -1 10 /);
    expect(learner.log).toEqual(['leader -1', 'packet -1 15 1', `snapshot -1 ${database.lastZxid}`, 'packet -1 10 2']);
    expect(learner.databases[0]?.tree.digest).toBe(database.tree.digest);
    expect(releases()).toBe(1);
  });

  test('a snapshot cut at every byte around its ends', async () => {
    const database = databaseOf(2);
    const stream = Buffer.concat([
      encodePacket(packet(PacketType.SNAP, database.lastZxid)),
      ...streamSnapshot(database.snapshot()),
      encodePacket(packet(PacketType.UPTODATE, -1n)),
    ]);
    const { createServer } = await import('node:net');
    for (let cut = 1; cut < stream.length; cut += 7) {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.write(stream.subarray(0, cut), () => setImmediate(() => socket.write(stream.subarray(cut))));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const learner = await quorumPort({ peers: new Map([[2, { host: '127.0.0.1', port }]]) });
      learner.port.connect(-1, 2);
      await learner.heard('packet -1 12 2');
      expect(learner.databases[0]?.tree.digest).toBe(database.tree.digest);
      learner.port.close();
      server.close();
    }
  });

  test('a link that breaks in a snapshot releases it, and so does one that is gone', async () => {
    const { leader, learner } = await linked();
    const first = watched(databaseOf(20_000).snapshot());
    leader.port.sendSnapshot(1, first.snapshot);
    learner.port.closeLink(-1);
    await leader.heard(/^closed 1 /);
    expect(first.releases()).toBe(1);
    const second = watched(databaseOf(1).snapshot());
    leader.port.sendSnapshot(1, second.snapshot);
    expect(second.releases()).toBe(1);
  });

  test('a close goes out behind what was sent, and only the other side is told', async () => {
    const { leader, learner } = await linked();
    learner.port.send(-1, SAMPLES[0] ?? packet(PacketType.PING, 0n));
    learner.port.closeLink(-1);
    await leader.heard(/^closed 1 /);
    expect(leader.log.slice(1, 2)).toEqual([`packet 1 ${PacketType.PING} 1`]);
    expect(learner.log).toEqual(['leader -1']);
  });

  test.each([
    ['data of 2^31-1 bytes', [0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['data of -2 bytes', [0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0]],
    ['HTTP', [...Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')]],
  ])('%s is no packet: the link is closed, others live on', async (_, bytes) => {
    const rig = await quorumPort();
    const good = dial(rig.port.port);
    await rig.heard('learner 1');
    const bad = dial(rig.port.port);
    bad.write(Uint8Array.from(bytes));
    await rig.heard(/^closed 2 it sent what is no packet/);
    good.write(encodePacket(packet(PacketType.PING, 1n)));
    await rig.heard(/^packet 1 /);
  });

  test('a snapshot that is none closes the link', async () => {
    const { leader, learner } = await linked();
    leader.port.send(1, packet(PacketType.SNAP, 1n));
    for (let i = 0; i < 20; i++) leader.port.send(1, packet(PacketType.PROPOSAL, 1n, new Uint8Array(500).fill(0xee)));
    await learner.heard(/^closed -1 /);
  });

  test('who sends nothing at first is closed; who has sent a packet may be silent', async () => {
    const rig = await quorumPort({ firstPacketTimeoutMs: 60 });
    const talker = dial(rig.port.port);
    talker.write(encodePacket(packet(PacketType.PING, 1n)));
    await rig.heard(/^packet 1 /);
    dial(rig.port.port);
    await rig.heard(/^closed 2 no packet came within 60 ms/);
    expect(rig.log.some((entry) => entry.startsWith('closed 1'))).toBe(false);
  });

  test('links are limited', async () => {
    const rig = await quorumPort();
    const sockets = Array.from({ length: 256 }, () => dial(rig.port.port));
    await rig.heard('learner 256');
    const surplus = dial(rig.port.port);
    await new Promise((resolve) => surplus.once('close', resolve));
    for (const socket of sockets) socket.destroy();
    await rig.heard('closed 256 the other side closed the connection');
  });

  test('a leader that does not listen is unreachable after five attempts', async () => {
    const gone = await quorumPort();
    const { port } = gone.port;
    gone.port.close();
    const rig = await quorumPort({ peers: new Map([[2, { host: '127.0.0.1', port }]]) });
    const startedMs = performance.now();
    rig.port.connect(-1, 2);
    await rig.heard(/^unreachable -1 .*ECONNREFUSED/);
    expect(performance.now() - startedMs).toBeGreaterThan(350);
    rig.port.connect(-2, 9);
    await rig.heard('unreachable -2 server 9 is not in the configuration');
  });

  test('a leader that begins to listen meanwhile is reached, and a dial that is given up is silent', async () => {
    const late = await quorumPort();
    const { port } = late.port;
    late.port.close();
    const rig = await quorumPort({ peers: new Map([[2, { host: '127.0.0.1', port }]]) });
    rig.port.connect(-1, 2);
    rig.port.connect(-2, 2);
    rig.port.closeLink(-2);
    await quorumPort({ port });
    await rig.heard('leader -1');
    expect(rig.log).toEqual(['leader -1']);
  });

  test('what one packet encodes to is read back', () => {
    for (const sample of SAMPLES) expect(readPacket(encodePacket(sample), 0)?.packet).toEqual(sample);
  });
});
