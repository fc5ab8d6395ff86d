/** What a snapshot and a log make: the tree, the sessions, and the last transaction in them (Java `ZKDatabase`). */
import { ErrorCode } from '@vivarium/shared/error-code';
import type { Stat } from '@vivarium/shared/stat';
import { counterOf } from '@vivarium/shared/zxid';
import { JuteError } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiResult } from '@vivarium/wire/replies';
import type { SnapshotEntry, SnapshotSource } from '@vivarium/wire/snapshot';
import type { SubTxn, TxnHeader, TxnRecord } from '@vivarium/wire/txn';
import { type ChangeListener, DataTree } from './tree/data-tree.ts';
import { DIGEST_VERSION } from './tree/digest.ts';
import { CONTAINER_OWNER, statOf, ttlOwner } from './tree/znode.ts';

/** What became of a transaction: the material of the reply. */
export interface AppliedTxn {
  readonly err: ErrorCode;
  /** Of a create: the path with its sequence number. */
  readonly path: string | null;
  /** Of a create, setData or setACL, right after it. */
  readonly stat: Stat | null;
  /** Of a multi. Creates have their Stat, whichever kind they were. */
  readonly results: readonly MultiResult[] | null;
  /** True where the transaction carries a digest and the tree now has another: the replicas have diverged. */
  readonly digestMismatch: boolean;
}

/** An exact image of a database at one zxid. Whoever takes it releases it, also when it was not read to its end. */
export interface HeldSnapshot extends SnapshotSource {
  release(): void;
}

/** The digest of a tree at a zxid. */
export interface ZxidDigest {
  readonly zxid: bigint;
  readonly digest: bigint;
}

/** Which digests are kept to be told to who compares servers (Java `DataTree.DIGEST_LOG_INTERVAL`, `DIGEST_LOG_LIMIT`). */
const DIGEST_LOG_INTERVAL = 128;
const DIGEST_LOG_LIMIT = 1024;

export class Database {
  readonly tree: DataTree;
  /** Timeouts in ms by session id. */
  readonly sessions: Map<bigint, number>;
  /** zxid of the last transaction applied. */
  lastZxid: bigint;
  private readonly digests: ZxidDigest[] = [];

  constructor(tree = new DataTree(), sessions = new Map<bigint, number>(), lastZxid = 0n) {
    this.tree = tree;
    this.sessions = sessions;
    this.lastZxid = lastZxid;
    tree.finishLoading();
  }

  /** The digests behind every 128th transaction, oldest first: two servers that agree have the same (word `hash`). */
  get digestLog(): readonly ZxidDigest[] {
    return this.digests;
  }

  /** Forgets them: the tree was not what it should have been. */
  forgetDigests(): void {
    this.digests.length = 0;
  }

  /** Applies a transaction. Doing it again, or over a snapshot that holds it already, changes nothing. */
  apply(record: TxnRecord, listener: ChangeListener | null = null): AppliedTxn {
    const { header, txn, digest } = record;
    let outcome: Omit<AppliedTxn, 'digestMismatch'>;
    switch (txn.type) {
      case OpCode.createSession:
        this.sessions.set(header.sessionId, txn.timeoutMs);
        outcome = NOTHING;
        break;
      case OpCode.closeSession:
        this.closeSession(header, txn.paths, listener);
        outcome = NOTHING;
        break;
      case OpCode.multi:
        outcome = this.applyMulti(header, txn.txns, listener);
        break;
      default:
        outcome = this.applyOne(header, txn, listener);
    }
    // Last, so that a snapshot begun in between is not named after half a transaction (ZOOKEEPER-3127).
    this.lastZxid = header.zxid;
    if (counterOf(header.zxid) % DIGEST_LOG_INTERVAL === 0) {
      this.digests.push({ zxid: header.zxid, digest: this.tree.digest });
      if (this.digests.length > DIGEST_LOG_LIMIT) this.digests.shift();
    }
    const digestMismatch =
      digest !== null && digest.version === DIGEST_VERSION && digest.treeDigest !== this.tree.digest;
    return { ...outcome, digestMismatch };
  }

  private applyOne(
    header: TxnHeader,
    txn: SubTxn,
    listener: ChangeListener | null,
  ): Omit<AppliedTxn, 'digestMismatch'> {
    const { tree } = this;
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL: {
        const ephemeralOwner =
          txn.type === OpCode.createContainer
            ? CONTAINER_OWNER
            : txn.type === OpCode.createTTL
              ? ttlOwner(txn.ttlMs)
              : txn.ephemeral
                ? header.sessionId
                : 0n;
        const { data, acl, parentCversion } = txn;
        const err = tree.create(
          txn.path,
          { data, acl, ephemeralOwner, parentCversion },
          header.zxid,
          header.timeMs,
          listener,
        );
        return { err, path: txn.path, stat: this.statAt(txn.path), results: null };
      }
      case OpCode.delete:
      case OpCode.deleteContainer:
        return { ...NOTHING, err: tree.delete(txn.path, header.zxid, listener) };
      case OpCode.setData:
      case OpCode.reconfig: {
        const err = tree.setData(txn.path, txn.data, txn.version, header.zxid, header.timeMs, listener);
        return { err, path: null, stat: this.statAt(txn.path), results: null };
      }
      case OpCode.setACL: {
        const err = tree.setAcl(txn.path, txn.acl, txn.version);
        return { err, path: null, stat: this.statAt(txn.path), results: null };
      }
      case OpCode.check:
        return NOTHING;
      case OpCode.error:
        return { ...NOTHING, err: txn.err };
    }
  }

  private statAt(path: string): Stat | null {
    const node = this.tree.get(path);
    return node === undefined ? null : statOf(node);
  }

  /** Of a failed multi nothing is applied, and every result is an error (Java `DataTree.processTxn`). */
  private applyMulti(
    header: TxnHeader,
    txns: readonly SubTxn[],
    listener: ChangeListener | null,
  ): Omit<AppliedTxn, 'digestMismatch'> {
    const failed = txns.some((txn) => txn.type === OpCode.error);
    const results: MultiResult[] = [];
    for (const txn of txns) {
      if (txn.type === OpCode.error) {
        results.push({ type: OpCode.error, err: txn.err });
        continue;
      }
      if (failed) {
        const after = results.some((result) => result.type === OpCode.error && result.err !== ErrorCode.OK);
        results.push({ type: OpCode.error, err: after ? ErrorCode.RUNTIMEINCONSISTENCY : ErrorCode.OK });
        continue;
      }
      results.push(multiResult(txn, this.applyOne(header, txn, listener)));
    }
    return { err: ErrorCode.OK, path: null, stat: null, results };
  }

  private closeSession(header: TxnHeader, paths: readonly string[] | null, listener: ChangeListener | null): void {
    this.sessions.delete(header.sessionId);
    for (const path of paths ?? []) this.tree.delete(path, header.zxid, listener);
    // Old logs do not list the paths; and what a list has missed must not outlive its session.
    for (const path of [...this.tree.ephemeralsOf(header.sessionId)]) this.tree.delete(path, header.zxid, listener);
  }

  /** An exact image of this instant, readable while later transactions are applied. */
  snapshot(): HeldSnapshot {
    const image = this.tree.holdImage(this.lastZxid);
    return {
      zxid: this.lastZxid,
      sessions: [...this.sessions],
      acls: image.acls,
      nodes: image.nodes,
      digest: { version: DIGEST_VERSION, treeDigest: this.tree.digest },
      release: image.release,
    };
  }
}

const NOTHING = { err: ErrorCode.OK, path: null, stat: null, results: null };

function multiResult(txn: SubTxn, applied: Omit<AppliedTxn, 'digestMismatch'>): MultiResult {
  if (applied.err !== ErrorCode.OK) return { type: OpCode.error, err: applied.err };
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applied.stat === null
        ? { type: OpCode.error, err: ErrorCode.NONODE }
        : { type: OpCode.create2, path: txn.path, stat: applied.stat };
    case OpCode.setData:
    case OpCode.reconfig:
    case OpCode.setACL:
      return applied.stat === null
        ? { type: OpCode.error, err: ErrorCode.NONODE }
        : { type: OpCode.setData, stat: applied.stat };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type: OpCode.delete };
    case OpCode.check:
      return { type: OpCode.check };
    case OpCode.error:
      return { type: OpCode.error, err: txn.err };
  }
}

/** Makes a database from the entries of a snapshot, in their order. */
export class DatabaseBuilder {
  private readonly tree = new DataTree();
  private readonly sessions = new Map<bigint, number>();

  /** Throws `JuteError` where an entry makes no sense: a node before its parent, twice, or with an ACL nobody listed. */
  add(entry: SnapshotEntry): void {
    switch (entry.kind) {
      case 'session':
        this.sessions.set(entry.sessionId, entry.timeoutMs);
        return;
      case 'acl':
        this.tree.loadAcl(entry.aclId, entry.acl);
        return;
      case 'node':
        if (!this.tree.load(entry.node)) throw new JuteError(`node ${entry.node.path} does not fit into the snapshot`);
    }
  }

  finish(zxid: bigint): Database {
    return new Database(this.tree, this.sessions, zxid);
  }
}
