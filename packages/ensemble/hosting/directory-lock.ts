import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hostingError } from './hosting-error.ts';

const LOCK_FILE = 'host.lock';
const OWNER_FILE = 'host.json';
/** Result code of SQLite: somebody else holds the lock. */
const SQLITE_BUSY = 5;

/**
 * The right to host the servers of a data directory. It is a lock of the operating system on a file, held by an open
 * transaction of SQLite, which takes such locks on every platform: however the process ends, the lock ends with it, and a
 * number that was given to another process meanwhile cannot be mistaken for the holder.
 */
export class DirectoryLock {
  private readonly database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** Takes the lock of an existing directory. Throws `HostingError` `directoryInUse`, `directoryUnusable`. */
  static take(directory: string): DirectoryLock {
    const database = open(directory);
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (!(error instanceof Error)) throw error;
      if ('errcode' in error && error.errcode === SQLITE_BUSY) {
        throw hostingError('directoryInUse', { directory, ...readOwner(directory) });
      }
      throw hostingError('directoryUnusable', { directory, detail: `${LOCK_FILE}: ${error.message}` });
    }
    const owner = { pid: process.pid, since: new Date().toISOString() };
    writeFileSync(path.join(directory, OWNER_FILE), `${JSON.stringify(owner)}\n`);
    return new DirectoryLock(database);
  }

  release(): void {
    this.database.close();
  }
}

function open(directory: string): DatabaseSync {
  try {
    return new DatabaseSync(path.join(directory, LOCK_FILE), { timeout: 0 });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw hostingError('directoryUnusable', { directory, detail: `${LOCK_FILE}: ${error.message}` });
  }
}

/** Who holds the lock, for the person who is refused; it is the lock that counts, not this. */
function readOwner(directory: string): { pid: number; since: string } {
  try {
    const owner: unknown = JSON.parse(readFileSync(path.join(directory, OWNER_FILE), 'utf8'));
    if (typeof owner === 'object' && owner !== null && 'pid' in owner && 'since' in owner) {
      return { pid: Number(owner.pid), since: String(owner.since) };
    }
  } catch {
    // It has just begun and has not written the file yet.
  }
  return { pid: 0, since: '' };
}
