import { connect, type Socket } from 'node:net';
import { makeZxid } from '@vivarium/shared/zxid';
import { JuteWriter } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import {
  encodeLearnerInfo,
  encodePacket,
  PacketType,
  PROTOCOL_VERSION,
  packet,
  type QuorumPacket,
  readPacket,
} from '@vivarium/wire/quorum-packet';
import { streamSnapshot } from '@vivarium/wire/snapshot';
import { afterEach, describe, expect, test } from 'vitest';
import { Database, type HeldSnapshot } from '../core/database.ts';
import { loopbackTurn } from '../tests/harness/loopback-turn.ts';
import { LinkFaults } from './link-faults.ts';
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
  /** How often each link told of bytes that move. */
  readonly progress: ReadonlyMap<number, number>;
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
  const progress = new Map<number, number>();
  const port: QuorumPort = new QuorumPort(
    {
      host: '127.0.0.1',
      port: 0,
      setting: 'server.1',
      peers: new Map(),
      connectLimitMs: 2_000,
      firstPacketTimeoutMs: 60_000,
      faults: new LinkFaults(),
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
      progress: (link) => {
        progress.set(link, (progress.get(link) ?? 0) + 1);
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
    progress,
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
async function linked(
  leaderFaults = new LinkFaults(),
  learnerFaults = new LinkFaults(),
): Promise<{ leader: Rig; learner: Rig }> {
  const leader = await quorumPort({ faults: leaderFaults });
  const peers = new Map([[2, { host: '127.0.0.1', port: leader.port.port }]]);
  const learner = await quorumPort({ peers, faults: learnerFaults });
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
    const database = databaseOf(20_000);
    const { snapshot, releases } = watched(database.snapshot());
    leader.port.send(1, packet(PacketType.SNAP, database.lastZxid));
    leader.port.sendSnapshot(1, snapshot);
    leader.port.send(1, packet(PacketType.NEWLEADER, 1n << 32n));
    await learner.heard(/^packet -1 10 /);
    expect(learner.log).toEqual(['leader -1', 'packet -1 15 1', `snapshot -1 ${database.lastZxid}`, 'packet -1 10 2']);
    expect(learner.databases[0]?.tree.digest).toBe(database.tree.digest);
    expect(releases()).toBe(1);
    // 20 MB: both sides are told meanwhile that it goes on.
    expect(leader.progress.get(1)).toBeGreaterThan(1);
    expect(learner.progress.get(-1)).toBeGreaterThan(10);
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

  test('links are limited: who has not introduced himself gives way, then who is not listed, and a server never', async () => {
    const rig = await quorumPort({ peers: new Map([[7, { host: '127.0.0.1', port: 1 }]]) });
    const introduce = (sid: number): Socket => {
      const socket = dial(rig.port.port);
      const info = encodeLearnerInfo({ sid, protocolVersion: PROTOCOL_VERSION, configVersion: 0n });
      socket.write(encodePacket(packet(PacketType.FOLLOWERINFO, 0n, info)));
      return socket;
    };
    introduce(7);
    await rig.heard(/^packet 1 /);
    introduce(99);
    await rig.heard(/^packet 2 /);
    for (let i = 3; i <= 256; i++) dial(rig.port.port);
    await rig.heard('learner 256');
    dial(rig.port.port);
    await rig.heard('closed 3 there are too many connections');
    for (let sid = 100; sid < 354; sid++) introduce(sid);
    await rig.heard(/^packet 511 /);
    introduce(354);
    await rig.heard('closed 2 there are too many connections');
    expect(rig.log.some((entry) => entry.startsWith('closed 1 '))).toBe(false);
  });

  test.each([
    { what: 'a field', bytes: new JuteWriter().int(11).long(0n).int(1025).finish() },
    { what: 'all of it', bytes: new JuteWriter().int(11).long(0n).int(-1).int(1001).finish() },
  ])('an introduction is short: $what', async ({ bytes }) => {
    const rig = await quorumPort();
    dial(rig.port.port).write(bytes);
    await rig.heard(/^closed 1 it sent what is no packet/);
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

/** What server 7 says first. */
const INTRODUCTION = packet(
  PacketType.OBSERVERINFO,
  0n,
  encodeLearnerInfo({ sid: 7, protocolVersion: PROTOCOL_VERSION, configVersion: 0n }),
);

/** A pair where the leader knows that server 7 is its learner. */
async function introduced(leaderFaults: LinkFaults): Promise<{ leader: Rig; learner: Rig }> {
  const pair = await linked(leaderFaults);
  pair.learner.port.send(-1, INTRODUCTION);
  await pair.leader.heard(/^packet 1 /);
  return pair;
}

/** All that a rig has had to say or to read is done: a round trip on the link the other way. */
async function roundTrip(from: Rig, link: number, to: Rig): Promise<void> {
  const before = to.packets.length;
  from.port.send(link, packet(PacketType.SYNC, 99n));
  await to.heard(new RegExp(`^packet -?\\d+ ${PacketType.SYNC} ${before + 1}$`));
}

describe('a faulty way to a learner', () => {
  test('a cut withholds everything, the other way stays, and healing delivers it in its order', async () => {
    const faults = new LinkFaults('[[7,{"kind":"cut"}]]');
    const { leader, learner } = await introduced(faults);
    const { snapshot, releases } = watched(databaseOf(3).snapshot());
    leader.port.send(1, packet(PacketType.SNAP, makeZxid(1, 3)));
    leader.port.sendSnapshot(1, snapshot);
    for (const sample of SAMPLES) leader.port.send(1, sample);
    await roundTrip(learner, -1, leader);
    expect(learner.packets).toEqual([]);
    faults.set(7n, null);
    await learner.heard(/COMMIT|^packet -1 4 5$/);
    expect(learner.log[1]).toBe(`packet -1 ${PacketType.SNAP} 1`);
    expect(learner.packets.slice(1)).toEqual(SAMPLES);
    expect(learner.databases).toHaveLength(1);
    expect(releases()).toBe(1);
  });

  test('the end of a connection is withheld as well', async () => {
    const faults = new LinkFaults();
    const { leader, learner } = await introduced(faults);
    faults.set(7n, { kind: 'cut' });
    leader.port.send(1, SAMPLES[0] ?? INTRODUCTION);
    leader.port.closeLink(1);
    await loopbackTurn();
    expect(learner.log).toEqual(['leader -1']);
    faults.set(7n, null);
    await learner.heard(/^closed -1 /);
    expect(learner.packets).toEqual([]);
  });

  test('more than there is room for resets the connection', async () => {
    const faults = new LinkFaults('[[7,{"kind":"cut"}]]');
    const { leader, learner } = await introduced(faults);
    const large = packet(PacketType.PROPOSAL, 1n, new Uint8Array(1024 * 1024));
    for (let i = 0; i < 64; i++) leader.port.send(1, large);
    await leader.heard('closed 1 more is withheld than there is room for');
    await learner.heard(/^closed -1 .*ECONNRESET/);
    expect(learner.packets).toEqual([]);
  });

  test('nothing is dialled over a cut; healed in time it is', async () => {
    const leader = await quorumPort();
    const faults = new LinkFaults('[[2,{"kind":"cut"}]]');
    const peers = new Map([[2, { host: '127.0.0.1', port: leader.port.port }]]);
    const short = await quorumPort({ peers, faults, connectLimitMs: 60 });
    short.port.connect(-1, 2);
    await short.heard(/^unreachable -1 .*no connection within 60 ms/);
    const learner = await quorumPort({ peers, faults });
    learner.port.connect(-1, 2);
    learner.port.connect(-2, 2);
    learner.port.closeLink(-2);
    expect(leader.log).toEqual([]);
    faults.set(2n, null);
    await learner.heard('leader -1');
    await leader.heard('learner 1');
    expect(learner.log).toEqual(['leader -1']);
  });

  test('a delay holds for each packet and for the end, and a shorter one for those that wait', async () => {
    const faults = new LinkFaults('[[7,{"kind":"slow","delayMs":60000}]]');
    const { leader, learner } = await introduced(faults);
    const sentMs = performance.now();
    for (const sample of SAMPLES) leader.port.send(1, sample);
    leader.port.closeLink(1);
    await loopbackTurn();
    expect(learner.log).toEqual(['leader -1']);
    faults.set(7n, { kind: 'slow', delayMs: 80 });
    await learner.heard(/^closed -1 /);
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(79);
    expect(learner.packets).toEqual(SAMPLES);
  });

  test('a dropped packet resets the connection, and nothing comes behind it', async () => {
    const faults = new LinkFaults();
    const { leader, learner } = await introduced(faults);
    leader.port.send(1, SAMPLES[0] ?? INTRODUCTION);
    await learner.heard(/^packet -1 /);
    faults.set(7n, { kind: 'drop', percent: 100 });
    for (const sample of SAMPLES) leader.port.send(1, sample);
    await leader.heard('closed 1 a message was dropped on purpose');
    await learner.heard(/^closed -1 /);
    expect(learner.packets).toEqual([SAMPLES[0]]);
  });

  test('a fault on the way to somebody else does no harm', async () => {
    const { leader, learner } = await introduced(new LinkFaults('[[8,{"kind":"cut"}]]'));
    await roundTrip(leader, 1, learner);
    expect(learner.packets).toHaveLength(1);
  });
});
