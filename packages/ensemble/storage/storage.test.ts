import { makeZxid } from '@vivarium/shared/zxid';
import type { SnapshotNode } from '@vivarium/wire/snapshot';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn, Recovered } from '../core/io.ts';
import { databaseOf, makeTxn, StorageRig } from '../tests/harness/storage-rig.ts';
import type { TruncateResult } from './storage.ts';

function append(rig: StorageRig, from: number, to: number, epoch = 1): LoggedTxn[] {
  const txns: LoggedTxn[] = [];
  for (let counter = from; counter <= to; counter++) {
    const txn = makeTxn(makeZxid(epoch, counter));
    txns.push(txn);
    rig.storage.execute(epoch * 1000 + counter, { kind: 'append', txn });
  }
  return txns;
}

function accept(rig: StorageRig, epoch: number, writeId: number): void {
  rig.storage.execute(writeId, { kind: 'acceptedEpoch', epoch });
  rig.storage.execute(writeId + 1, { kind: 'currentEpoch', epoch });
}

/** A server with a first epoch and some transactions in it, all durable. */
function rigWith(count: number, disks: 1 | 2 = 1): { rig: StorageRig; history: LoggedTxn[] } {
  const rig = new StorageRig(7, disks);
  rig.start();
  accept(rig, 1, 1);
  const history = append(rig, 1, count);
  rig.settle();
  return { rig, history };
}

function expectState(recovered: Recovered, history: readonly LoggedTxn[]): void {
  const expected = databaseOf(history);
  expect(recovered.database.lastZxid).toBe(expected.lastZxid);
  expect(recovered.database.tree.digest).toBe(expected.tree.digest);
  expect(recovered.database.tree.nodeCount).toBe(expected.tree.nodeCount);
}

function truncate(rig: StorageRig, zxid: bigint): TruncateResult {
  let result: TruncateResult | null = null;
  rig.storage.truncate(zxid, (answer) => {
    result = answer;
  });
  rig.settle();
  if (result === null) throw new Error('no answer');
  return result;
}

/** A node's data as large as data may be, so that a snapshot takes many pieces. */
function* padded(nodes: Iterable<SnapshotNode>): Generator<SnapshotNode> {
  let number = 0;
  for (const node of nodes) yield number++ % 60 === 30 ? { ...node, data: new Uint8Array(64 * 1024) } : node;
}

describe('Storage', () => {
  it('starts empty, writes snapshot.0, and is as empty after a crash', () => {
    const rig = new StorageRig(1);
    const first = rig.start();
    expect(first).toMatchObject({ recent: [], acceptedEpoch: 0, currentEpoch: 0 });
    expect(first.database.lastZxid).toBe(0n);
    rig.settle();
    expect(rig.data.list('version-2')).toEqual(['snapshot.0']);
    rig.stop(true);
    expect(rig.start().database.lastZxid).toBe(0n);
    expect(rig.warnings).toEqual([]);
  });

  it('brings everything back that was reported durable', () => {
    const { rig, history } = rigWith(30, 2);
    expect(rig.persistedId).toBe(1030);
    expect(rig.data.list('version-2').sort()).toEqual(['acceptedEpoch', 'currentEpoch', 'snapshot.0']);
    expect(rig.log.list('version-2')).toEqual(['log.100000001']);
    rig.stop(true);
    const recovered = rig.start();
    expectState(recovered, history);
    expect(recovered.currentEpoch).toBe(1);
    expect(recovered.acceptedEpoch).toBe(1);
    expect(recovered.recent.map((txn) => txn.zxid)).toEqual(history.slice(-20).map((txn) => txn.zxid));
    expect(recovered.recent.at(-1)?.bytes).toEqual(history.at(-1)?.bytes);
  });

  it('groups what arrives during a sync into one write and one sync', () => {
    const rig = new StorageRig(1);
    rig.start();
    rig.settle();
    let syncs = 0;
    let writes = 0;
    const { sync, write } = rig.log;
    rig.log.sync = (path, done) => {
      syncs++;
      sync.call(rig.log, path, done);
    };
    rig.log.write = (path, offset, bytes) => {
      writes++;
      write.call(rig.log, path, offset, bytes);
    };
    append(rig, 1, 500);
    expect(rig.persistedId).toBe(0);
    rig.settle();
    expect(rig.persistedId).toBe(1500);
    expect([writes, syncs]).toEqual([2, 2]);
  });

  it('pitfall 24: preallocates by whole steps and leaves zeros behind the last record', () => {
    const { rig } = rigWith(3);
    const bytes = rig.log.read('version-2/log.100000001');
    expect(bytes?.length).toBe(16 + 3 * 2048);
    expect(bytes?.at(-1)).toBe(0);
    append(rig, 4, 60);
    rig.settle();
    const longer = rig.log.read('version-2/log.100000001');
    expect(longer?.length).toBeGreaterThan(16 + 3 * 2048);
    expect(((longer?.length ?? 0) - 16) % 2048).toBe(0);
  });

  it('starts a new file after each start and each snapshot', () => {
    const { rig, history } = rigWith(5);
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    history.push(...append(rig, 6, 8));
    rig.settle();
    rig.stop(true);
    expectState(rig.start(), history);
    history.push(...append(rig, 9, 9));
    rig.settle();
    const names = ['log.100000001', 'log.100000006', 'log.100000009', 'snapshot.0', 'snapshot.100000005'];
    expect(
      rig.log
        .list('version-2')
        .filter((name) => !name.endsWith('Epoch'))
        .sort(),
    ).toEqual(names);
    rig.stop(true);
    const recovered = rig.start();
    expectState(recovered, history);
    expect(recovered.recent).toHaveLength(9);
  });

  it('gives a snapshot its name only when all that it holds is durable in the log', () => {
    const { rig, history } = rigWith(5);
    // The disk is slow: the transactions of the snapshot are still on their way when it is written.
    history.push(...append(rig, 6, 10));
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    let snapshotSeen = false;
    while (!snapshotSeen && rig.clock.step(rig.clock.nowMs + 100)) {
      snapshotSeen = rig.data.list('version-2').includes('snapshot.10000000a');
      if (snapshotSeen) expect(rig.persistedId).toBe(1010);
    }
    expect(snapshotSeen).toBe(true);
  });

  it('goes on writing while a large snapshot is written', () => {
    const { rig, history } = rigWith(2000);
    const before = history.length;
    // 1 ms for each piece of a snapshot, which has some thirty.
    let name = '';
    const snapshot = databaseOf(history).snapshot();
    rig.storage.takeSnapshot({ ...snapshot, nodes: padded(snapshot.nodes) }, rig.pace);
    let written = 0;
    while (name === '') {
      const [txn] = append(rig, before + 1 + written, before + 1 + written);
      if (txn !== undefined) history.push(txn);
      const askedMs = rig.clock.nowMs;
      while (rig.persistedId < 1000 + before + 1 + written) rig.clock.step(Number.POSITIVE_INFINITY);
      // Beside its own sync of at most 3 ms a write waits for none but that of the new file's name.
      expect(rig.clock.nowMs - askedMs).toBeLessThanOrEqual(written === 0 ? 6 : 3);
      written++;
      name = rig.data.list('version-2').find((one) => one === 'snapshot.1000007d0') ?? '';
    }
    expect(written).toBeGreaterThan(10);
    rig.settle();
    rig.stop(true);
    const { database } = rig.start();
    expect(database.lastZxid).toBe(history.at(-1)?.zxid);
    expect(database.tree.nodeCount).toBe(databaseOf(history).tree.nodeCount);
    expect(database.tree.approximateDataSize).toBeGreaterThan(30 * 64 * 1024);
  });

  it('begins a new log where one has grown beyond its limit', () => {
    const rig = new StorageRig(7, 2);
    rig.txnLogSizeLimitBytes = 3000;
    rig.start();
    accept(rig, 1, 1);
    const history: LoggedTxn[] = [];
    for (let counter = 1; counter <= 200; counter++) {
      history.push(...append(rig, counter, counter));
      rig.settle();
    }
    const logs = rig.log.list('version-2');
    expect(logs.length).toBeGreaterThan(5);
    for (const name of logs) {
      const used = (rig.log.read(`version-2/${name}`)?.findLastIndex((byte) => byte !== 0) ?? 0) + 1;
      expect(used).toBeLessThan(3000 + 200);
    }
    rig.stop(true);
    expectState(rig.start(), history);
  });

  it('takes no second snapshot while one is being written, and lets go of both', () => {
    const { rig, history } = rigWith(5);
    const released: string[] = [];
    const held = (name: string) => {
      const snapshot = databaseOf(history).snapshot();
      return { ...snapshot, release: () => released.push(name) };
    };
    rig.storage.takeSnapshot(held('first'), rig.pace);
    rig.storage.takeSnapshot(held('second'), rig.pace);
    expect(released).toEqual(['second']);
    rig.settle();
    expect(new Set(released)).toEqual(new Set(['second', 'first']));
  });

  it('pitfall 24: cuts a torn tail off with a warning, for good', () => {
    const { rig, history } = rigWith(5);
    const path = 'version-2/log.100000001';
    const end = (rig.log.read(path)?.findLastIndex((byte) => byte !== 0) ?? 0) + 1;
    rig.log.setLength(path, end - 3);
    rig.stop(false);
    history.pop();
    expectState(rig.start(), history);
    expect(rig.warnings).toEqual([expect.stringMatching(/log\.100000001: a torn record at offset \d+/)]);
    rig.settle();
    rig.stop(true);
    rig.warnings.length = 0;
    expectState(rig.start(), history);
    expect(rig.warnings).toEqual([]);
  });

  it('removes a log that holds nothing, and leftovers of interrupted writes', () => {
    const { rig, history } = rigWith(5);
    for (const name of ['log.100000006', 'snapshot.100000005.tmp', 'currentEpoch.tmp'])
      rig.log.create(`version-2/${name}`);
    rig.stop(false);
    expectState(rig.start(), history);
    rig.settle();
    expect(rig.log.list('version-2').sort()).toEqual(['acceptedEpoch', 'currentEpoch', 'log.100000001', 'snapshot.0']);
  });

  it('truncates, and goes on from there', () => {
    const { rig, history } = rigWith(10);
    rig.storage.takeSnapshot(databaseOf(history.slice(0, 5)).snapshot(), rig.pace);
    rig.settle();
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    append(rig, 11, 14);
    rig.settle();
    const result = truncate(rig, makeZxid(1, 8));
    history.length = 8;
    expect(result.ok).toBe(true);
    if (result.ok) expectState(result.recovered, history);
    expect(
      rig.data
        .list('version-2')
        .filter((name) => name.startsWith('snapshot'))
        .sort(),
    ).toEqual(['snapshot.0', 'snapshot.100000005']);
    history.push(...append(rig, 1, 3, 2));
    accept(rig, 2, 5000);
    rig.settle();
    rig.stop(true);
    expectState(rig.start(), history);
  });

  it('does not truncate to what it does not have, and changes nothing', () => {
    const { rig, history } = rigWith(10);
    const before = rig.log.read('version-2/log.100000001');
    expect(truncate(rig, makeZxid(1, 11))).toMatchObject({ ok: false });
    expect(truncate(rig, makeZxid(0, 3))).toMatchObject({ ok: false });
    expect(rig.log.read('version-2/log.100000001')).toEqual(before);
    const same = truncate(rig, makeZxid(1, 10));
    if (same.ok) expectState(same.recovered, history);
    expect(same.ok).toBe(true);
  });

  it('lets a snapshot of the leader replace a history that went another way', () => {
    const { rig, history } = rigWith(10, 2);
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    rig.settle();
    const theirs = [...history.slice(0, 4), makeTxn(makeZxid(2, 1))];
    rig.storage.execute(1500, { kind: 'acceptedEpoch', epoch: 3 });
    rig.storage.execute(1501, { kind: 'installSnapshot', snapshot: databaseOf(theirs).snapshot() });
    rig.storage.execute(1502, { kind: 'currentEpoch', epoch: 3 });
    rig.settle();
    expect(rig.persistedId).toBe(1502);
    expect(rig.log.list('version-2')).toEqual([]);
    expect(rig.data.list('version-2').sort()).toEqual(['acceptedEpoch', 'currentEpoch', 'snapshot.200000001']);
    theirs.push(...append(rig, 2, 3, 2));
    rig.settle();
    rig.stop(true);
    expectState(rig.start(), theirs);
  });

  it('stops at the first fault, for good', () => {
    for (const condition of ['full', 'broken'] as const) {
      const { rig } = rigWith(3);
      rig.log.condition = condition;
      append(rig, 4, 6);
      rig.settle();
      rig.log.condition = 'good';
      append(rig, 7, 9);
      accept(rig, 9, 9000);
      rig.settle();
      expect(rig.faults.map((fault) => fault.code)).toEqual([condition === 'full' ? 'ENOSPC' : 'EIO']);
      expect(rig.persistedId).toBe(1003);
      let closed = false;
      rig.storage.close(() => {
        closed = true;
      });
      expect(closed).toBe(true);
    }
  });

  it('goes on without a snapshot where there is no space for one, and stops without space for an epoch', () => {
    const { rig, history } = rigWith(5, 2);
    rig.data.condition = 'full';
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    history.push(...append(rig, 6, 10));
    rig.settle();
    expect(rig.persistedId).toBe(1010);
    expect(rig.faults).toEqual([]);
    expect(rig.warnings).toEqual([expect.stringMatching(/^no snapshot was written: ENOSPC/)]);
    rig.data.condition = 'good';
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    rig.settle();
    expect(rig.data.list('version-2')).toContain('snapshot.10000000a');
    rig.data.condition = 'full';
    rig.storage.execute(2000, { kind: 'acceptedEpoch', epoch: 2 });
    rig.settle();
    expect([rig.persistedId, ...rig.faults.map((fault) => fault.code)]).toEqual([1010, 'ENOSPC']);
    rig.data.condition = 'good';
    rig.stop(true);
    const recovered = rig.start();
    expectState(recovered, history);
    expect(recovered.acceptedEpoch).toBe(1);
  });

  it('closes when all is durable', () => {
    const { rig } = rigWith(3);
    append(rig, 4, 6);
    let persistedAtClose = 0;
    rig.storage.close(() => {
      persistedAtClose = rig.persistedId;
    });
    rig.settle();
    expect(persistedAtClose).toBe(1006);
  });
});
