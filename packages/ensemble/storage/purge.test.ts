import { makeZxid } from '@vivarium/shared/zxid';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn } from '../core/io.ts';
import { databaseOf, makeTxn, StorageRig } from '../tests/harness/storage-rig.ts';
import type { DiskError } from './disk.ts';
import { planPurge } from './purge.ts';

/** Paths of a plan from names without their directory; those that end in `?` are not whole. */
function plan(snapshots: string, logs: string, retainCount = 3): string[] {
  const names = snapshots.split(' ').map((name) => `snapshot.${name}`);
  const whole = new Set(names.filter((name) => !name.endsWith('?')).map((name) => `version-2/${name}`));
  const present = names.map((name) => name.replace('?', ''));
  const logNames = logs.split(' ').map((name) => `log.${name}`);
  return planPurge([...present, 'currentEpoch'], logNames, whole, retainCount).map(({ path }) => path.slice(10));
}

describe('what may be purged', () => {
  it('is what is older than the oldest snapshot to be kept', () => {
    expect(plan('0 5 a f 14', '1 6 b 10 15')).toEqual(['snapshot.0', 'snapshot.5', 'log.1']);
  });

  it('is no log that may go on behind that snapshot', () => {
    expect(plan('0 5 a f 14', '1 9 b 10')).toEqual(['snapshot.0', 'snapshot.5', 'log.1']);
    expect(plan('0 5 a f 14', '1')).toEqual(['snapshot.0', 'snapshot.5']);
    expect(plan('0 5 a f 14', 'b 10')).toEqual(['snapshot.0', 'snapshot.5']);
    expect(plan('0 5 a f 14', '1 a 10')).toEqual(['snapshot.0', 'snapshot.5', 'log.1']);
  });

  it('does not count snapshots that are not whole', () => {
    expect(plan('0 5 a? f? 14?', '1 6 b 10 15')).toEqual([]);
    expect(plan('0? 2? 5 a f? 14', '1 3 6 b 10 15')).toEqual(['snapshot.0', 'snapshot.2', 'log.1']);
  });

  it('is nothing where there are no more than are kept, or an installation is not finished', () => {
    expect(plan('5 a f', '6 b 10')).toEqual([]);
    expect(plan('0 5', '1 6')).toEqual([]);
    expect(plan('0 5 a f 14 15.installing', '1 6 b 10 15')).toEqual([]);
  });
});

/** A server with a snapshot after every five transactions. */
function writtenRig(snapshots: number, disks: 1 | 2 = 1): { rig: StorageRig; history: LoggedTxn[] } {
  const rig = new StorageRig(11, disks);
  rig.start();
  const history: LoggedTxn[] = [];
  for (let counter = 1; counter <= 5 * snapshots + 2; counter++) {
    const txn = makeTxn(makeZxid(1, counter));
    history.push(txn);
    rig.storage.execute(counter, { kind: 'append', txn });
    if (counter % 5 !== 0) continue;
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    rig.settle();
  }
  rig.settle();
  return { rig, history };
}

interface Outcome {
  removed: readonly string[];
  fault: DiskError | null;
}

function startPurge(rig: StorageRig): { outcome: Outcome | null } {
  const result: { outcome: Outcome | null } = { outcome: null };
  rig.storage.purge(3, rig.pace, (removed, fault) => {
    result.outcome = { removed, fault };
  });
  return result;
}

describe('a purge', () => {
  it('leaves what the newest snapshots need, for good', () => {
    for (const disks of [1, 2] as const) {
      const { rig, history } = writtenRig(6, disks);
      const result = startPurge(rig);
      rig.settle();
      expect(result.outcome?.fault).toBeNull();
      expect(result.outcome?.removed).toHaveLength(4 + 3);
      rig.stop(true);
      const names = [...new Set([...rig.data.list('version-2'), ...rig.log.list('version-2')])];
      expect(names.filter((name) => name.startsWith('snapshot')).sort()).toEqual([
        'snapshot.100000014',
        'snapshot.100000019',
        'snapshot.10000001e',
      ]);
      expect(names.filter((name) => name.startsWith('log')).sort()).toEqual([
        'log.100000010',
        'log.100000015',
        'log.10000001a',
        'log.10000001f',
      ]);
      expect(rig.start().database.tree.digest).toBe(databaseOf(history).tree.digest);
    }
  });

  it('keeps three whole snapshots, whatever else there is', () => {
    const { rig, history } = writtenRig(6);
    rig.data.flipBit('version-2/snapshot.10000001e', 60);
    rig.data.setLength('version-2/snapshot.100000019', 0);
    startPurge(rig);
    rig.settle();
    const left = rig.data.list('version-2').filter((name) => name.startsWith('snapshot'));
    expect(left.sort()).toEqual([
      'snapshot.10000000a',
      'snapshot.10000000f',
      'snapshot.100000014',
      'snapshot.100000019',
      'snapshot.10000001e',
    ]);
    rig.stop(true);
    expect(rig.start().database.tree.digest).toBe(databaseOf(history).tree.digest);
  });

  it('loses nothing to a truncation, an installation or a crash at any of its steps', () => {
    for (let steps = 1; steps < 60; steps += 2) {
      for (const interruption of ['truncate', 'install', 'crash'] as const) {
        const { rig, history } = writtenRig(6);
        startPurge(rig);
        for (let step = 0; step < steps; step++) rig.clock.step(Number.POSITIVE_INFINITY);
        let expected: readonly LoggedTxn[] = history;
        if (interruption === 'truncate') {
          rig.storage.truncate(makeZxid(1, 21), (result) => {
            if (result.ok) expected = history.slice(0, 21);
          });
        } else if (interruption === 'install') {
          expected = [...history.slice(0, 3), makeTxn(makeZxid(2, 1))];
          rig.storage.execute(9001, { kind: 'installSnapshot', snapshot: databaseOf(expected).snapshot() });
        }
        if (interruption !== 'crash') rig.settle();
        expect(rig.faults).toEqual([]);
        rig.stop(true);
        expect(rig.start().database.tree.digest, `${interruption} after ${steps} steps`).toBe(
          databaseOf(expected).tree.digest,
        );
      }
    }
  });

  it('lets writes pass between its steps', () => {
    const { rig } = writtenRig(20);
    const result = startPurge(rig);
    const waits: number[] = [];
    for (let counter = 103; counter < 140; counter++) {
      const txn = makeTxn(makeZxid(1, counter));
      const askedMs = rig.clock.nowMs;
      rig.storage.execute(counter, { kind: 'append', txn });
      while (rig.persistedId < counter) rig.clock.step(Number.POSITIVE_INFINITY);
      waits.push(rig.clock.nowMs - askedMs);
    }
    rig.settle();
    expect(result.outcome?.removed.length).toBeGreaterThan(30);
    // One removal and one sync of at most 3 ms each, where all of them together take some 60 ms.
    expect(Math.max(...waits)).toBeLessThan(10);
  });

  it('is given up with a warning where a file cannot be removed', () => {
    const { rig } = writtenRig(6);
    const { remove } = rig.data;
    rig.data.remove = () => {
      rig.data.condition = 'broken';
      remove.call(rig.data, 'version-2/snapshot.0');
    };
    const result = startPurge(rig);
    rig.settle();
    expect(result.outcome).toMatchObject({ removed: [], fault: { code: 'EIO' } });
    expect(rig.faults).toEqual([]);
  });
});
