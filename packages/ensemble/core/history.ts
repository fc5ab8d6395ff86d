/**
 * A server's history of transactions: what is applied, and what is in the log but not committed yet. The one place where a
 * transaction enters the log and the tree.
 */
import { assert } from '@vivarium/shared/assert';
import { formatHex } from '@vivarium/shared/zxid';
import { opName } from '@vivarium/wire/op-code';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { Context } from './context.ts';
import type { AppliedTxn, Database } from './database.ts';
import type { LoggedTxn, Recovered } from './io.ts';
import { RecentTxns } from './recent-txns.ts';
import { changesOf, pathOf } from './traced-changes.ts';
import type { ChangeListener } from './tree/data-tree.ts';

/** A transaction in the log that waits for its commit. */
export interface PendingTxn {
  readonly logged: LoggedTxn;
  readonly record: TxnRecord;
}

export class History {
  private readonly context: Context;
  private db: Database;
  readonly recent: RecentTxns;
  private pending: PendingTxn[] = [];
  private mismatches = 0;
  /**
   * Whether the tree may hold changes of transactions that are to come: an Apache leader writes its snapshot while it goes on
   * (Java `DataTree.serialize`). Until they have come the tree has a digest that no other has.
   */
  private fuzzy = false;
  /** Whether the tree was not what the last digest says. */
  private differs = false;
  private txnsSinceSnapshot = 0;
  private bytesSinceSnapshot = 0;
  /** A snapshot is due when either is reached. */
  private snapshotAfterTxns = 0;
  private snapshotAfterBytes = 0;

  constructor(context: Context, recovered: Recovered) {
    this.context = context;
    this.db = recovered.database;
    this.recent = new RecentTxns(context.config.recentTxns, recovered.recent);
    this.drawSnapshotInterval();
  }

  get database(): Database {
    return this.db;
  }

  /** How many transactions left another digest here than where they were made. */
  get digestMismatches(): number {
    return this.mismatches;
  }

  /** zxid of the last transaction in the log. */
  get lastLoggedZxid(): bigint {
    return this.pending.at(-1)?.logged.zxid ?? this.db.lastZxid;
  }

  /** Transactions that wait for their commit, oldest first. */
  get uncommitted(): readonly PendingTxn[] {
    return this.pending;
  }

  /** Takes a transaction into the log. The caller has it persisted. */
  append(txn: PendingTxn): void {
    assert(
      txn.logged.zxid > this.lastLoggedZxid,
      `transaction ${formatHex(txn.logged.zxid)} is appended behind a newer one`,
    );
    this.pending.push(txn);
  }

  /** Applies the oldest uncommitted transaction, which must be the one with this zxid. */
  commit(zxid: bigint, listener: ChangeListener | null): { record: TxnRecord; applied: AppliedTxn } {
    const next = this.pending.shift();
    assert(next?.logged.zxid === zxid, `commit of ${formatHex(zxid)}, which is not the next transaction`);
    return { record: next.record, applied: this.apply(next, listener) };
  }

  /**
   * Applies all that is in the log. A server does so before it stands for election with its log's last zxid: what it
   * then says it has, it must have in its tree too (ZOOKEEPER-2845).
   */
  fastForward(): void {
    for (const txn of this.pending) this.apply(txn, null);
    this.pending = [];
  }

  /** Starts over from what the disk has after a truncation. */
  replace(recovered: Recovered): void {
    this.db = recovered.database;
    this.recent.reset(recovered.recent);
    this.pending = [];
    this.fuzzy = false;
  }

  /** Starts over from a leader's snapshot; `becomeExact` follows. */
  install(database: Database): void {
    this.db = database;
    this.fuzzy = true;
    this.recent.reset([]);
    this.pending = [];
    this.txnsSinceSnapshot = 0;
    this.bytesSinceSnapshot = 0;
  }

  /** All that a leader's snapshot may have held beforehand is applied: the leader commits nothing before it says so. */
  becomeExact(): void {
    if (this.fuzzy) this.db.forgetDigests();
    this.fuzzy = false;
  }

  /** A new leader's epoch begins: its tree counts as being at the epoch's first zxid (Java `Leader.startZkServer`). */
  enterEpoch(zxid: bigint): void {
    assert(this.pending.length === 0 && zxid > this.db.lastZxid, 'an epoch begins with everything applied');
    this.db.lastZxid = zxid;
    this.becomeExact();
  }

  /** Takes a snapshot where enough transactions have been applied since the last one. Only a serving server does so. */
  snapshotIfDue(): void {
    if (this.txnsSinceSnapshot < this.snapshotAfterTxns && this.bytesSinceSnapshot < this.snapshotAfterBytes) return;
    this.drawSnapshotInterval();
    this.context.emit({ kind: 'takeSnapshot', snapshot: this.db.snapshot() });
  }

  /**
   * Between half of snapCount and the whole, so that servers do not all take theirs at once (Java `SyncRequestProcessor`);
   * and as far between half of the size and the whole.
   */
  private drawSnapshotInterval(): void {
    const { snapCount, snapSizeLimitBytes } = this.context.config;
    const half = Math.max(1, Math.floor(snapCount / 2));
    const extra = this.context.random.below(half);
    const halfBytes = snapSizeLimitBytes / 2;
    this.txnsSinceSnapshot = 0;
    this.bytesSinceSnapshot = 0;
    this.snapshotAfterTxns = half + extra;
    this.snapshotAfterBytes =
      snapSizeLimitBytes > 0 ? Math.ceil(halfBytes + (halfBytes * extra) / half) : Number.MAX_SAFE_INTEGER;
  }

  private apply(txn: PendingTxn, listener: ChangeListener | null): AppliedTxn {
    const applied = this.db.apply(txn.record, listener);
    this.recent.push(txn.logged);
    this.txnsSinceSnapshot++;
    this.bytesSinceSnapshot += txn.logged.bytes.length;
    const mismatch = applied.digestMismatch && !this.fuzzy;
    if (mismatch) this.mismatches++;
    // Once the trees differ they do so behind every transaction.
    const isNew = mismatch && !this.differs;
    if (txn.record.digest !== null) this.differs = mismatch;
    if (isNew) {
      const detail = `the tree differs from the leader's after ${formatHex(txn.logged.zxid)}`;
      this.context.warn(detail);
      if (this.context.tracing) this.context.trace({ kind: 'warning', code: 'digestMismatch', detail });
    }
    if (this.context.tracing) {
      this.context.trace({
        kind: 'applied',
        zxid: formatHex(txn.logged.zxid),
        operation: opName(txn.record.txn.type),
        path: pathOf(txn.record.txn),
        session: formatHex(txn.record.header.sessionId),
        cxid: txn.record.header.cxid,
        error: applied.err,
        ...changesOf(txn.record.txn, applied.err),
      });
    }
    return applied;
  }
}
