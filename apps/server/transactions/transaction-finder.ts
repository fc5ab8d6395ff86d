/** Answers what is kept: pages of transactions, and one with its data. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Zxid } from '@vivarium/shared/zxid';
import type { CommittedChange } from './committed-transaction.ts';
import { big, int, one, prepare, type Row, textOrNull } from './sql.ts';
import { changeOfRow } from './stored-change.ts';
import type { StoredTransaction, TransactionFilter, TransactionGap, TransactionPage } from './transaction-store.ts';
import type { ZnodeTable } from './znode-table.ts';

/** Changes of one transaction that a list names; its details have all. */
const LISTED_CHANGES = 20;
const MAX_GAPS = 200;
/** Filters are compared by how many they let through; beyond this they are all alike. */
const COUNTED = 10_000;
const LAST_ZXID = (1n << 63n) - 1n;

/** One filter: the list of zxids that has it, in their order, and the same said of a row of `txn`. */
interface Filter {
  readonly list: { readonly from: string; readonly where: string } | null;
  readonly where: string;
  readonly values: readonly SQLInputValue[];
}

/** Zxids; `low` is not included, `high` is. */
interface Range {
  readonly low: Zxid;
  readonly high: Zxid;
}

const DETAIL_COLUMNS = 'znode, flags, version, before_bytes, after_bytes, before, after';
const LIST_COLUMNS = 'znode, flags, version, before_bytes, after_bytes';

export class TransactionFinder {
  private readonly database: DatabaseSync;
  private readonly znodes: ZnodeTable;
  private readonly statements;

  constructor(database: DatabaseSync, znodes: ZnodeTable) {
    this.database = database;
    this.znodes = znodes;
    this.statements = statementsOf(database);
  }

  find(query: TransactionFilter): TransactionPage {
    const range = this.rangeOf(query);
    const filters = this.filtersOf(query);
    const path = query.path === undefined ? null : this.znodes.find(query.path);
    const rows = range === null || filters === null ? [] : this.rows(filters, range, query.limit + 1);
    const transactions = rows.slice(0, query.limit).map((row) => this.transaction(row, path?.id ?? 0));
    const more = rows.length > query.limit;
    const low = (more ? transactions.at(-1)?.zxid : query.after) ?? 0n;
    const high = min(query.before === undefined ? LAST_ZXID : query.before - 1n, query.until ?? LAST_ZXID);
    return { transactions, more, gaps: this.gaps({ low, high }, query), kept: this.kept() };
  }

  detail(zxid: Zxid): StoredTransaction | null {
    const row = this.statements.transaction.get(BigInt.asIntN(64, zxid));
    if (row === undefined) return null;
    const first = big(row.first_change);
    const changes = this.statements.details.all(first, first + big(row.changes)).map((change) => this.change(change));
    return { ...this.head(row), changes, moreChanges: int(row.more_changes) };
  }

  private transaction(row: Row, path: number): StoredTransaction {
    const first = big(row.first_change);
    const rows = this.statements.changes.all(first, first + big(row.changes), first + BigInt(LISTED_CHANGES), path);
    const changes = rows.map((change) => this.change(change));
    return { ...this.head(row), changes, moreChanges: int(row.more_changes) + int(row.changes) - changes.length };
  }

  private head(row: Row): Omit<StoredTransaction, 'changes' | 'moreChanges'> {
    return {
      zxid: big(row.zxid),
      timeMs: int(row.time_ms),
      heardMs: int(row.heard_ms),
      session: big(row.session),
      cxid: int(row.cxid),
      address: textOrNull(row.address),
      operation: textOrNull(row.operation_name) ?? '',
      error: int(row.error),
      path: row.path === null ? null : this.znodes.pathOf(int(row.path)),
    };
  }

  private change(row: Row): CommittedChange {
    return changeOfRow(row, this.znodes.pathOf(int(row.znode)));
  }

  /** Where zxids may lie that the query's bounds let through; null where none can. */
  private rangeOf({ before, after, until, fromMs, toMs }: TransactionFilter): Range | null {
    let low = after ?? -1n;
    let high = min(before === undefined ? LAST_ZXID : before - 1n, until ?? LAST_ZXID);
    if (fromMs !== undefined || toMs !== undefined) {
      // Spans, of which every one is looked at: a thousand times fewer than transactions.
      const span = one(this.statements.spans, fromMs ?? 0, toMs ?? Number.MAX_SAFE_INTEGER);
      if (span.first === null) return null;
      low = max(low, big(span.first) - 1n);
      high = min(high, big(span.last));
    }
    return low < high ? { low, high } : null;
  }

  /** Null where nothing can match, since the path or the operation never was. */
  private filtersOf({ path, below, session, operation, fromMs, toMs }: TransactionFilter): Filter[] | null {
    const filters: Filter[] = [];
    if (path !== undefined) {
      const ids = this.znodes.find(path);
      if (ids === null) return null;
      filters.push(touching(2 * ids.id));
    }
    if (below === '/') filters.push({ list: null, where: 'txn.path IS NOT NULL', values: [] });
    else if (below !== undefined) {
      const ids = this.znodes.find(below);
      if (ids === null) return null;
      filters.push(touching(2 * ids.id + 1));
    }
    if (session !== undefined) filters.push(equal('session', BigInt.asIntN(64, session)));
    if (operation !== undefined) {
      const row = this.statements.operationId.get(operation);
      if (row === undefined) return null;
      filters.push(equal('operation', big(row.id)));
    }
    if (fromMs !== undefined) filters.push({ list: null, where: 'txn.time_ms >= ?', values: [fromMs] });
    if (toMs !== undefined) filters.push({ list: null, where: 'txn.time_ms <= ?', values: [toMs] });
    return filters;
  }

  private rows(filters: readonly Filter[], { low, high }: Range, limit: number): Row[] {
    // The list of the rarest thing is walked, and each of its transactions held against the other filters.
    const [shortest] = filters
      .flatMap((filter) => (filter.list === null ? [] : [{ filter, list: filter.list }]))
      .map((each) => ({ ...each, count: this.count(each.filter, low, high) }))
      .sort((a, b) => a.count - b.count);
    if (shortest?.count === 0) return [];
    const others = filters.filter((filter) => filter !== shortest?.filter);
    const { from, where } = shortest?.list ?? { from: 'txn NOT INDEXED', where: 'TRUE' };
    const zxid = from.startsWith('touched') ? 'touched.zxid' : 'txn.zxid';
    const conditions = [where, `${zxid} > ? AND ${zxid} <= ?`, ...others.map((filter) => filter.where)];
    const sql = `SELECT txn.*, operation.name AS operation_name FROM ${from} CROSS JOIN operation ON operation.id = txn.operation
      WHERE ${conditions.join(' AND ')} ORDER BY ${zxid} DESC LIMIT ?`;
    const values = [...(shortest?.filter.values ?? []), low, high, ...others.flatMap((filter) => filter.values), limit];
    return prepare(this.database, sql).all(...values);
  }

  private count({ list, values }: Filter, low: Zxid, high: Zxid): number {
    if (list === null) return COUNTED;
    const zxid = list.from.startsWith('touched') ? 'touched.zxid' : 'txn.zxid';
    const from = list.from.startsWith('touched') ? 'touched' : list.from;
    const sql = `SELECT count(*) AS n FROM
      (SELECT 1 FROM ${from} WHERE ${list.where} AND ${zxid} > ? AND ${zxid} <= ? LIMIT ${COUNTED})`;
    return int(one(prepare(this.database, sql), ...values, low, high).n);
  }

  private gaps({ low, high }: Range, { fromMs, toMs }: TransactionFilter): TransactionGap[] {
    const rows = this.statements.gaps.all(low, high, fromMs ?? 0, toMs ?? Number.MAX_SAFE_INTEGER);
    return rows.map((row) => ({
      after: big(row.after_zxid),
      until: big(row.until_zxid),
      fromMs: int(row.from_ms),
      toMs: row.to_ms === null ? null : int(row.to_ms),
    }));
  }

  private kept(): TransactionPage['kept'] {
    const { first, last, from_ms, transactions } = one(this.statements.kept);
    if (first === null) return null;
    return { first: big(first), last: big(last), fromMs: int(from_ms), count: int(transactions) };
  }
}

function touching(place: number): Filter {
  return {
    list: { from: 'touched CROSS JOIN txn ON txn.zxid = touched.zxid', where: 'touched.place = ?' },
    where: 'EXISTS (SELECT 1 FROM touched WHERE place = ? AND touched.zxid = txn.zxid)',
    values: [place],
  };
}

function equal(column: 'session' | 'operation', value: bigint): Filter {
  const where = `txn.${column} = ?`;
  return { list: { from: `txn INDEXED BY txn_${column}`, where }, where, values: [value] };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function statementsOf(database: DatabaseSync) {
  const statement = (sql: string) => prepare(database, sql);
  return {
    transaction: statement(
      'SELECT txn.*, operation.name AS operation_name FROM txn JOIN operation ON operation.id = txn.operation WHERE zxid = ?',
    ),
    changes: statement(
      `SELECT ${LIST_COLUMNS} FROM change WHERE id >= ? AND id < ? AND (id < ? OR znode = ?) ORDER BY id`,
    ),
    details: statement(`SELECT ${DETAIL_COLUMNS} FROM change WHERE id >= ? AND id < ? ORDER BY id`),
    operationId: statement('SELECT id FROM operation WHERE name = ?'),
    spans: statement('SELECT min(first) AS first, max(last) AS last FROM span WHERE max_ms >= ? AND min_ms <= ?'),
    gaps: statement(
      `SELECT * FROM gap WHERE until_zxid > ? AND after_zxid < ? AND coalesce(to_ms, 1 << 62) >= ? AND from_ms <= ?
       ORDER BY after_zxid DESC LIMIT ${MAX_GAPS}`,
    ),
    kept: statement(
      `SELECT min(first) AS first, max(last) AS last, sum(transactions) AS transactions,
       (SELECT min_ms FROM span ORDER BY first LIMIT 1) AS from_ms FROM span`,
    ),
  };
}
