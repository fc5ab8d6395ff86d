import type { Zxid } from '@vivarium/shared/zxid';
import { withoutMark } from '@vivarium/wire/log-mark';
import type { LoggedTxn } from '../core/io.ts';
import { surelyFollows } from './contiguity.ts';
import type { LogRecord } from './log-scan.ts';

/** The newest transactions of a log that are known to be without a gap, while the log is read from old to new. */
export class RecentWindow {
  private readonly limit: number;
  private readonly snapshots: readonly Zxid[];
  private records: LogRecord[] = [];
  /** True where an older transaction than the first one here is known to exist and not to fit. */
  private broken = false;

  /** `limit`: how many transactions to keep. `snapshots`: zxids of all snapshot files, oldest first. */
  constructor(limit: number, snapshots: readonly Zxid[]) {
    this.limit = limit;
    this.snapshots = snapshots;
  }

  /** The next record of the log. */
  push(record: LogRecord): void {
    const last = this.records.at(-1);
    if (last !== undefined && !surelyFollows(last.zxid, record.zxid, this.snapshots)) {
      this.records = [];
      this.broken = true;
    }
    this.records.push(record);
    // Cut in large steps: one by one would move the whole array each time.
    if (this.records.length >= 2 * this.limit + 64) this.records = this.records.slice(-this.limit);
  }

  /** Whether an older log could lengthen the window. */
  get wantsOlder(): boolean {
    return !this.broken && this.records.length < this.limit;
  }

  /** The records of an older log, whole, behind which those pushed before stand. */
  prepend(older: readonly LogRecord[]): void {
    const kept: LogRecord[] = [];
    let next = this.records[0];
    for (let i = older.length - 1; i >= 0; i--) {
      const record = older[i] as LogRecord;
      if (next !== undefined && !surelyFollows(record.zxid, next.zxid, this.snapshots)) {
        this.broken = true;
        break;
      }
      kept.push(record);
      next = record;
    }
    this.records = [...kept.reverse(), ...this.records];
  }

  /** The window, if it ends with the last transaction of the database; copies, so that no log file is kept in memory. */
  finish(lastZxid: Zxid): LoggedTxn[] {
    if (this.records.at(-1)?.zxid !== lastZxid) return [];
    const newest = this.records.slice(Math.max(0, this.records.length - this.limit));
    return newest.map(({ zxid, payload }) => ({ zxid, bytes: withoutMark(payload).slice() }));
  }
}
