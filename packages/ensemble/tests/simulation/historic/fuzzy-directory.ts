/**
 * Directories as Apache leaves them: a snapshot that is written while transactions go on, so that each node in it is as of
 * another moment, and a log with all of them (Java `DataTree.serializeNode`, `FileSnap`, `FileTxnLog`).
 */
import { strict as assert } from 'node:assert';
import { formatHex } from '@vivarium/shared/zxid';
import { type SnapshotNode, type SnapshotSource, snapshotFile } from '@vivarium/wire/snapshot';
import { decodeTxn, encodeTxn } from '@vivarium/wire/txn';
import { Database, DatabaseBuilder } from '../../../core/database.ts';
import type { LoggedTxn, Recovered } from '../../../core/io.ts';
import { OutstandingChanges } from '../../../core/request/outstanding-changes.ts';
import { type OrderedRequest, prepare } from '../../../core/request/prepare.ts';
import { snapshotPath } from '../../../storage/file-names.ts';
import { StorageRig } from '../../harness/storage-rig.ts';
import { BrokenPromise } from './scenario.ts';
import { serverConfig } from './server-config.ts';

/** Makes transactions as a leader does, one behind the other. */
export class TxnMaker {
  readonly txns: LoggedTxn[] = [];
  readonly database = new Database();
  private readonly changes = new OutstandingChanges(this.database, true);

  /** Orders a request of a session. Returns the zxid. */
  order(sessionId: bigint, request: OrderedRequest): bigint {
    const zxid = BigInt(this.txns.length + 1);
    const timeMs = 1_700_000_000_000 + this.txns.length;
    const config = serverConfig({ sid: 1, voters: 1, observers: 0, changes: false, snapCount: 1000, seed: 1 });
    const { changes } = this;
    const quotaWarnings = { exceeded: () => {} };
    const txn = prepare({ config, ensemble: null, changes, sessionId, ids: [], zxid, timeMs, quotaWarnings }, request);
    const digest = { version: 2, treeDigest: this.changes.digest };
    const bytes = encodeTxn({ sessionId, cxid: 0, zxid, timeMs }, txn, digest);
    this.txns.push({ zxid, bytes });
    const { digestMismatch } = this.database.apply(decodeTxn(bytes));
    assert(!digestMismatch, 'what is applied is what was foreseen');
    this.changes.applied(zxid);
    return zxid;
  }
}

/**
 * A snapshot that was begun behind the first `begin` transactions. `before` says, for each node that the writer comes to,
 * how many transactions are applied by then; it never falls.
 */
export function fuzzySnapshot(
  txns: readonly LoggedTxn[],
  begin: number,
  before: (path: string, visit: number) => number,
): SnapshotSource {
  const database = new Database();
  let applied = 0;
  const applyUpTo = (count: number): void => {
    for (; applied < Math.min(count, txns.length); applied++)
      database.apply(decodeTxn(txns[applied]?.bytes ?? NO_BYTES));
  };
  applyUpTo(begin);
  const zxid = database.lastZxid;
  const sessions = [...database.sessions];
  const held = database.tree.holdImage(zxid);
  held.release();
  const nodes: SnapshotNode[] = [];
  let visits = 0;
  const write = (path: string): void => {
    applyUpTo(before(path, visits++));
    const node = database.tree.get(path);
    if (node === undefined) return;
    const { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid } = node;
    const stat = { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid };
    nodes.push({ path: path === '/' ? '' : path, data: node.data, aclId: node.aclId, stat });
    for (const child of [...(node.children ?? [])]) write(path === '/' ? `/${child}` : `${path}/${child}`);
  };
  write('/');
  return { zxid, sessions, acls: held.acls, nodes, digest: null };
}

const NO_BYTES = new Uint8Array(0);

/** What a snapshot alone makes. */
export function databaseOf(snapshot: SnapshotSource): Database {
  const builder = new DatabaseBuilder();
  for (const [sessionId, timeoutMs] of snapshot.sessions) builder.add({ kind: 'session', sessionId, timeoutMs });
  for (const [aclId, acl] of snapshot.acls) builder.add({ kind: 'acl', aclId, acl });
  for (const node of snapshot.nodes) builder.add({ kind: 'node', node });
  return builder.finish(snapshot.zxid);
}

/** Starts a server from a directory with this snapshot and a log of all transactions. */
export function recoverFrom(snapshot: SnapshotSource, txns: readonly LoggedTxn[]): Recovered {
  const rig = new StorageRig(1);
  rig.start();
  txns.forEach((txn, index) => {
    rig.storage.execute(index + 1, { kind: 'append', txn });
  });
  rig.settle();
  const path = snapshotPath(snapshot.zxid);
  rig.data.create(path);
  let offset = 0;
  for (const chunk of snapshotFile(snapshot)) {
    rig.data.write(path, offset, chunk);
    offset += chunk.length;
  }
  rig.stop(false);
  const recovered = rig.start();
  const [warning] = rig.warnings;
  if (warning !== undefined) throw new BrokenPromise('Recoverability', warning);
  return recovered;
}

/** Fails unless two databases are the same, to the last stat. */
export function assertSame(actual: Database, expected: Database): void {
  const right = textOf(expected);
  const wrong = textOf(actual).filter((line) => !right.includes(line));
  if (wrong.length > 0) throw new BrokenPromise('StateEquality', `${wrong.join('; ')} instead of ${right.join('; ')}`);
}

function textOf(database: Database): string[] {
  const { tree, sessions, lastZxid } = database;
  const nodes = [...tree.paths()].sort().map((path) => {
    const node = tree.get(path);
    assert(node !== undefined);
    const children = [...(node.children ?? [])].sort();
    return `${path} c${node.czxid} m${node.mzxid} p${node.pzxid} v${node.version} cv${node.cversion} av${node.aversion} e${node.ephemeralOwner} ${node.data} ${JSON.stringify(tree.aclOf(node))} [${children}]`;
  });
  const ephemerals = [...tree.ephemeralOwners()].map((id) => `${id}: ${[...tree.ephemeralsOf(id)].sort()}`).sort();
  const ids = [...sessions].map(([id, ms]) => `${id}:${ms}`).sort();
  return [formatHex(lastZxid), formatHex(tree.digest), ...nodes, ...ephemerals, ...ids];
}
