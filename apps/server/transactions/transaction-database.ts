/** The transactions of one cluster in their file, whatever state that is in. For one thread: every call waits for the disk. */
import type { DatabaseSync } from 'node:sqlite';
import type { Zxid } from '@vivarium/shared/zxid';
import { isDamage, openDatabaseFile, renameAside } from './database-file.ts';
import { TransactionFinder } from './transaction-finder.ts';
import type {
  StoredTransaction,
  StoreNotice,
  TransactionFilter,
  TransactionLimits,
  TransactionPage,
} from './transaction-store.ts';
import { type StoredBatch, TransactionWriter } from './transaction-writer.ts';
import { ZnodeTable } from './znode-table.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly limits: TransactionLimits;
  /** Ms since 1970. */
  now(): number;
  notice(notice: StoreNotice): void;
}

interface Opened {
  readonly database: DatabaseSync;
  readonly writer: TransactionWriter;
  readonly finder: TransactionFinder;
}

export class TransactionDatabase {
  private readonly options: DatabaseOptions;
  private opened: Opened;

  /** Throws what the disk says. */
  constructor(options: DatabaseOptions) {
    this.options = options;
    this.opened = this.open();
  }

  /** Writes all of the batches, or nothing where it throws what the disk says. */
  write(batches: readonly StoredBatch[]): void {
    if (this.guarded(({ writer }) => writer.write(batches)) === 'written') return;
    // One by one: what comes before the new history is the end of the former one.
    for (const batch of batches) {
      if (this.guarded(({ writer }) => writer.write([batch])) === 'written') continue;
      this.setAside('the cluster has begun a new history');
      this.opened.writer.write([batch]);
    }
  }

  /** The address of a session's client, for those of its transactions that have none. */
  setAddress(session: bigint, address: string): void {
    this.guarded(({ writer }) => writer.setAddress(session, address));
  }

  /** Drops a little of what is too much or too old. Returns whether there may be more to drop. */
  prune(): boolean {
    const { limits, now } = this.options;
    return this.guarded(({ writer }) => writer.prune(limits, now()));
  }

  find(filter: TransactionFilter): TransactionPage {
    return this.guarded(({ finder }) => finder.find(filter));
  }

  detail(zxid: Zxid): StoredTransaction | null {
    return this.guarded(({ finder }) => finder.detail(zxid));
  }

  close(): void {
    this.opened.database.close();
  }

  private open(): Opened {
    const { database, setAside } = openDatabaseFile(this.options.file, this.options.now());
    if (setAside !== null) this.options.notice({ kind: 'setAside', ...setAside });
    const znodes = new ZnodeTable(database);
    return {
      database,
      writer: new TransactionWriter(database, znodes),
      finder: new TransactionFinder(database, znodes),
    };
  }

  /** A file that turns out to be damaged makes place for a new one, and the work is done again there. */
  private guarded<T>(work: (opened: Opened) => T): T {
    try {
      return work(this.opened);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.setAside(error.message);
      return work(this.opened);
    }
  }

  private setAside(reason: string): void {
    const { file, notice, now } = this.options;
    this.opened.database.close();
    notice({ kind: 'setAside', file, as: renameAside(file, now()), reason });
    this.opened = this.open();
  }
}
