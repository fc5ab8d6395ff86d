import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import { type ClientRequest, encodeRequest } from '@vivarium/wire/requests';
import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../tests/harness/server-config.ts';
import { StandaloneBench } from '../tests/harness/standalone-bench.ts';
import { capture, clone } from './capture.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const create = (path: string, flags = 0, data = 'x'): ClientRequest => ({
  type: OpCode.create,
  path,
  data: bytes(data),
  acl: OPEN_ACL,
  flags,
});

const container = (path: string, flags = 4): ClientRequest => ({
  type: OpCode.createContainer,
  path,
  data: null,
  acl: OPEN_ACL,
  flags,
});
const withTtl = (path: string, ttlMs: number, flags = 5): ClientRequest => ({
  type: OpCode.createTTL,
  path,
  data: null,
  acl: OPEN_ACL,
  flags,
  ttlMs,
});

/** Time passes while clients 1 and its session stay alive. */
function passMs(bench: StandaloneBench, ms: number): void {
  for (let passed = 0; passed < ms; passed += 1000) {
    bench.nowMs += 1000;
    bench.step({ kind: 'tick' });
    bench.sync();
    bench.send(1, -2, { type: OpCode.ping });
  }
}

describe('containers and nodes with a time to live', () => {
  const exists = (bench: StandaloneBench, xid: number, path: string): boolean =>
    bench.ask(1, xid, { type: OpCode.exists, path, watch: true }).err === ErrorCode.OK;

  it('a container goes once its last child has gone, and not before it had one', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    expect(bench.ask(1, 1, container('/c')).body).toMatchObject({
      kind: 'pathStat',
      path: '/c',
      stat: { ephemeralOwner: 0n },
    });
    passMs(bench, 61_000);
    expect(exists(bench, 2, '/c')).toBe(true);
    bench.ask(1, 3, create('/c/child'));
    passMs(bench, 61_000);
    expect(exists(bench, 4, '/c')).toBe(true);
    bench.ask(1, 5, { type: OpCode.delete, path: '/c/child', version: -1 });
    passMs(bench, 61_000);
    expect(bench.of(1).events).toContainEqual(expect.objectContaining({ type: 2, path: '/c' }));
    expect(exists(bench, 6, '/c')).toBe(false);
  });

  it('a container that never had a child goes after the time that it may stay so, a few at each look', () => {
    const bench = new StandaloneBench(testServerConfig({ containerMaxNeverUsedMs: 90_000, containerMaxPerMinute: 2 }));
    bench.open(1);
    for (const [xid, path] of ['/a', '/b', '/c'].entries()) bench.ask(1, xid + 1, container(path));
    passMs(bench, 61_000);
    expect(exists(bench, 10, '/a')).toBe(true);
    passMs(bench, 60_000);
    expect(['/a', '/b', '/c'].map((path, index) => exists(bench, 11 + index, path))).toEqual([false, false, true]);
    passMs(bench, 60_000);
    expect(exists(bench, 20, '/c')).toBe(false);
  });

  it('a node with a time to live goes when it has neither children nor changes for so long', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    expect(bench.ask(1, 1, withTtl('/t-', 70_000, 6)).body).toMatchObject({ kind: 'pathStat', path: '/t-0000000000' });
    passMs(bench, 65_000);
    bench.ask(1, 2, { type: OpCode.setData, path: '/t-0000000000', data: null, version: -1 });
    passMs(bench, 60_000);
    expect(exists(bench, 3, '/t-0000000000')).toBe(true);
    passMs(bench, 61_000);
    expect(exists(bench, 4, '/t-0000000000')).toBe(false);
  });

  it('other flags than their own, a time to live that is none, and the feature switched off are refused', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    const refused = [
      container('/x', 0),
      withTtl('/x', 5, 0),
      withTtl('/x', 0),
      withTtl('/x', -1),
      withTtl('/x', 2 ** 40),
    ];
    for (const [index, request] of refused.entries()) {
      expect(bench.ask(1, index + 1, request).err).toBe(ErrorCode.BADARGUMENTS);
    }
    expect(bench.ask(1, 9, withTtl('/x', 2 ** 40 - 1)).err).toBe(ErrorCode.OK);
    const without = new StandaloneBench(testServerConfig({ extendedTypesEnabled: false }));
    without.open(1);
    expect(without.ask(1, 1, withTtl('/x', 5)).err).toBe(ErrorCode.UNIMPLEMENTED);
  });

  it('no client deletes in the name of the server', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.ask(1, 1, container('/c'));
    const frame = encodeRequest(2, { type: OpCode.delete, path: '/c', version: -1 }).subarray(4).slice();
    new DataView(frame.buffer).setInt32(4, OpCode.deleteContainer);
    bench.step({ kind: 'clientFrame', client: 1, frame });
    expect(bench.of(1)).toMatchObject({ closed: 'an operation that is not served' });
    expect(bench.server.database.tree.get('/c')).toBeDefined();
  });
});

describe('a standalone server', () => {
  it('answers a write only once it is durable, and reads behind it after it', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.send(1, 1, create('/a'));
    bench.send(1, 2, { type: OpCode.getData, path: '/a', watch: false });
    expect(bench.of(1).replies).toEqual([]);
    bench.sync();
    expect(bench.of(1).replies.map((reply) => [reply.xid, reply.err])).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it('lets another client read while a write waits for the disk', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.open(2);
    bench.send(1, 1, create('/a'));
    bench.send(2, 1, { type: OpCode.exists, path: '/a', watch: false });
    expect(bench.of(2).replies.map((reply) => reply.err)).toEqual([ErrorCode.NONODE]);
  });

  it('numbers sequential nodes by the creates of the parent, deletes aside', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    expect(bench.ask(1, 1, create('/q')).err).toBe(0);
    expect(bench.ask(1, 2, create('/q/n-', 2)).body).toEqual({ kind: 'path', path: '/q/n-0000000000' });
    expect(bench.ask(1, 3, { type: OpCode.delete, path: '/q/n-0000000000', version: -1 }).err).toBe(0);
    expect(bench.ask(1, 4, create('/q/n-', 2)).body).toEqual({ kind: 'path', path: '/q/n-0000000001' });
  });

  it('fails a multi as a whole: 0 before, the code at, -2 after, and a header without error', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    const ops = [
      { type: OpCode.create, path: '/m', data: null, acl: OPEN_ACL, flags: 0 },
      { type: OpCode.check, path: '/none', version: 0 },
      { type: OpCode.delete, path: '/m', version: -1 },
    ] as const;
    const reply = bench.ask(1, 1, { type: OpCode.multi, ops });
    expect(reply.err).toBe(0);
    expect(reply.body).toEqual({
      kind: 'multi',
      results: [
        { type: OpCode.error, err: ErrorCode.OK },
        { type: OpCode.error, err: ErrorCode.NONODE },
        { type: OpCode.error, err: ErrorCode.RUNTIMEINCONSISTENCY },
      ],
    });
    expect(bench.ask(1, 2, { type: OpCode.exists, path: '/m', watch: false }).err).toBe(ErrorCode.NONODE);
    // A failed multi gives the sequence number back.
    expect(bench.ask(1, 3, create('/s-', 2)).body).toEqual({ kind: 'path', path: '/s-0000000000' });
  });

  it('tells a watcher before it answers the writer, once', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.ask(1, 1, { type: OpCode.exists, path: '/w', watch: true });
    bench.ask(1, 2, create('/w'));
    bench.ask(1, 3, { type: OpCode.setData, path: '/w', data: bytes('y'), version: 0 });
    expect(bench.of(1).events).toMatchObject([{ type: 1, path: '/w' }]);
  });

  it('removes the ephemerals of a session that closes or falls silent', () => {
    const bench = new StandaloneBench();
    const session = bench.open(1);
    bench.open(2);
    bench.ask(1, 1, create('/e', 1));
    expect(bench.server.database.tree.ephemeralsOf(session).size).toBe(1);
    for (let i = 0; i < 8; i++) {
      bench.nowMs += 1000;
      bench.send(2, -2, { type: OpCode.ping });
      bench.step({ kind: 'tick' });
      bench.sync();
    }
    expect(bench.of(1).closed).not.toBeNull();
    expect(bench.of(2).closed).toBeNull();
    expect(bench.ask(2, 1, { type: OpCode.exists, path: '/e', watch: false }).err).toBe(ErrorCode.NONODE);
  });

  it('answers an unknown operation with UNIMPLEMENTED and zxid -1, and closes', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.step({ kind: 'clientFrame', client: 1, frame: Uint8Array.of(0, 0, 0, 7, 0, 0, 3, 231) });
    expect(bench.of(1).replies.map(({ xid, err, zxid }) => ({ xid, err, zxid }))).toEqual([
      { xid: 7, err: -6, zxid: -1n },
    ]);
    expect(bench.of(1).closed).not.toBeNull();
  });

  it('refuses bad paths and leaves the tree as it was', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    const before = bench.server.database.tree.nodeCount;
    const bad = ['a', '/a//b', '/a/', '/..', '/a/./b', '/a\0', '/\u{d800}'];
    for (const [i, path] of bad.entries()) {
      expect([path, bench.ask(1, i + 1, create(path)).err < 0]).toEqual([path, true]);
    }
    expect(bench.ask(1, 100, create('/')).err).toBe(ErrorCode.NODEEXISTS);
    expect(bench.server.database.tree.nodeCount).toBe(before);
  });

  it('answers a ping behind the writes before it', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.send(1, 1, create('/a'));
    bench.send(1, -2, { type: OpCode.ping });
    expect(bench.of(1).replies).toEqual([]);
    bench.sync();
    expect(bench.of(1).replies.map(({ xid }) => xid)).toEqual([1, -2]);
  });

  it('takes a snapshot after at most snapCount transactions, and again', () => {
    const bench = new StandaloneBench(testServerConfig({ snapCount: 10 }));
    bench.open(1);
    for (let i = 0; i < 40; i++) bench.ask(1, i + 1, create(`/${i}`));
    expect(bench.snapshots.length).toBeGreaterThanOrEqual(4);
    for (const [i, zxid] of bench.snapshots.entries())
      expect(Number(zxid) - Number(bench.snapshots[i - 1] ?? 0)).toBeLessThanOrEqual(10);
  });

  it('takes a snapshot after at most so many bytes of transactions, and at least half of them', () => {
    const bench = new StandaloneBench(testServerConfig({ snapSizeLimitBytes: 20_000 }));
    bench.open(1);
    for (let i = 0; i < 100; i++) bench.ask(1, i + 1, create(`/${i}`, 0, 'x'.repeat(900)));
    // A transaction takes some 1000 bytes.
    expect(bench.snapshots.length).toBeGreaterThanOrEqual(4);
    for (const [i, zxid] of bench.snapshots.entries()) {
      const txns = Number(zxid) - Number(bench.snapshots[i - 1] ?? 0);
      expect(txns).toBeGreaterThanOrEqual(9);
      expect(txns).toBeLessThanOrEqual(21);
    }
  });

  it('lets nobody write the configuration node', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    const write = { type: OpCode.setData, path: '/zookeeper/config', data: Uint8Array.of(1), version: -1 } as const;
    expect(bench.ask(1, 1, write).err).toBe(ErrorCode.NOAUTH);
  });

  it('refuses identities without end: they travel with every request of the client', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.open(2);
    bench.send(1, -4, { type: OpCode.auth, scheme: 'digest', auth: bytes(`${'u'.repeat(100_000)}:pw`) });
    expect(bench.of(1).replies.map((reply) => reply.err)).toEqual([ErrorCode.AUTHFAILED]);
    expect(bench.of(1).closed).not.toBeNull();
    for (let i = 0; bench.of(2).closed === null && i < 5000; i++) {
      bench.send(2, -4, { type: OpCode.auth, scheme: 'digest', auth: bytes(`user${i}:pw`) });
    }
    expect(bench.of(2).closed).not.toBeNull();
    // Fewer than a leader takes with one request (`wire/quorum-packet`), and more than anybody has.
    expect(bench.of(2).replies.length).toBeLessThan(1000);
    expect(bench.of(2).replies.length).toBeGreaterThan(30);
  });

  it('can be cloned in the middle of a write, and both go on alike', () => {
    const bench = new StandaloneBench();
    bench.open(1);
    bench.ask(1, 1, create('/a'));
    bench.send(1, 2, create('/b'));
    const twin = clone(bench.server);
    expect(capture(twin)).toEqual(capture(bench.server));
    const now = { monotonicMs: bench.nowMs, wallMs: bench.nowMs };
    const ours = bench.server.step(now, { kind: 'persisted', writeId: bench.unwritten });
    const theirs = twin.step(now, { kind: 'persisted', writeId: bench.unwritten });
    expect(theirs).toEqual(ours);
    expect(capture(twin)).toEqual(capture(bench.server));
    expect(twin.database.tree.digest).toBe(bench.server.database.tree.digest);
  });
});
