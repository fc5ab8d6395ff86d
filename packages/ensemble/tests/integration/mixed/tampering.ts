import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotFile } from '@vivarium/wire/snapshot';
import { RealDisk } from '../../../server/real-disk.ts';
import { recoverDirectory } from '../../../storage/recovery.ts';

/**
 * Changes a datum in the data directory of a server that does not run, so that nothing on its disk tells of it: logs and
 * snapshots are replaced by one snapshot of the same zxid.
 */
export function tamperWith(dataDirectory: string, path: string): void {
  const disk = new RealDisk(dataDirectory, false);
  const { database } = recoverDirectory({ data: disk, log: disk, gzip: null, recentTxns: 0, onWarning: () => {} });
  const { tree } = database;
  const node = tree.get(path);
  if (node === undefined) throw new Error(`no ${path}`);
  tree.setData(path, new TextEncoder().encode('tampered with'), node.version, node.mzxid, node.mtimeMs, null);
  const folder = join(dataDirectory, 'version-2');
  for (const name of readdirSync(folder)) {
    if (name.startsWith('log.') || name.startsWith('snapshot.')) rmSync(join(folder, name));
  }
  const snapshot = Buffer.concat([...snapshotFile(database.snapshot())]);
  writeFileSync(join(folder, `snapshot.${database.lastZxid.toString(16)}`), snapshot);
}
