/** The file of one cluster's transactions: made, opened, or set aside where it cannot be used. */
import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectories } from '@vivarium/ensemble/server/real-disk';
import { big, one, prepare } from './sql.ts';

/** Says that a file is one of these: `vtxn`. */
const APPLICATION_ID = 0x7674786e;
/** Of the tables; a file with another one is of another release. */
const VERSION = 1;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/**
 * `txn` has a row for each transaction, in the order of zxids; `change` what each did, in the same order, so that the changes of
 * one are a range of ids. `touched` answers where and below which path: `2 * znode` is the znode itself, `2 * znode + 1` it with
 * all below. A `span` is about a thousand transactions: what is dropped at once, and which zxids a time means, since clocks of
 * leaders differ and times do not rise as zxids do. `position` is the zxid up to which the history is known, gaps included.
 */
const TABLES = `
  CREATE TABLE znode(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(parent, name));
  CREATE TABLE operation(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE txn(
    zxid INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, heard_ms INTEGER NOT NULL, session INTEGER NOT NULL,
    cxid INTEGER NOT NULL, address TEXT, operation INTEGER NOT NULL, error INTEGER NOT NULL, path INTEGER, about INTEGER,
    first_change INTEGER NOT NULL, changes INTEGER NOT NULL, more_changes INTEGER NOT NULL
  );
  CREATE INDEX txn_session ON txn(session);
  CREATE INDEX txn_operation ON txn(operation);
  CREATE TABLE change(
    id INTEGER PRIMARY KEY, znode INTEGER NOT NULL, flags INTEGER NOT NULL, version INTEGER NOT NULL,
    before_bytes INTEGER, after_bytes INTEGER, before BLOB, after BLOB
  );
  CREATE TABLE touched(place INTEGER NOT NULL, zxid INTEGER NOT NULL, PRIMARY KEY(place, zxid)) WITHOUT ROWID;
  CREATE TABLE span(
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL,
    transactions INTEGER NOT NULL, bytes INTEGER NOT NULL
  );
  CREATE TABLE gap(
    after_zxid INTEGER PRIMARY KEY, until_zxid INTEGER NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER
  );
  CREATE TABLE position(zxid INTEGER, time_ms INTEGER NOT NULL);
  INSERT INTO position VALUES (NULL, 0);
  INSERT INTO znode VALUES (1, 0, '');
`;

/** A file that cannot be used as it is. */
export interface SetAside {
  readonly file: string;
  readonly as: string;
  readonly reason: string;
}

export interface OpenedFile {
  readonly database: DatabaseSync;
  readonly setAside: SetAside | null;
}

/** Opens the file, or makes it; one that is none of ours, or is damaged, is set aside first. Throws what the disk says. */
export function openDatabaseFile(file: string, nowMs: number): OpenedFile {
  makeDirectories(path.dirname(file));
  try {
    return { database: open(file), setAside: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const setAside = { file, as: renameAside(file, nowMs), reason: error.message };
    return { database: open(file), setAside };
  }
}

/** Gives the files of a closed database another name, and returns it. */
export function renameAside(file: string, nowMs: number): string {
  const stem = `${file}.${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
  let as = stem;
  for (let n = 2; existsSync(as); n++) as = `${stem}.${n}`;
  renameSync(file, as);
  // The log belongs to the file: without its name it would be taken for one of the next.
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${as}${suffix}`);
  }
  return as;
}

/** Whether the error says that the file is not what it should be, rather than that the disk refuses. */
export function isDamage(error: unknown): error is Error {
  if (error instanceof ForeignFileError) return true;
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  const code = error.errcode & 0xff;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

class ForeignFileError extends Error {
  override name = 'ForeignFileError';
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 1_000 });
  try {
    const applicationId = pragma(database, 'application_id');
    const version = pragma(database, 'user_version');
    if (applicationId === 0n && version === 0n && isEmpty(database)) make(database);
    else if (applicationId !== BigInt(APPLICATION_ID)) throw new ForeignFileError('it is a database of something else');
    else if (version !== BigInt(VERSION)) throw new ForeignFileError(`its tables are of version ${version}`);
    // A commit that the system has is safe from our own death, which is what happens; the power's takes the last second.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216');
    // In KiB: where the places of a million transactions are added to lies all over the file.
    database.exec('PRAGMA cache_size = -16384');
    // Reads a page of each table: a file that was cut, or overwritten, is seen now.
    for (const table of ['znode', 'operation', 'txn', 'change', 'touched', 'span', 'gap', 'position']) {
      prepare(database, `SELECT * FROM ${table} LIMIT 1`).get();
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function make(database: DatabaseSync): void {
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec(
    `BEGIN; ${TABLES} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}; COMMIT;`,
  );
}

function isEmpty(database: DatabaseSync): boolean {
  return big(one(prepare(database, 'SELECT count(*) AS n FROM sqlite_schema')).n) === 0n;
}

function pragma(database: DatabaseSync, name: string): bigint {
  return big(one(prepare(database, `PRAGMA ${name}`))[name]);
}
