import type { Zxid } from '@vivarium/shared/zxid';
import { withoutMark } from '@vivarium/wire/log-mark';
import type { LoggedTxn } from '../core/io.ts';
import { surelyFollows } from './contiguity.ts';
import type { LogRecord } from './log-scan.ts';

/** Whoever gets the window keeps no more of it; so a few huge transactions do not fill the memory (`core/recent-txns`). */
const MAX_BYTES = 64 * 1024 * 1024;

/** The newest of the records that are pushed, at least as many as are wanted, if they are not too large together. */
export class NewestRecords {
  private readonly limit: number;
  private records: LogRecord[] = [];
  private bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Oldest first. */
  get list(): readonly LogRecord[] {
    return this.records;
  }

  /** Whether there is room for older ones. */
  get isShort(): boolean {
    return this.records.length < this.limit && this.bytes < MAX_BYTES;
  }

  push(record: LogRecord): void {
    this.records.push(record);
    this.bytes += record.payload.length;
    // Cut in large steps: one by one would move the whole array each time.
    if (this.records.length >= 2 * this.limit + 64 || this.bytes >= 2 * MAX_BYTES) this.cut();
  }

  /** Puts older records, oldest first, in front of those that are there. */
  prepend(older: readonly LogRecord[]): void {
    this.records = [...older, ...this.records];
    for (const { payload } of older) this.bytes += payload.length;
    this.cut();
  }

  clear(): void {
    this.records = [];
    this.bytes = 0;
  }

  private cut(): void {
    let kept = 0;
    let bytes = 0;
    for (let i = this.records.length - 1; i >= 0 && kept < this.limit; i--) {
      const length = this.records[i]?.payload.length ?? 0;
      if (bytes + length > MAX_BYTES) break;
      bytes += length;
      kept++;
    }
    this.records = this.records.slice(this.records.length - kept);
    this.bytes = bytes;
  }
}

/** The newest transactions of a log that are known to be without a gap, while the log is read from old to new. */
export class RecentWindow {
  private readonly limit: number;
  private readonly snapshots: readonly Zxid[];
  private readonly newest: NewestRecords;
  /** True where an older transaction than the first one here is known to exist and not to fit. */
  private broken = false;

  /** `limit`: how many transactions to keep. `snapshots`: zxids of all snapshot files, oldest first. */
  constructor(limit: number, snapshots: readonly Zxid[]) {
    this.limit = limit;
    this.snapshots = snapshots;
    this.newest = new NewestRecords(limit);
  }

  /** The next record of the log. */
  push(record: LogRecord): void {
    const last = this.newest.list.at(-1);
    if (last !== undefined && !surelyFollows(last.zxid, record.zxid, this.snapshots)) {
      this.newest.clear();
      this.broken = true;
    }
    this.newest.push(record);
  }

  /** Whether an older log could lengthen the window. */
  get wantsOlder(): boolean {
    return !this.broken && this.newest.isShort;
  }

  /** The newest records of an older log, behind which those pushed before stand. */
  prepend(older: readonly LogRecord[]): void {
    const kept: LogRecord[] = [];
    let next = this.newest.list[0];
    for (let i = older.length - 1; i >= 0; i--) {
      const record = older[i] as LogRecord;
      if (next !== undefined && !surelyFollows(record.zxid, next.zxid, this.snapshots)) {
        this.broken = true;
        break;
      }
      kept.push(record);
      next = record;
    }
    this.newest.prepend(kept.reverse());
  }

  /** The window, if it ends with the last transaction of the database; copies, so that no log file is kept in memory. */
  finish(lastZxid: Zxid): LoggedTxn[] {
    if (this.newest.list.at(-1)?.zxid !== lastZxid) return [];
    const { list } = this.newest;
    return list
      .slice(Math.max(0, list.length - this.limit))
      .map(({ zxid, payload }) => ({ zxid, bytes: withoutMark(payload).slice() }));
  }
}
