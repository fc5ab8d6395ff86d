/** Writes transactions, what was not seen of them, and drops the oldest. */
import type { DatabaseSync } from 'node:sqlite';
import { counterOf, epochOf, type Zxid } from '@vivarium/shared/zxid';
import type { TransactionBatch } from './committed-transaction.ts';
import { atOnce, big, int, intOrNull, one, prepare } from './sql.ts';
import { changeRow } from './stored-change.ts';
import type { StoredTransaction, TransactionLimits } from './transaction-store.ts';
import type { ZnodeTable } from './znode-table.ts';

/** A span is full with so many transactions, or so many bytes of data. */
const SPAN_TRANSACTIONS = 1_000;
const SPAN_BYTES = 4 << 20;

/** Data of one transaction beyond this are not kept, only their lengths. */
const MAX_TRANSACTION_DATA_BYTES = 1 << 20;

/** Free pages of the file that are kept for what comes, and how many are given back to the disk at once. */
const FREE_PAGES_KEPT = 1_024;
const FREE_PAGES_STEP = 256;

/** Consecutive transactions with the addresses of their clients. */
export interface StoredBatch extends TransactionBatch {
  readonly transactions: readonly StoredTransaction[];
}

/** `anotherHistory`: the cluster has begun anew, and what is kept is not of it; nothing of the batch was written then. */
export type Written = 'written' | 'anotherHistory';

interface Span {
  first: Zxid;
  last: Zxid;
  minMs: number;
  maxMs: number;
  transactions: number;
  bytes: number;
}

export class TransactionWriter {
  private readonly database: DatabaseSync;
  private readonly znodes: ZnodeTable;
  private readonly operations = new Map<string, number>();
  private readonly statements;

  constructor(database: DatabaseSync, znodes: ZnodeTable) {
    this.database = database;
    this.znodes = znodes;
    this.statements = statementsOf(database);
  }

  /** Writes all of the batches or, where it throws, nothing. */
  write(batches: readonly StoredBatch[]): Written {
    try {
      return atOnce(this.database, () => {
        for (const batch of batches) if (!this.writeBatch(batch)) throw new AnotherHistory();
        return 'written';
      });
    } catch (error) {
      this.znodes.forget();
      this.operations.clear();
      if (error instanceof AnotherHistory) return 'anotherHistory';
      throw error;
    }
  }

  setAddress(session: bigint, address: string): void {
    this.statements.setAddress.run(address, BigInt.asIntN(64, session));
  }

  /** Drops the oldest span where there is too much, or it is too old. Returns whether there may be more to drop. */
  prune(limits: TransactionLimits, nowMs: number): boolean {
    const { statements } = this;
    const row = statements.oldestSpan.get();
    if (row === undefined) return false;
    const pages = int(one(statements.pageCount).page_count);
    const free = int(one(statements.freePages).freelist_count);
    const used = (pages - free) * int(one(statements.pageSize).page_size);
    if (free > FREE_PAGES_KEPT) this.database.exec(`PRAGMA incremental_vacuum(${FREE_PAGES_STEP})`);
    const isOld = int(row.max_ms) < nowMs - limits.ageMs;
    if (!isOld && used <= limits.bytes) return free > FREE_PAGES_KEPT + FREE_PAGES_STEP;
    atOnce(this.database, () => this.dropUpTo(big(row.last)));
    this.znodes.forget();
    return true;
  }

  private writeBatch({ after, transactions }: StoredBatch): boolean {
    const { statements } = this;
    const row = one(statements.position);
    let position = row.zxid === null ? null : big(row.zxid);
    let newestMs = int(row.time_ms);
    if (after !== null) {
      if (position !== null && after > position) this.addGap(position, after, newestMs);
      position = position === null || after > position ? after : position;
    }
    let hasOpenGap = statements.openGap.get() !== undefined;
    let span = this.newestSpan();
    for (const transaction of transactions) {
      const zxid = BigInt.asIntN(64, transaction.zxid);
      if (position !== null && zxid <= position) {
        // What came before is the same again, or too old to be known; what was made later has another history behind it.
        if (transaction.timeMs > newestMs && !this.has(transaction)) return false;
        continue;
      }
      if (after === null && position !== null && skips(position, zxid)) {
        this.addGap(position, zxid - 1n, newestMs);
        hasOpenGap = true;
      }
      if (span === null || span.transactions >= SPAN_TRANSACTIONS || span.bytes >= SPAN_BYTES) {
        if (span !== null) this.saveSpan(span);
        span = emptySpan(zxid);
      }
      span.bytes += this.insert(zxid, transaction);
      span.last = zxid;
      span.transactions++;
      span.minMs = Math.min(span.minMs, transaction.timeMs);
      span.maxMs = Math.max(span.maxMs, transaction.timeMs);
      if (hasOpenGap) statements.closeGap.run(transaction.timeMs);
      hasOpenGap = false;
      position = zxid;
      newestMs = Math.max(newestMs, transaction.timeMs);
    }
    if (span !== null) this.saveSpan(span);
    statements.setPosition.run(position, newestMs);
    return true;
  }

  private insert(zxid: Zxid, transaction: StoredTransaction): number {
    const { statements, znodes } = this;
    const { changes, path } = transaction;
    const about = path === null ? null : znodes.take(path).id;
    let bytes = 0;
    let firstChange = 0n;
    let shown = about;
    for (const [i, change] of changes.entries()) {
      const { id } = znodes.take(change.path);
      const row = changeRow(change, MAX_TRANSACTION_DATA_BYTES - bytes);
      for (const value of row) if (value instanceof Uint8Array) bytes += value.length;
      const { lastInsertRowid } = statements.insertChange.run(id, ...row);
      if (i === 0) firstChange = BigInt(lastInsertRowid);
      shown ??= id;
      this.touch(change.path, zxid);
    }
    if (path !== null) this.touch(path, zxid);
    const { timeMs, heardMs, session, cxid, address, operation, error, moreChanges } = transaction;
    statements.insertTransaction.run(
      ...[zxid, timeMs, heardMs, BigInt.asIntN(64, session), cxid, address, this.operationId(operation), error],
      ...[shown, about, firstChange, changes.length, moreChanges],
    );
    return bytes;
  }

  /** Lets the transaction be found by the path, and by all above it. */
  private touch(path: string, zxid: Zxid): void {
    const { id, above } = this.znodes.take(path);
    const { insertTouched } = this.statements;
    insertTouched.run(2 * id, zxid);
    insertTouched.run(2 * id + 1, zxid);
    for (const each of above) insertTouched.run(2 * each + 1, zxid);
  }

  private operationId(name: string): number {
    let id = this.operations.get(name);
    if (id === undefined) {
      this.statements.insertOperation.run(name);
      id = int(one(this.statements.operationId, name).id);
      this.operations.set(name, id);
    }
    return id;
  }

  private has({ zxid, timeMs, session, cxid }: StoredTransaction): boolean {
    const row = this.statements.transaction.get(BigInt.asIntN(64, zxid));
    if (row === undefined) return false;
    return int(row.time_ms) === timeMs && big(row.session) === BigInt.asIntN(64, session) && int(row.cxid) === cxid;
  }

  /** One that nothing follows yet goes on. */
  private addGap(after: Zxid, until: Zxid, fromMs: number): void {
    const { statements } = this;
    if (statements.extendGap.run(until, after).changes === 0n) statements.insertGap.run(after, until, fromMs);
  }

  private newestSpan(): Span | null {
    const row = this.statements.newestSpan.get();
    if (row === undefined) return null;
    return {
      first: big(row.first),
      last: big(row.last),
      minMs: int(row.min_ms),
      maxMs: int(row.max_ms),
      transactions: int(row.transactions),
      bytes: int(row.bytes),
    };
  }

  private saveSpan({ first, last, minMs, maxMs, transactions, bytes }: Span): void {
    this.statements.saveSpan.run(first, last, minMs, maxMs, transactions, bytes);
  }

  /** All up to the zxid, with what only they were found by. */
  private dropUpTo(last: Zxid): void {
    const { statements, znodes } = this;
    const ids = new Set<number>();
    const end = one(statements.changesEnd, last);
    const lastChange = intOrNull(end.last_change) ?? 0;
    for (const { id } of statements.changedZnodes.iterate(lastChange)) ids.add(int(id));
    for (const { id } of statements.aboutZnodes.iterate(last)) ids.add(int(id));
    for (const id of [...ids]) for (const each of znodes.above(id)) ids.add(each);
    for (const id of ids) {
      statements.dropTouched.run(2 * id, last);
      statements.dropTouched.run(2 * id + 1, last);
      // All below it is found by it too: where nothing finds it, nothing needs its name.
      if (id !== 1 && statements.isTouched.get(2 * id + 1) === undefined) statements.dropZnode.run(id);
    }
    for (const statement of [statements.dropTransactions, statements.dropSpans, statements.dropGaps]) {
      statement.run(last);
    }
    statements.dropChanges.run(lastChange);
  }
}

class AnotherHistory extends Error {}

/** Whether transactions lie between the two: within an epoch the leader counts by ones (Java `ZooKeeperServer.getNextZxid`). */
function skips(position: Zxid, zxid: Zxid): boolean {
  return epochOf(position) === epochOf(zxid) && counterOf(zxid) > counterOf(position) + 1;
}

function emptySpan(first: Zxid): Span {
  return { first, last: first, minMs: Number.MAX_SAFE_INTEGER, maxMs: 0, transactions: 0, bytes: 0 };
}

function statementsOf(database: DatabaseSync) {
  const statement = (sql: string) => prepare(database, sql);
  return {
    position: statement('SELECT zxid, time_ms FROM position'),
    setPosition: statement('UPDATE position SET zxid = ?, time_ms = ?'),
    insertTransaction: statement('INSERT INTO txn VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    insertChange: statement(
      'INSERT INTO change(znode, flags, version, before_bytes, after_bytes, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    // Parts of a multi touch the same places.
    insertTouched: statement('INSERT OR IGNORE INTO touched VALUES (?, ?)'),
    insertOperation: statement('INSERT OR IGNORE INTO operation(name) VALUES (?)'),
    operationId: statement('SELECT id FROM operation WHERE name = ?'),
    transaction: statement('SELECT time_ms, session, cxid FROM txn WHERE zxid = ?'),
    setAddress: statement('UPDATE txn SET address = ? WHERE session = ? AND address IS NULL'),
    openGap: statement('SELECT 1 FROM gap WHERE to_ms IS NULL'),
    insertGap: statement('INSERT INTO gap VALUES (?, ?, ?, NULL)'),
    extendGap: statement('UPDATE gap SET until_zxid = ? WHERE until_zxid = ? AND to_ms IS NULL'),
    closeGap: statement('UPDATE gap SET to_ms = ? WHERE to_ms IS NULL'),
    newestSpan: statement('SELECT * FROM span ORDER BY first DESC LIMIT 1'),
    oldestSpan: statement('SELECT last, max_ms FROM span ORDER BY first LIMIT 1'),
    saveSpan: statement('INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?)'),
    pageCount: statement('PRAGMA page_count'),
    freePages: statement('PRAGMA freelist_count'),
    pageSize: statement('PRAGMA page_size'),
    changesEnd: statement(
      'SELECT max(first_change + changes - 1) AS last_change FROM txn WHERE zxid <= ? AND changes > 0',
    ),
    changedZnodes: statement('SELECT DISTINCT znode AS id FROM change WHERE id <= ?'),
    aboutZnodes: statement('SELECT DISTINCT about AS id FROM txn WHERE zxid <= ? AND about IS NOT NULL'),
    isTouched: statement('SELECT 1 FROM touched WHERE place = ? LIMIT 1'),
    dropTouched: statement('DELETE FROM touched WHERE place = ? AND zxid <= ?'),
    dropZnode: statement('DELETE FROM znode WHERE id = ?'),
    dropTransactions: statement('DELETE FROM txn WHERE zxid <= ?'),
    dropChanges: statement('DELETE FROM change WHERE id <= ?'),
    dropSpans: statement('DELETE FROM span WHERE last <= ?'),
    dropGaps: statement('DELETE FROM gap WHERE after_zxid <= ?'),
  };
}
