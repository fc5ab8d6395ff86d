/**
 * The tree as it was right after a transaction, made from a server's data directory: the newest snapshot before it and the
 * logs from there on. The server may be writing meanwhile, so that a log may end in the middle of a record; nothing is ever
 * written here.
 */
import { type Database, DatabaseBuilder } from '@vivarium/ensemble/core/database';
import { GZIP } from '@vivarium/ensemble/server/gzip';
import { mayFollow } from '@vivarium/ensemble/storage/contiguity';
import type { Disk } from '@vivarium/ensemble/storage/disk';
import { logsAmong, type NamedFile, snapshotsAmong, VERSION_DIRECTORY } from '@vivarium/ensemble/storage/file-names';
import { FileView } from '@vivarium/ensemble/storage/file-view';
import { scanLog } from '@vivarium/ensemble/storage/log-scan';
import { snapshotPieces } from '@vivarium/ensemble/storage/snapshot-codec';
import { counterOf, epochOf, formatHex, type Zxid } from '@vivarium/shared/zxid';
import { readSnapshotFile } from '@vivarium/wire/snapshot';
import { decodeTxn } from '@vivarium/wire/txn';

/** The directory does not give the tree; another server's may, or this one's a little later. */
export class TreeFault extends Error {
  override name = 'TreeFault';
  /** Whether the transaction may only not be on the disk yet. */
  readonly early: boolean;

  constructor(message: string, early = false) {
    super(message);
    this.early = early;
  }
}

export interface TreeLimits {
  readonly maxNodes: number;
}

/** Rolls a tree that is not newer than the zxid forward to it, or a new one without `base`. Throws `TreeFault`, `DiskError`. */
export function treeAt(disk: Disk, zxid: Zxid, base: Database | null, limits: TreeLimits): Database {
  const names = disk.list(VERSION_DIRECTORY);
  const database = base ?? newestSnapshot(disk, snapshotsAmong(names), zxid, limits);
  const logs = logsAmong(names);
  const first = Math.max(
    0,
    logs.findLastIndex((file) => file.zxid <= database.lastZxid + 1n),
  );
  for (const file of logs.slice(first)) {
    if (database.lastZxid >= zxid || file.zxid > zxid) break;
    replay(disk, file, database, zxid, limits);
  }
  // A leader's epoch begins with a zxid of its own, for which there is no transaction.
  const reached = database.lastZxid === zxid || (counterOf(zxid) === 0 && epochOf(database.lastZxid) < epochOf(zxid));
  if (!reached) throw new TreeFault(`the log ends at ${formatHex(database.lastZxid)}`, true);
  return database;
}

/** The zxid of the last transaction in the directory; 0n where there is none. */
export function lastZxidOn(disk: Disk): Zxid {
  const names = disk.list(VERSION_DIRECTORY);
  let last = snapshotsAmong(names).at(-1)?.zxid ?? 0n;
  for (const { path } of logsAmong(names).toReversed()) {
    let found = 0n;
    scanLog(new FileView(disk, path), (record) => {
      found = record.zxid;
      return true;
    });
    if (found > last) last = found;
    if (found > 0n) break;
  }
  return last;
}

function newestSnapshot(disk: Disk, snapshots: readonly NamedFile[], zxid: Zxid, limits: TreeLimits): Database {
  for (const file of snapshots.toReversed()) {
    if (file.zxid > zxid) continue;
    const builder = new DatabaseBuilder();
    let nodes = 0;
    const result = readSnapshotFile(snapshotPieces(disk, file.path, GZIP), (entry) => {
      if (entry.kind === 'node') nodes++;
      checkSize(nodes, limits);
      builder.add(entry);
    });
    if (result.ok) return builder.finish(file.zxid);
  }
  throw new TreeFault('no snapshot is as old');
}

function replay(disk: Disk, file: NamedFile, database: Database, zxid: Zxid, limits: TreeLimits): void {
  scanLog(new FileView(disk, file.path), (record) => {
    if (record.zxid <= database.lastZxid) return true;
    if (record.zxid > zxid) return false;
    if (!mayFollow(database.lastZxid, record.zxid)) {
      throw new TreeFault(`transactions before ${formatHex(record.zxid)} are missing`);
    }
    // A copy: data of nodes are views of it, and must not keep a large piece of the file in memory.
    database.apply(decodeTxn(record.payload.slice()));
    checkSize(database.tree.nodeCount, limits);
    return record.zxid < zxid;
  });
}

function checkSize(nodes: number, { maxNodes }: TreeLimits): void {
  if (nodes > maxNodes) throw new TreeFault(`the tree has more than ${maxNodes} znodes`);
}
