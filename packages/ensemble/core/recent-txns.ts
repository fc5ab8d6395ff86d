import type { LoggedTxn } from './io.ts';

/** How many bytes of them a leader keeps at most; Java has no such limit, and may hold half a gigabyte of them. */
const RECENT_BYTES = 64 * 1024 * 1024;

/** The newest committed transactions, oldest first and without a gap (Java `ZKDatabase.committedLog`). */
export class RecentTxns {
  private readonly limit: number;
  private txns: LoggedTxn[] = [];
  /** Index of the oldest that counts; those before it wait to be cut off many at a time. */
  private start = 0;
  private bytes = 0;

  /** `limit`: how many are kept (Java `commitLogCount`). */
  constructor(limit: number, txns: readonly LoggedTxn[]) {
    this.limit = limit;
    this.reset(txns);
  }

  reset(txns: readonly LoggedTxn[]): void {
    this.txns = [];
    this.start = 0;
    this.bytes = 0;
    for (const txn of txns) this.push(txn);
  }

  push(txn: LoggedTxn): void {
    this.txns.push(txn);
    this.bytes += txn.bytes.length;
    while (this.txns.length - this.start > this.limit || this.bytes > RECENT_BYTES) {
      this.bytes -= this.txns[this.start]?.bytes.length ?? 0;
      this.start++;
    }
    if (this.start < this.limit) return;
    this.txns = this.txns.slice(this.start);
    this.start = 0;
  }

  /** A copy of the list, oldest first. */
  list(): readonly LoggedTxn[] {
    return this.txns.slice(this.start);
  }
}
