/** What a server of a ZAB lab has on its disk, as plain data, and how the core reads and writes it. */

import { Database, DatabaseBuilder } from '@vivarium/ensemble/core/database';
import type { LoggedTxn, Recovered, Write } from '@vivarium/ensemble/core/io';
import { OPEN_ACL } from '@vivarium/shared/acl';
import { assert } from '@vivarium/shared/assert';
import { epochOf, makeZxid, type Zxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { SnapshotReader, type SnapshotSource, streamSnapshot } from '@vivarium/wire/snapshot';
import { decodeTxn, encodeTxn, type TxnRecord } from '@vivarium/wire/txn';

/** Never changed, only replaced. */
export interface ZabDisk {
  /** The newest epoch that it has promised to follow no older leader than. */
  readonly acceptedEpoch: number;
  /** The epoch whose leader its history comes from. */
  readonly currentEpoch: number;
  /** What the log begins behind: a tree at a zxid, as `streamSnapshot` writes it; null: it begins with nothing. */
  readonly snapshot: { readonly zxid: Zxid; readonly bytes: Uint8Array } | null;
  /** Oldest first. */
  readonly log: readonly LoggedTxn[];
}

/** Of a server that never ran, or whose disk was wiped. */
export const EMPTY_ZAB_DISK: ZabDisk = { acceptedEpoch: 0, currentEpoch: 0, snapshot: null, log: [] };

/** The disk once a write of the core is durable. */
export function written(disk: ZabDisk, write: Write): ZabDisk {
  switch (write.kind) {
    case 'append':
      return { ...disk, log: [...disk.log, write.txn] };
    case 'acceptedEpoch':
      return { ...disk, acceptedEpoch: write.epoch };
    case 'currentEpoch':
      return { ...disk, currentEpoch: write.epoch };
    case 'installSnapshot':
      return { ...disk, snapshot: held(write.snapshot), log: [] };
    case 'settle':
    case 'proposedConfiguration':
    case 'committedConfiguration':
      // The ensembles of the labs have one configuration for ever.
      return disk;
  }
}

/** The disk without what stands behind a zxid. */
export function cutBehind(disk: ZabDisk, zxid: Zxid): ZabDisk {
  return { ...disk, log: disk.log.filter((txn) => txn.zxid <= zxid) };
}

/** The last zxid on a disk. */
export function lastOnDisk(disk: ZabDisk): Zxid {
  return disk.log.at(-1)?.zxid ?? disk.snapshot?.zxid ?? 0n;
}

/** What a server finds on its disk when it starts, and after a truncation (`ensemble/storage/recovery`, without its files). */
export function recovered(disk: ZabDisk): Recovered {
  const { snapshot, log, acceptedEpoch } = disk;
  const database = snapshot === null ? new Database() : readSnapshot(snapshot.bytes, snapshot.zxid);
  for (const txn of log) database.apply(decodeTxn(txn.bytes));
  // Whoever has a transaction of an epoch may count itself to the epoch (`storage/epochs`).
  const currentEpoch = Math.max(disk.currentEpoch, epochOf(database.lastZxid));
  return { database, recent: log, acceptedEpoch: Math.max(acceptedEpoch, currentEpoch), currentEpoch };
}

/** The tree of a snapshot's stream. */
export function readSnapshot(bytes: Uint8Array, zxid: Zxid): Database {
  const builder = new DatabaseBuilder();
  const end = new SnapshotReader((entry) => builder.add(entry), true).push(bytes);
  assert(end !== null, 'a snapshot is whole');
  return builder.finish(zxid);
}

/** The stream of a snapshot, which is released. */
export function streamed(snapshot: SnapshotSource & { release(): void }): Uint8Array {
  const chunks = [...streamSnapshot(snapshot)];
  snapshot.release();
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function held(snapshot: SnapshotSource & { release(): void }): NonNullable<ZabDisk['snapshot']> {
  return { zxid: snapshot.zxid, bytes: streamed(snapshot) };
}

/** A transaction of a lesson's beginning: its epoch, its counter, and the znode that it made. */
export type GivenTxn = readonly [epoch: number, counter: number, path: string];

/** A disk to begin a lesson with. Paths are of znodes below the root, each made once. */
export function zabDisk(given: {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** All before the log, of which nothing but the zxid is told. */
  readonly snapshotAt?: readonly [epoch: number, counter: number];
  readonly log: readonly GivenTxn[];
}): ZabDisk {
  const { acceptedEpoch, currentEpoch, snapshotAt } = given;
  const log = given.log.map(([epoch, counter, path], index) => {
    const record = creation(makeZxid(epoch, counter), path, index + 1);
    return { zxid: record.header.zxid, bytes: encodeTxn(record.header, record.txn, null) };
  });
  const before = new Database();
  if (snapshotAt !== undefined) before.lastZxid = makeZxid(...snapshotAt);
  const snapshot = snapshotAt === undefined ? null : held(before.snapshot());
  return { acceptedEpoch, currentEpoch, snapshot, log };
}

function creation(zxid: Zxid, path: string, parentCversion: number): TxnRecord {
  const header = { sessionId: 1n, cxid: parentCversion, zxid, timeMs: 0 };
  const txn = { type: OpCode.create, path, data: null, acl: OPEN_ACL, ephemeral: false, parentCversion } as const;
  return { header, txn, digest: null };
}
