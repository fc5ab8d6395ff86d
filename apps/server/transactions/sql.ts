/** Statements of SQLite with a type for what they give. All integers come as bigints: zxids have 64 bits. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { assert } from '@vivarium/shared/assert';

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function prepare(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

/** The only row of a statement that always has one. */
export function one(statement: StatementSync, ...values: SQLInputValue[]): Row {
  const row = statement.get(...values);
  assert(row !== undefined, 'the statement gives a row');
  return row;
}

export function big(value: SQLOutputValue | undefined): bigint {
  assert(typeof value === 'bigint', 'the column is an integer');
  return value;
}

export function int(value: SQLOutputValue | undefined): number {
  return Number(big(value));
}

export function intOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null ? null : int(value);
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function bytesOrNull(value: SQLOutputValue | undefined): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}

/** Does all of it or nothing. */
export function atOnce<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite itself takes back what it could not finish, such as for want of space.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
