import type { LoggedTxn } from './io.ts';

/** How many transactions a leader keeps at hand for learners that come back (Java `commitLogCount`). */
export const RECENT_TXNS = 500;
/** And how many bytes of them; Java has no such limit, and may hold half a gigabyte of them. */
const RECENT_BYTES = 64 * 1024 * 1024;

/** The newest committed transactions, oldest first and without a gap (Java `ZKDatabase.committedLog`). */
export class RecentTxns {
  private txns: LoggedTxn[] = [];
  /** Index of the oldest that counts; those before it wait to be cut off many at a time. */
  private start = 0;
  private bytes = 0;

  constructor(txns: readonly LoggedTxn[]) {
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
    while (this.txns.length - this.start > RECENT_TXNS || this.bytes > RECENT_BYTES) {
      this.bytes -= this.txns[this.start]?.bytes.length ?? 0;
      this.start++;
    }
    if (this.start < RECENT_TXNS) return;
    this.txns = this.txns.slice(this.start);
    this.start = 0;
  }

  /** A copy of the list, oldest first. */
  list(): readonly LoggedTxn[] {
    return this.txns.slice(this.start);
  }
}
