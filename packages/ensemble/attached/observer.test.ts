import { makeZxid } from '@vivarium/shared/zxid';
import { ServerState } from '@vivarium/wire/election';
import { JuteWriter } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import {
  decodeLearnerInfo,
  PacketType,
  PROTOCOL_VERSION,
  packet,
  type QuorumPacket,
} from '@vivarium/wire/quorum-packet';
import { streamSnapshot } from '@vivarium/wire/snapshot';
import { encodeTxn } from '@vivarium/wire/txn';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Database } from '../core/database.ts';
import {
  type FakeLearner,
  type FakePort,
  fakeElectionPort,
  fakeQuorumPort,
  voteOf,
} from '../tests/harness/fake-server.ts';
import { pollUntil } from '../tests/harness/poll.ts';
import { freePorts } from '../tests/harness/ports.ts';
import type { AttachedMember } from './attached-member.ts';
import { Observer } from './observer.ts';
import type { ObserverOptions } from './observer-events.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Rig {
  readonly observer: Observer;
  /** What it told, one entry each. */
  readonly log: string[];
  readonly reasons: Readonly<Record<string, string | number>>[];
  /** The tree that was told of last. */
  readonly tree: { database: Database | null };
  heard(entry: string | RegExp, count?: number): Promise<void>;
}

function observe(members: readonly AttachedMember[], options: Partial<ObserverOptions> = {}): Rig {
  const log: string[] = [];
  const reasons: Rig['reasons'] = [];
  const tree: Rig['tree'] = { database: null };
  const observer = new Observer(
    { members, ...options },
    {
      state: (state) => {
        const { kind, ...rest } = state;
        log.push([kind, ...Object.values(rest)].join(' '));
      },
      installed: (database) => {
        tree.database = database;
        log.push(`installed ${database.tree.nodeCount} at ${database.lastZxid}`);
      },
      applying: ({ header }, database) => log.push(`applying ${header.zxid} to ${database.lastZxid}`),
      applied: ({ header }, { err }, database) => log.push(`applied ${header.zxid} ${err} ${database.lastZxid}`),
      failed: (sid, { code, params }) => {
        reasons.push(params);
        log.push(`failed ${sid} ${code}`);
      },
    },
  );
  cleanups.push(() => observer.close());
  const heard = async (entry: string | RegExp, count = 1): Promise<void> => {
    const matches = (line: string): boolean => (typeof entry === 'string' ? line === entry : entry.test(line));
    await pollUntil(async () => (log.filter(matches).length >= count ? true : undefined), {
      deadlineMs: 15_000,
      intervalMs: 5,
      describe: () => `${entry} in\n${log.join('\n')}`,
    });
  };
  observer.start();
  return { observer, log, reasons, tree, heard };
}

/** A leader of epoch 1, server 1, alone: each learner's introduction and ACKEPOCH are noted, what comes then the test says. */
interface FakeLeader {
  readonly members: readonly AttachedMember[];
  readonly quorum: FakePort;
  readonly election: FakePort;
  /** Introductions, ACKEPOCHs and all else. */
  readonly received: QuorumPacket[];
}

async function fakeLeader(
  synchronise: (learner: FakeLearner, attempt: number) => void,
  epochOf: (attempt: number) => number = () => 1,
  electedWith = 0n,
): Promise<FakeLeader> {
  const received: QuorumPacket[] = [];
  let attempts = 0;
  const quorum = await fakeQuorumPort((got, learner) => {
    received.push(got);
    if (got.type === PacketType.OBSERVERINFO) {
      attempts++;
      const version = new JuteWriter().int(PROTOCOL_VERSION).finish();
      learner.send(packet(PacketType.LEADERINFO, makeZxid(epochOf(attempts), 0), version));
    }
    if (got.type === PacketType.ACKEPOCH) synchronise(learner, attempts);
  });
  const election = await fakeElectionPort(() => voteOf(ServerState.LEADING, 1, epochOf(attempts + 1), electedWith));
  cleanups.push(
    () => quorum.close(),
    () => election.close(),
  );
  const members = [
    { sid: 1, role: 'participant', quorum: quorum.endpoint, election: election.endpoint, client: null } as const,
  ];
  return { members, quorum, election, received };
}

function snapshotOf(database: Database): Uint8Array {
  return Buffer.concat([...streamSnapshot(database.snapshot())]);
}

function databaseAt(zxid: bigint, ...paths: readonly string[]): Database {
  const database = new Database();
  for (const [index, path] of paths.entries()) database.apply(creation(BigInt(index) + 1n, path));
  database.lastZxid = zxid;
  return database;
}

function creation(zxid: bigint, path: string): Parameters<Database['apply']>[0] {
  const acl = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];
  const data = new TextEncoder().encode(path);
  return {
    header: { sessionId: 7n, cxid: 1, zxid, timeMs: 1_795_266_000_000 },
    txn: { type: OpCode.create, path, data, acl, ephemeral: false, parentCversion: 1 },
    digest: null,
  };
}

function encoded({ header, txn, digest }: ReturnType<typeof creation>): Uint8Array {
  return encodeTxn(header, txn, digest);
}

/** Brings a learner up to date by a snapshot and lets it serve. */
function bySnapshot(learner: FakeLearner, database: Database, epoch = 1): void {
  learner.send(packet(PacketType.SNAP, database.lastZxid));
  learner.sendRaw(snapshotOf(database));
  learner.send(packet(PacketType.NEWLEADER, makeZxid(epoch, 0)), packet(PacketType.UPTODATE, -1n));
}

const FIRST = makeZxid(1, 1);

describe('with a leader', () => {
  test('it says that it has accepted nothing and that its configuration is of no version; it answers a PING with no sessions', async () => {
    let said: FakeLearner | null = null;
    const leader = await fakeLeader((learner) => {
      said = learner;
      bySnapshot(learner, databaseAt(FIRST, '/a', '/b'));
    });
    const rig = observe(leader.members);
    await rig.heard('following 1 1');
    expect(rig.log).toEqual([
      'looking',
      'connecting 1',
      'synchronising 1 SNAP',
      `installed 6 at ${FIRST}`,
      'following 1 1',
    ]);
    expect(new TextDecoder().decode(rig.tree.database?.tree.get('/a')?.data ?? undefined)).toBe('/a');
    const [info, ackEpoch] = leader.received;
    expect(info).toMatchObject({ type: PacketType.OBSERVERINFO, zxid: 0n });
    const introduced = decodeLearnerInfo(info?.data ?? new Uint8Array());
    expect(introduced).toMatchObject({ protocolVersion: PROTOCOL_VERSION, configVersion: 0n });
    expect(introduced.sid).toBeGreaterThanOrEqual(2 ** 52);
    expect(ackEpoch).toMatchObject({ type: PacketType.ACKEPOCH, zxid: 0n });
    const learner = said as FakeLearner | null;
    learner?.send(packet(PacketType.PING, FIRST));
    const ping = await pollUntil(async () => leader.received.find(({ type }) => type === PacketType.PING), {
      deadlineMs: 5_000,
      intervalMs: 5,
      describe: () => 'an answer to the PING',
    });
    expect(ping).toMatchObject({ zxid: FIRST, data: new Uint8Array(0) });
    await pollUntil(async () => (leader.election.open === 0 ? true : undefined), {
      deadlineMs: 5_000,
      describe: () => 'no connection to the election port, which nobody needs now',
    });
  });

  test('it tells of each transaction before and after it, and resumes by what is missing', async () => {
    const next = makeZxid(1, 2);
    const leader = await fakeLeader((learner, attempt) => {
      if (attempt === 1) {
        bySnapshot(learner, databaseAt(FIRST, '/a'));
        return;
      }
      const missed = encoded(creation(next, '/b'));
      learner.send(
        packet(PacketType.DIFF, next),
        packet(PacketType.PROPOSAL, next, missed),
        packet(PacketType.COMMIT, next),
        packet(PacketType.NEWLEADER, makeZxid(1, 0)),
        packet(PacketType.UPTODATE, -1n),
      );
      learner.send(packet(PacketType.INFORM, next + 1n, encoded(creation(next + 1n, '/c'))));
    });
    const rig = observe(leader.members);
    await rig.heard('following 1 1');
    leader.quorum.endAll();
    await rig.heard(`applied ${next + 1n} 0 ${next + 1n}`);
    expect(rig.log.slice(5)).toEqual([
      'failed 1 unreachable',
      'looking',
      'connecting 1',
      'synchronising 1 DIFF',
      `applying ${next} to ${FIRST}`,
      `applied ${next} 0 ${next}`,
      'following 1 1',
      `applying ${next + 1n} to ${next}`,
      `applied ${next + 1n} 0 ${next + 1n}`,
    ]);
    const acks = leader.received.filter(({ type }) => type === PacketType.ACKEPOCH);
    expect(acks.map(({ zxid }) => zxid)).toEqual([0n, FIRST]);
    expect(leader.received.filter(({ type }) => type === PacketType.REQUEST)).toEqual([]);
  });

  test('what the leader does not know is given up with all else, and comes anew by a snapshot', async () => {
    const leader = await fakeLeader((learner, attempt) => {
      if (attempt === 1) bySnapshot(learner, databaseAt(makeZxid(1, 9), '/a', '/lost'));
      else if (attempt === 2) learner.send(packet(PacketType.TRUNC, makeZxid(1, 8)));
      else bySnapshot(learner, databaseAt(makeZxid(1, 8), '/a'));
    });
    const rig = observe(leader.members);
    await rig.heard('following 1 1');
    leader.quorum.endAll();
    await rig.heard('following 1 1', 2);
    const acks = leader.received.filter(({ type }) => type === PacketType.ACKEPOCH);
    expect(acks.map(({ zxid }) => zxid)).toEqual([0n, makeZxid(1, 9), 0n]);
    expect(rig.log.filter((line) => line.startsWith('installed'))).toEqual([
      `installed 6 at ${makeZxid(1, 9)}`,
      `installed 5 at ${makeZxid(1, 8)}`,
    ]);
    expect(rig.log.filter((line) => line.startsWith('failed'))).toEqual(['failed 1 unreachable']);
  });

  test('a leader of an older epoch is not followed at first; an ensemble that began anew is', async () => {
    const leader = await fakeLeader(
      (learner, attempt) => {
        if (attempt === 1) bySnapshot(learner, databaseAt(makeZxid(5, 1), '/old'), 5);
        else bySnapshot(learner, databaseAt(makeZxid(1, 1)), 1);
      },
      (attempt) => (attempt === 1 ? 5 : 1),
    );
    const rig = observe(leader.members);
    await rig.heard('following 1 5');
    leader.quorum.endAll();
    await rig.heard('following 1 1');
    expect(rig.log.filter((line) => line === 'connecting 1').length).toBeGreaterThan(3);
    expect(rig.tree.database?.tree.get('/old')).toBeUndefined();
  });

  test('a snapshot from the first moment of an epoch is called by the transaction that the leader was elected with', async () => {
    const last = makeZxid(3, 17);
    const leader = await fakeLeader(
      (learner) => bySnapshot(learner, databaseAt(makeZxid(4, 0), '/a'), 4),
      () => 4,
      last,
    );
    const rig = observe(leader.members);
    await rig.heard('following 1 4');
    expect(rig.log).toContain(`installed 5 at ${last}`);
    leader.quorum.endAll();
    await rig.heard('following 1 4', 2);
    const acks = leader.received.filter(({ type }) => type === PacketType.ACKEPOCH);
    expect(acks.map(({ zxid }) => zxid)).toEqual([0n, last]);
  });

  test('a leader that falls silent is given up after ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    cleanups.push(() => void vi.useRealTimers());
    const leader = await fakeLeader((learner) => bySnapshot(learner, databaseAt(FIRST)));
    const rig = observe(leader.members);
    vi.advanceTimersByTime(0);
    await rig.heard('following 1 1');
    vi.advanceTimersByTime(9_000);
    expect(rig.log.at(-1)).toBe('following 1 1');
    vi.advanceTimersByTime(2_000);
    await rig.heard('failed 1 silent');
    expect(rig.log.at(-1)).toBe('looking');
  });

  test('a tree that turns out not to be the leader’s any more is asked for anew, once', async () => {
    const next = makeZxid(1, 2);
    // Both trees are the same but for what the second transaction says that they are.
    const withDigest = (record: ReturnType<typeof creation>, off: bigint): Uint8Array => {
      const other = databaseAt(FIRST, '/a');
      other.apply(record);
      return encodeTxn(record.header, record.txn, { version: 2, treeDigest: other.tree.digest + off });
    };
    const leader = await fakeLeader((learner) => {
      bySnapshot(learner, databaseAt(FIRST, '/a'));
      learner.send(packet(PacketType.INFORM, next, withDigest(creation(next, '/b'), 0n)));
      learner.send(packet(PacketType.INFORM, next + 1n, withDigest(creation(next + 1n, '/c'), 1n)));
      learner.send(packet(PacketType.INFORM, next + 2n, encoded(creation(next + 2n, '/d'))));
    });
    const rig = observe(leader.members);
    await rig.heard(`applied ${next + 2n} 0 ${next + 2n}`);
    const acks = leader.received.filter(({ type }) => type === PacketType.ACKEPOCH);
    expect(acks.map(({ zxid }) => zxid)).toEqual([0n, 0n]);
    expect(rig.log.filter((line) => line.startsWith('installed')).length).toBe(2);
  });

  test('proposals whose commits do not come are not applied', async () => {
    const next = makeZxid(1, 2);
    const leader = await fakeLeader((learner, attempt) => {
      if (attempt === 1) {
        bySnapshot(learner, databaseAt(FIRST));
        learner.send(packet(PacketType.PROPOSAL, next, encoded(creation(next, '/uncommitted'))));
        setTimeout(() => learner.end(), 50);
      } else {
        learner.send(
          packet(PacketType.DIFF, FIRST),
          packet(PacketType.NEWLEADER, makeZxid(1, 0)),
          packet(PacketType.UPTODATE, -1n),
        );
      }
    });
    const rig = observe(leader.members);
    await rig.heard('following 1 1', 2);
    expect(rig.tree.database?.tree.get('/uncommitted')).toBeUndefined();
    const acks = leader.received.filter(({ type }) => type === PacketType.ACKEPOCH);
    expect(acks.map(({ zxid }) => zxid)).toEqual([0n, FIRST]);
  });
});

describe('what fails', () => {
  test.each<[string, string, (learner: FakeLearner) => void]>([
    ['what is no packet', 'garbage', (learner) => learner.sendRaw(new Uint8Array(64).fill(0x7f))],
    ['a packet that no leader sends now', 'garbage', (learner) => learner.send(packet(PacketType.UPTODATE, -1n))],
    [
      'a snapshot that is none',
      'garbage',
      (learner) => {
        learner.send(packet(PacketType.SNAP, FIRST));
        // No sessions, no ACLs, and a path with a length that there is not.
        learner.sendRaw(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0]));
      },
    ],
    [
      'a transaction that follows nothing',
      'garbage',
      (learner) => {
        const zxid = makeZxid(1, 77);
        learner.send(packet(PacketType.DIFF, zxid), packet(PacketType.PROPOSAL, zxid, encoded(creation(zxid, '/a'))));
      },
    ],
    ['an end in the middle', 'unreachable', (learner) => learner.end()],
  ])('%s', async (_, code, misbehave) => {
    const leader = await fakeLeader(misbehave);
    const rig = observe(leader.members);
    await rig.heard(`failed 1 ${code}`);
    expect(rig.tree.database).toBeNull();
  });

  test('snapshots that break off are asked for more and more rarely, and never two at a time', async () => {
    const database = databaseAt(FIRST, '/a');
    const whole = snapshotOf(database);
    const leader = await fakeLeader((learner) => {
      learner.send(packet(PacketType.SNAP, FIRST));
      learner.sendRaw(whole.subarray(0, whole.length - 5));
      setTimeout(() => learner.end(), 30);
    });
    const rig = observe(leader.members);
    await rig.heard('failed 1 unreachable');
    expect(leader.quorum.open).toBeLessThan(2);
    const sinceMs = performance.now();
    await pollUntil(async () => (performance.now() - sinceMs > 1_500 ? true : undefined), {
      deadlineMs: 5_000,
      describe: () => 'some time',
    });
    expect(leader.quorum.connections).toBe(1);
  });

  test('a tree of more znodes than may be taken is not asked for again soon', async () => {
    const leader = await fakeLeader((learner) => bySnapshot(learner, databaseAt(FIRST, '/a', '/b', '/c')));
    const rig = observe(leader.members, { maxZnodes: 6 });
    await rig.heard('failed 1 tooLarge');
    expect(rig.reasons).toContainEqual({ limit: 6 });
    expect(rig.log).not.toContain('failed 1 garbage');
  });

  test('a port that takes the connection and ends it, and one where nobody listens', async () => {
    const election = await fakeElectionPort(() => voteOf(ServerState.LEADING, 1, 1));
    const quorum = await fakeQuorumPort((_, learner) => learner.end());
    cleanups.push(
      () => election.close(),
      () => quorum.close(),
    );
    const at = (port: AttachedMember['quorum']): AttachedMember[] => [
      { sid: 1, role: 'participant', quorum: port, election: election.endpoint, client: null },
    ];
    const rig = observe(at(quorum.endpoint));
    await rig.heard('failed 1 turnedAway');
    const [free = 0] = await freePorts(1);
    rig.observer.setMembers(at({ host: '127.0.0.1', port: free }));
    await rig.heard('failed 1 refused');
    expect(rig.reasons).toContainEqual({ address: `127.0.0.1:${free}` });
  });
});

test('where no election port can be reached, each quorum port is tried', async () => {
  const leader = await fakeLeader((learner) => bySnapshot(learner, databaseAt(FIRST, '/a')));
  leader.election.close();
  const [closed = 0, quorum = 0] = await freePorts(2);
  const follower: AttachedMember = {
    sid: 2,
    role: 'participant',
    quorum: { host: '127.0.0.1', port: quorum },
    election: { host: '127.0.0.1', port: closed },
    client: null,
  };
  const rig = observe([follower, ...leader.members]);
  await rig.heard('following 1 1');
  expect(rig.log).toContain('connecting 2');
}, 20_000);

test('bodies are kept as the caller says', async () => {
  const leader = await fakeLeader((learner) => bySnapshot(learner, databaseAt(FIRST, '/a', '/b')));
  const rig = observe(leader.members, { keepBody: (path, data) => (path === '/a' ? null : data) });
  await rig.heard('following 1 1');
  expect(rig.tree.database?.tree.get('/a')?.data).toBeNull();
  expect(rig.tree.database?.tree.get('/b')?.data).toEqual(new TextEncoder().encode('/b'));
});

test('once closed it tells nothing, and has no connection', async () => {
  const leader = await fakeLeader((learner) => bySnapshot(learner, databaseAt(FIRST, '/a')));
  const rig = observe(leader.members);
  await rig.heard('following 1 1');
  const told = rig.log.length;
  await rig.observer.close();
  await pollUntil(async () => (leader.quorum.open === 0 ? true : undefined), {
    deadlineMs: 5_000,
    describe: () => 'the end of its connection',
  });
  expect(rig.log.length).toBe(told);
});
