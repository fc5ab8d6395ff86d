import { encodeUtf8 } from '@vivarium/shared/utf8';
import { makeZxid, ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import { LOG_HEADER_BYTES } from '@vivarium/wire/log-record';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn, Recovered } from '../core/io.ts';
import { databaseOf, makeTxn, StorageRig } from '../tests/harness/storage-rig.ts';
import { RecoveryError } from './recovery-error.ts';

/** A server with a snapshot after every five transactions, stopped; epoch 1 up to 15. */
function stoppedRig(): { rig: StorageRig; history: LoggedTxn[] } {
  const rig = new StorageRig(3);
  rig.start();
  rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 1 });
  rig.storage.execute(2, { kind: 'currentEpoch', epoch: 1 });
  const history: LoggedTxn[] = [];
  for (let counter = 1; counter <= 15; counter++) {
    const txn = makeTxn(makeZxid(1, counter));
    history.push(txn);
    rig.storage.execute(counter + 2, { kind: 'append', txn });
    if (counter % 5 === 0) {
      rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
      rig.settle();
    }
  }
  rig.stop(false);
  return { rig, history };
}

function expectState(recovered: Recovered, history: readonly LoggedTxn[]): void {
  const expected = databaseOf(history);
  expect(recovered.database.lastZxid).toBe(expected.lastZxid);
  expect(recovered.database.tree.digest).toBe(expected.tree.digest);
}

function refusal(rig: StorageRig): RecoveryError {
  try {
    rig.start();
  } catch (error) {
    if (error instanceof RecoveryError) return error;
    throw error;
  }
  throw new Error('it started');
}

/** The offset of the n-th record, counted from 0. */
function recordOffset(bytes: Uint8Array, index: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let offset = LOG_HEADER_BYTES;
  for (let i = 0; i < index; i++) offset += 13 + view.getInt32(offset + 8);
  return offset;
}

describe('recovery', () => {
  it('lies in files as expected', () => {
    const { rig } = stoppedRig();
    const names = rig.data.list('version-2').filter((name) => !name.endsWith('Epoch'));
    expect(names.sort()).toEqual([
      'log.100000001',
      'log.100000006',
      'log.10000000b',
      'snapshot.0',
      'snapshot.100000005',
      'snapshot.10000000a',
      'snapshot.10000000f',
    ]);
  });

  it('goes on from an older snapshot where the logs show that nothing is missing', () => {
    const { rig, history } = stoppedRig();
    rig.data.flipBit('version-2/snapshot.10000000f', 60);
    rig.data.setLength('version-2/snapshot.10000000a', 10);
    expectState(rig.start(), history);
    expect(rig.warnings).toHaveLength(2);
  });

  it('refuses a corrupt snapshot that the logs do not reach', () => {
    const { rig } = stoppedRig();
    rig.data.flipBit('version-2/snapshot.10000000f', 60);
    rig.data.remove('version-2/log.10000000b');
    expect(refusal(rig).message).toMatch(
      /^version-2\/snapshot\.10000000f is corrupt and the logs do not reach back .*; restore the directory/,
    );
  });

  it('refuses a corrupt snapshot where a log in between is gone', () => {
    const { rig } = stoppedRig();
    for (const name of ['snapshot.10000000f', 'snapshot.10000000a']) rig.data.flipBit(`version-2/${name}`, 60);
    rig.data.remove('version-2/log.100000006');
    expect(refusal(rig).path).toBe('version-2/log.10000000b');
  });

  it('pitfall 24: refuses a corrupt snapshot when there is no other', () => {
    const { rig } = stoppedRig();
    for (const name of rig.data.list('version-2')) {
      if (name.startsWith('snapshot') && name !== 'snapshot.10000000f') rig.data.remove(`version-2/${name}`);
    }
    rig.data.flipBit('version-2/snapshot.10000000f', 60);
    expect(refusal(rig).path).toBe('version-2/snapshot.10000000f');
  });

  it('refuses logs without a snapshot, and epochs without either', () => {
    const { rig } = stoppedRig();
    for (const name of rig.data.list('version-2')) {
      if (name.startsWith('snapshot')) rig.data.remove(`version-2/${name}`);
    }
    expect(refusal(rig).message).toMatch(/^version-2\/log\.100000001 holds transactions but there is no snapshot; /);
    for (const name of rig.data.list('version-2')) if (name.startsWith('log')) rig.data.remove(`version-2/${name}`);
    expect(refusal(rig).message).toMatch(/^version-2\/currentEpoch tells of epoch 1 but /);
  });

  it('takes the logs for all that there was where it is told to, if they have no gap', () => {
    const { rig, history } = stoppedRig();
    for (const name of rig.data.list('version-2')) {
      // Emptied, as a crash of an old version on some file systems leaves them (ZOOKEEPER-2325).
      if (name.startsWith('snapshot')) rig.data.setLength(`version-2/${name}`, 0);
    }
    expect(refusal(rig).message).toMatch(/^version-2\/snapshot\.10000000f is corrupt /);
    rig.trustEmptySnapshot = true;
    rig.warnings.length = 0;
    expectState(rig.start(), history);
    expect(rig.warnings.at(-1)).toMatch(/^there is no snapshot: snapshot\.trust\.empty says /);
    rig.settle();
    rig.stop(false);
    // From here on there is one.
    rig.trustEmptySnapshot = false;
    expectState(rig.start(), history);
    rig.settle();
    rig.stop(false);
    rig.trustEmptySnapshot = true;
    for (const name of ['snapshot.0', 'log.100000001']) rig.data.remove(`version-2/${name}`);
    expect(refusal(rig).path).toBe('version-2/log.100000006');
  });

  it('pitfall 24: refuses a damaged record with whole ones behind it, wherever it is damaged', () => {
    for (const where of ['checksum', 'length', 'payload', 'end'] as const) {
      const { rig } = stoppedRig();
      for (const name of ['snapshot.10000000f', 'snapshot.10000000a']) rig.data.remove(`version-2/${name}`);
      const path = 'version-2/log.100000006';
      const bytes = rig.log.read(path) as Uint8Array;
      const offset = recordOffset(bytes, 2);
      const delta = { checksum: 5, length: 11, payload: 30, end: recordOffset(bytes, 3) - 1 - offset }[where];
      rig.log.flipBit(path, offset + delta);
      const error = refusal(rig);
      expect(error.path).toBe(path);
      expect(error.message).toContain(`is damaged at offset ${offset}: transactions there may have been acknowledged`);
    }
  });

  it('refuses a gap inside an epoch', () => {
    const { rig } = stoppedRig();
    for (const name of ['snapshot.10000000f', 'snapshot.10000000a']) rig.data.remove(`version-2/${name}`);
    const path = 'version-2/log.100000006';
    rig.log.setLength(path, recordOffset(rig.log.read(path) as Uint8Array, 3));
    expect(refusal(rig).message).toMatch(
      /^version-2\/log\.10000000b has transaction 0x10000000b at offset 16 behind 0x100000008: /,
    );
  });

  it('refuses a log without one whole record before a later epoch, which shows no gap (simulation seed 500023)', () => {
    const path = 'version-2/log.100000001';
    // Of its two transactions 109 bytes from offset 61 on stand at 104 now, with zeros where they were; no mark
    // is where one belongs.
    const digits =
      '5a4b4c4700000002000000000000000000000000e7e50dd900000040028bcfe5680000000000000000000001000000010000018b' +
      'cfe56825fffffff600000190000000020000000051c6d66056424d4b00000000000000000000005d4200000000ec120e36000000' +
      '40028bcfe5680000010000000000000001000000020000018bcfe56833fffffff600000190000000020000000051c6d66056424d' +
      '4b000000000000005d0000004d42';
    const whole = Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    const misdirected = whole.slice();
    misdirected.fill(0, 61);
    misdirected.set(whole.subarray(61, 61 + whole.length - 104), 104);
    for (const bytes of [misdirected, misdirected.slice(0, LOG_HEADER_BYTES), new Uint8Array(170)]) {
      const rig = new StorageRig(3);
      for (const epoch of [1, 2]) {
        rig.start();
        rig.storage.execute(1, { kind: 'acceptedEpoch', epoch });
        rig.storage.execute(2, { kind: 'currentEpoch', epoch });
        rig.storage.execute(3, { kind: 'append', txn: makeTxn(makeZxid(epoch, 1)) });
        rig.settle();
        rig.stop(false);
      }
      rig.log.create(path);
      rig.log.write(path, 0, bytes);
      expect(refusal(rig).message).toMatch(
        /^version-2\/log\.100000001 holds no whole transaction but version-2\/log\.200000001 continues in a later epoch; /,
      );
    }
  });

  it('pitfall 24: removes a newest log without one whole record, with a warning where something was written to it', () => {
    for (const [bytes, warnings] of [
      [makeTxn(makeZxid(1, 16)).bytes, 1],
      [new Uint8Array(100), 0],
    ] as const) {
      const { rig, history } = stoppedRig();
      const path = 'version-2/log.100000010';
      const header = (rig.log.read('version-2/log.10000000b') as Uint8Array).slice(0, LOG_HEADER_BYTES);
      rig.log.create(path);
      rig.log.write(path, 0, header);
      rig.log.write(path, LOG_HEADER_BYTES, bytes);
      expectState(rig.start(), history);
      expect(rig.warnings).toHaveLength(warnings);
      if (warnings > 0) expect(rig.warnings[0]).toMatch(/^version-2\/log\.100000010: a torn record at offset 16, /);
      rig.settle();
      expect(rig.log.read(path)).toBeNull();
    }
  });

  it('reads on where the counter of a standalone server has run over into the epoch', () => {
    const rig = new StorageRig(3);
    rig.start();
    const last = makeZxid(4, 0xffffffff);
    const history = [makeTxn(last), makeTxn(last + 1n), makeTxn(last + 2n)];
    const first = makeTxn(last - 1n);
    for (const kind of ['acceptedEpoch', 'currentEpoch'] as const) {
      rig.storage.execute(kind === 'acceptedEpoch' ? 1 : 2, { kind, epoch: 5 });
    }
    rig.storage.execute(3, { kind: 'installSnapshot', snapshot: databaseOf([first]).snapshot() });
    history.forEach((txn, index) => {
      rig.storage.execute(4 + index, { kind: 'append', txn });
    });
    rig.settle();
    rig.stop(false);
    const recovered = rig.start();
    expectState(recovered, [first, ...history]);
    expect(recovered.recent.map(({ zxid }) => zxid)).toEqual(history.map(({ zxid }) => zxid));
  });

  it('refuses a file that is no log', () => {
    const { rig } = stoppedRig();
    rig.data.create('version-2/log.100000010');
    rig.data.write('version-2/log.100000010', 0, encodeUtf8('a letter to the editor'));
    expect(refusal(rig).message).toMatch(/^version-2\/log\.100000010 is not a transaction log; /);
  });

  it('refuses epochs that cannot be', () => {
    for (const [accepted, current, path] of [
      ['0', '0', 'version-2/acceptedEpoch'],
      ['1', '2', 'version-2/acceptedEpoch'],
      ['1', 'one', 'version-2/currentEpoch'],
      ['', '1', 'version-2/acceptedEpoch'],
    ] as const) {
      const { rig } = stoppedRig();
      for (const [name, text] of [
        ['acceptedEpoch', accepted],
        ['currentEpoch', current],
      ] as const) {
        rig.data.create(`version-2/${name}`);
        rig.data.write(`version-2/${name}`, 0, encodeUtf8(text));
      }
      expect(refusal(rig).path).toBe(path);
    }
  });

  it('counts a server to the epoch of its last transaction, for good', () => {
    const { rig } = stoppedRig();
    rig.start();
    rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 2 });
    rig.storage.execute(2, { kind: 'append', txn: makeTxn(makeZxid(2, 1)) });
    rig.settle();
    rig.stop(true);
    expect(rig.start()).toMatchObject({ acceptedEpoch: 2, currentEpoch: 2 });
    rig.settle();
    rig.stop(true);
    expect(rig.data.read('version-2/currentEpoch')).toEqual(encodeUtf8('2'));
  });

  it('takes the epoch of the last transaction where a standalone server has left no files', () => {
    const { rig } = stoppedRig();
    rig.data.remove('version-2/acceptedEpoch');
    rig.data.remove('version-2/currentEpoch');
    expect(rig.start()).toMatchObject({ acceptedEpoch: 1, currentEpoch: 1 });
  });

  it('finishes an installation that a crash has interrupted', () => {
    const { rig, history } = stoppedRig();
    const theirs = [...history.slice(0, 3), makeTxn(makeZxid(2, 1))];
    rig.start();
    rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 3 });
    rig.storage.execute(2, { kind: 'installSnapshot', snapshot: databaseOf(theirs).snapshot() });
    while (!rig.data.list('version-2').includes('snapshot.200000001.installing')) rig.clock.step(Infinity);
    rig.stop(false);
    expectState(rig.start(), theirs);
    rig.settle();
    expect(rig.data.list('version-2').sort()).toEqual(['acceptedEpoch', 'currentEpoch', 'snapshot.200000001']);
    rig.stop(true);
    expectState(rig.start(), theirs);
  });

  it('does not offer transactions for synchronisation across a snapshot that may hide some', () => {
    const { rig, history } = stoppedRig();
    const theirs = [...history, makeTxn(makeZxid(1, 16)), makeTxn(makeZxid(1, 17))];
    // As Apache leaves it after SNAP: the older logs stay.
    const other = new StorageRig(5);
    other.start();
    other.storage.execute(1, { kind: 'installSnapshot', snapshot: databaseOf(theirs).snapshot() });
    other.storage.execute(2, { kind: 'append', txn: makeTxn(makeZxid(2, 1)) });
    other.settle();
    for (const name of ['snapshot.100000011', 'log.200000001']) {
      rig.data.create(`version-2/${name}`);
      rig.data.write(`version-2/${name}`, 0, other.data.read(`version-2/${name}`) as Uint8Array);
    }
    rig.data.create('version-2/acceptedEpoch');
    rig.data.write('version-2/acceptedEpoch', 0, encodeUtf8('2'));
    const recovered = rig.start();
    expect(recovered.database.lastZxid).toBe(makeZxid(2, 1));
    expect(recovered.recent.map((txn) => txn.zxid)).toEqual([makeZxid(2, 1)]);
  });

  it('nor across an older log without a transaction', () => {
    const { rig, history } = stoppedRig();
    rig.start();
    rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 2 });
    rig.storage.execute(2, { kind: 'currentEpoch', epoch: 2 });
    const later = [makeTxn(makeZxid(2, 1)), makeTxn(makeZxid(2, 2))];
    for (const [index, txn] of later.entries()) rig.storage.execute(3 + index, { kind: 'append', txn });
    rig.storage.takeSnapshot(databaseOf([...history, ...later]).snapshot(), rig.pace);
    rig.settle();
    rig.stop(false);
    expect(rig.start().recent).toHaveLength(17);
    rig.settle();
    rig.stop(false);
    for (const name of ['snapshot.10000000a', 'snapshot.10000000f']) rig.data.remove(`version-2/${name}`);
    rig.log.setLength('version-2/log.10000000b', LOG_HEADER_BYTES);
    expect(rig.start().recent.map(({ zxid }) => zxid)).toEqual(later.map(({ zxid }) => zxid));
  });
});

describe('an empty disk where db.autocreate is false', () => {
  function emptyRig(disks: 1 | 2 = 1): StorageRig {
    const rig = new StorageRig(4, disks);
    rig.autocreate = false;
    return rig;
  }

  it('leaves the zxid unknown, also after a restart that a leader was promised an epoch before', () => {
    const rig = emptyRig();
    expect(rig.start().database.lastZxid).toBe(ZXID_UNKNOWN);
    rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 5 });
    rig.settle();
    rig.stop(true);
    const again = rig.start();
    expect(again.database.lastZxid).toBe(ZXID_UNKNOWN);
    expect(again.acceptedEpoch).toBe(5);
    expect(rig.data.list('version-2').filter((name) => name.startsWith('snapshot'))).toEqual([]);
  });

  it('is as good as another once a leader has sent its snapshot', () => {
    const rig = emptyRig();
    rig.start();
    const history = [makeTxn(makeZxid(4, 1))];
    rig.storage.execute(1, { kind: 'acceptedEpoch', epoch: 5 });
    rig.storage.execute(2, { kind: 'installSnapshot', snapshot: databaseOf(history).snapshot() });
    rig.settle();
    rig.stop(true);
    const again = rig.start();
    expectState(again, history);
    expect([again.acceptedEpoch, again.currentEpoch]).toEqual([5, 4]);
  });

  it.each([1, 2] as const)(
    'is that of a new server once, where the file initialize says so (%i directories)',
    (disks) => {
      const rig = emptyRig(disks);
      rig.log.create('initialize');
      expect(rig.start().database.lastZxid).toBe(0n);
      rig.settle();
      rig.stop(true);
      expect(rig.log.read('initialize')).toBeNull();
      expect(rig.start().database.lastZxid).toBe(0n);
      rig.settle();
      rig.stop(false);
      for (const name of rig.data.list('version-2')) rig.data.remove(`version-2/${name}`);
      expect(rig.start().database.lastZxid).toBe(ZXID_UNKNOWN);
    },
  );

  it('uses the file up where there are data as well', () => {
    const { rig, history } = stoppedRig();
    rig.autocreate = false;
    rig.log.create('initialize');
    expectState(rig.start(), history);
    rig.settle();
    expect(rig.log.read('initialize')).toBeNull();
  });
});

describe('the newest transactions that a recovery returns', () => {
  it.each([0, 1, 5])('are %i where so many are wanted', (recentTxns) => {
    const { rig, history } = stoppedRig();
    rig.recentTxns = recentTxns;
    const newest = history.slice(history.length - recentTxns);
    expect(rig.start().recent.map(({ zxid }) => zxid)).toEqual(newest.map(({ zxid }) => zxid));
  });
});
