import type { LoggedTxn } from './io.ts';

/** How many transactions a leader keeps at hand for learners that come back (Java `commitLogCount`). */
export const RECENT_TXNS = 500;

/** The newest committed transactions, oldest first (Java `ZKDatabase.committedLog`). */
export class RecentTxns {
  private txns: LoggedTxn[];
  /** Index of the oldest that counts; those before it wait to be cut off many at a time. */
  private start = 0;

  constructor(txns: readonly LoggedTxn[]) {
    this.txns = txns.slice(-RECENT_TXNS);
  }

  reset(txns: readonly LoggedTxn[]): void {
    this.txns = txns.slice(-RECENT_TXNS);
    this.start = 0;
  }

  push(txn: LoggedTxn): void {
    this.txns.push(txn);
    if (this.txns.length - this.start <= RECENT_TXNS) return;
    this.start++;
    if (this.start === RECENT_TXNS) {
      this.txns = this.txns.slice(this.start);
      this.start = 0;
    }
  }

  /** A copy of the list, oldest first. */
  list(): readonly LoggedTxn[] {
    return this.txns.slice(this.start);
  }
}
