import { makeZxid } from '@vivarium/shared/zxid';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn } from '../core/io.ts';
import { GZIP } from '../server/gzip.ts';
import { pollUntil } from '../tests/harness/poll.ts';
import { databaseOf, makeTxn, StorageRig } from '../tests/harness/storage-rig.ts';
import { RecoveryError } from './recovery-error.ts';
import { SNAPPY, type SnapshotCodec } from './snapshot-codec.ts';

/** A server with two snapshots, at the transactions 5 and 10 of 12, stopped. */
async function writtenRig(codec: SnapshotCodec): Promise<{ rig: StorageRig; history: LoggedTxn[] }> {
  const rig = new StorageRig(3);
  rig.snapshotCodec = codec;
  rig.start();
  const history: LoggedTxn[] = [];
  for (let counter = 1; counter <= 12; counter++) {
    const txn = makeTxn(makeZxid(1, counter));
    history.push(txn);
    rig.storage.execute(counter, { kind: 'append', txn });
    if (counter % 5 !== 0) continue;
    rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
    const name = `snapshot.10000000${counter.toString(16)}${codec.suffix}`;
    // zlib works in another thread, whose time is not the rig's.
    const written = async (): Promise<true | undefined> => {
      rig.settle();
      return rig.data.list('version-2').includes(name) || undefined;
    };
    await pollUntil(written, { deadlineMs: 10_000, intervalMs: 1, describe: () => name });
  }
  rig.settle();
  rig.stop(true);
  return { rig, history };
}

describe.each([SNAPPY, GZIP])('a compressed snapshot, $suffix', (codec) => {
  const path = `version-2/snapshot.10000000a${codec.suffix}`;

  it('is what a server goes on from', async () => {
    const { rig, history } = await writtenRig(codec);
    rig.data.remove('version-2/log.100000006');
    expect(rig.start().database.tree.digest).toBe(databaseOf(history).tree.digest);
    expect(rig.warnings).toEqual([]);
  });

  it('counts for nothing where it is cut, wherever that is', async () => {
    const { rig, history } = await writtenRig(codec);
    const whole = rig.data.read(path) ?? new Uint8Array(0);
    for (let length = 0; length < whole.length; length += 13) {
      rig.data.setLength(path, length);
      rig.warnings.length = 0;
      expect(rig.start().database.tree.digest).toBe(databaseOf(history).tree.digest);
      expect(rig.warnings, `${length} of ${whole.length} bytes`).toEqual([
        expect.stringMatching(/^version-2\/snapshot\.10000000a\.\w+ (is|ends|does) .*: trying an older snapshot$/),
      ]);
      rig.stop(false);
      rig.data.write(path, 0, whole);
    }
  });

  it('is refused where it is damaged and the logs do not show that nothing is missing', async () => {
    const { rig } = await writtenRig(codec);
    rig.data.flipBit(path, Math.floor((rig.data.length(path) ?? 0) / 2));
    rig.data.remove('version-2/log.100000006');
    expect(() => rig.start()).toThrow(RecoveryError);
  });
});
