/** What a server keeps on its disk. */
import { strict as assert } from 'node:assert';
import { makeZxid } from '@vivarium/shared/zxid';
import type { LoggedTxn } from '../../../core/io.ts';
import { databaseOf, makeTxn, StorageRig } from '../../harness/storage-rig.ts';
import type { Scenario } from './scenario.ts';

export const STORAGE_SCENARIOS: readonly Scenario[] = [
  {
    bug: 27,
    jira: 'ZOOKEEPER-3231',
    title: 'a purge does not leave a server with nothing but snapshots that are not whole',
    play: (seed) => {
      const rig = new StorageRig(seed, seed % 2 === 0 ? 1 : 2);
      rig.start();
      const history: LoggedTxn[] = [];
      for (let counter = 1; counter <= 33; counter++) {
        const txn = makeTxn(makeZxid(1, counter));
        history.push(txn);
        rig.storage.execute(counter, { kind: 'append', txn });
        if (counter % 5 !== 0) continue;
        rig.storage.takeSnapshot(databaseOf(history).snapshot(), rig.pace);
        rig.settle();
      }
      // As many of the newest as are to be kept are broken, each in its own way.
      const newest = rig.data
        .list('version-2')
        .filter((name) => name.startsWith('snapshot.'))
        .sort()
        .slice(-3)
        .map((name) => `version-2/${name}`);
      newest.forEach((path, index) => {
        const length = rig.data.read(path)?.length ?? 0;
        if ((seed + index) % 3 === 0) rig.data.setLength(path, 0);
        else if ((seed + index) % 3 === 1) rig.data.setLength(path, length - 7);
        else rig.data.flipBit(path, 40 + (seed % 30));
        rig.data.sync(path, () => {});
      });
      rig.settle();
      let finished = false;
      rig.storage.purge(3, rig.pace, (_removed, fault) => {
        assert.equal(fault, null);
        finished = true;
      });
      rig.settle();
      assert(finished, 'the purge has come to its end');
      rig.stop(true);
      const { database } = rig.start();
      assert.equal(database.lastZxid, makeZxid(1, 33), 'everything is there');
      assert.equal(database.tree.digest, databaseOf(history).tree.digest);
    },
  },
];
