/** A list of transactions that grows at both ends: new ones above as they are committed, old ones below as one scrolls. */
import type { TransactionGapJson, TransactionJson, TransactionsJson } from '@vivarium/shared/contract/transactions';
import { compareHex } from '@vivarium/shared/zxid';
import type { Query } from '../../live/api.ts';

const PAGE = 200;
/** Rows that are kept while new ones come; older ones are read again when they are scrolled to. */
const MAX_FOLLOWED = 2_000;

export type ListRow =
  | { readonly kind: 'transaction'; readonly key: string; readonly transaction: TransactionJson }
  | { readonly kind: 'gap'; readonly key: string; readonly gap: TransactionGapJson };

export interface ListView {
  readonly rows: readonly ListRow[];
  /** `first`: nothing has come yet. */
  readonly state: 'first' | 'ready' | 'failed';
  /** Why the last reading failed; null where it did not. */
  readonly error: Error | null;
  /** Committed since, and not among the rows while the list holds still; `moreNewer`: at least so many. */
  readonly newer: number;
  readonly moreNewer: boolean;
  /** What there is below the last row. */
  readonly older: 'none' | 'some' | 'loading' | 'failed';
  readonly kept: TransactionsJson['kept'];
}

export interface ListOptions {
  read(query: Query, signal: AbortSignal): Promise<TransactionsJson>;
  changed(view: ListView): void;
}

interface Held {
  readonly transactions: readonly TransactionJson[];
  readonly gaps: readonly TransactionGapJson[];
  /** There are others between these and those that are shown. */
  readonly isBroken: boolean;
}

const NOTHING_HELD: Held = { transactions: [], gaps: [], isBroken: false };

/** One list, for one filter. */
export class TransactionList {
  private readonly options: ListOptions;
  private readonly ends = new AbortController();
  private transactions: readonly TransactionJson[] = [];
  private gaps: readonly TransactionGapJson[] = [];
  private held = NOTHING_HELD;
  private holds = false;
  private state: ListView['state'] = 'first';
  private error: Error | null = null;
  private older: ListView['older'] = 'none';
  private kept: TransactionsJson['kept'] = null;
  private isReading = false;

  constructor(options: ListOptions) {
    this.options = options;
  }

  /** Reads the newest page, in place of all that is shown. */
  async start(): Promise<void> {
    await this.read({ limit: PAGE }, (page) => this.begin(page));
  }

  /** Reads what was committed since. */
  async poll(): Promise<void> {
    if (this.state !== 'ready') return this.start();
    const after = this.kept?.last;
    await this.read(after === undefined ? { limit: PAGE } : { after, limit: PAGE }, (page) =>
      after === undefined ? this.begin(page) : this.take(page),
    );
  }

  /** Reads what is below the last row. */
  async loadOlder(): Promise<void> {
    const last = this.transactions.at(-1);
    if (last === undefined || (this.older !== 'some' && this.older !== 'failed')) return;
    this.older = 'loading';
    this.tell();
    try {
      const page = await this.options.read({ before: last.zxid, limit: PAGE }, this.ends.signal);
      // While it was on its way, the list may have begun anew.
      if (this.transactions.at(-1) !== last) return;
      this.transactions = [...this.transactions, ...page.transactions];
      this.gaps = mergeGaps(this.gaps, page.gaps);
      this.older = page.more ? 'some' : 'none';
    } catch (error) {
      if (this.ends.signal.aborted) return;
      this.older = 'failed';
      this.error = error instanceof Error ? error : new Error(String(error));
    }
    this.tell();
  }

  /** While somebody reads, what is new is counted and waits. */
  setHold(holds: boolean): void {
    this.holds = holds;
    if (!holds) this.showNewer();
  }

  showNewer(): void {
    const { held } = this;
    if (held.transactions.length === 0 && held.gaps.length === 0) return;
    this.held = NOTHING_HELD;
    this.show(held);
    this.tell();
  }

  close(): void {
    this.ends.abort();
  }

  private begin(page: TransactionsJson): void {
    this.transactions = page.transactions;
    this.gaps = page.gaps;
    this.older = page.more ? 'some' : 'none';
    this.held = NOTHING_HELD;
    this.state = 'ready';
  }

  private take(page: TransactionsJson): void {
    const held: Held = page.more
      ? { ...page, isBroken: true }
      : {
          transactions: [...page.transactions, ...this.held.transactions],
          gaps: mergeGaps(this.held.gaps, page.gaps),
          isBroken: this.held.isBroken,
        };
    if (!this.holds) {
      this.show(held);
      return;
    }
    // Whoever reads for an hour has not asked for all of that hour: the newest wait, the others are found below them.
    const isLong = held.transactions.length > MAX_FOLLOWED;
    this.held = isLong ? { ...held, transactions: held.transactions.slice(0, PAGE), isBroken: true } : held;
  }

  private show({ transactions, gaps, isBroken }: Held): void {
    if (isBroken) {
      this.transactions = transactions;
      this.gaps = gaps;
      this.older = 'some';
      return;
    }
    const all = [...transactions, ...this.transactions];
    this.transactions = all.slice(0, MAX_FOLLOWED);
    this.gaps = mergeGaps(this.gaps, gaps);
    if (all.length > MAX_FOLLOWED) this.older = 'some';
  }

  private async read(query: Query, then: (page: TransactionsJson) => void): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const page = await this.options.read(query, this.ends.signal);
      if (this.ends.signal.aborted) return;
      then(page);
      this.kept = page.kept;
      this.error = null;
    } catch (error) {
      if (this.ends.signal.aborted) return;
      this.error = error instanceof Error ? error : new Error(String(error));
      if (this.state === 'first') this.state = 'failed';
    } finally {
      this.isReading = false;
    }
    this.tell();
  }

  private tell(): void {
    const { state, error, older, kept, held } = this;
    this.options.changed({
      rows: rowsOf(this.transactions, this.gaps, older === 'none'),
      state,
      error,
      newer: held.transactions.length,
      moreNewer: held.isBroken,
      older,
      kept,
    });
  }
}

/** Before the first answer. */
export const NOTHING_YET: ListView = {
  rows: [],
  state: 'first',
  error: null,
  newer: 0,
  moreNewer: false,
  older: 'none',
  kept: null,
};

/** Transactions with the gaps between them, the newest first. `isWhole`: nothing older can stand between the last gaps. */
export function rowsOf(
  transactions: readonly TransactionJson[],
  gaps: readonly TransactionGapJson[],
  isWhole: boolean,
): ListRow[] {
  const rows: ListRow[] = [];
  let next = 0;
  const gapsAbove = (zxid: string | null): void => {
    for (let gap = gaps[next]; gap !== undefined; gap = gaps[++next]) {
      if (zxid !== null && compareHex(gap.after, zxid) < 0) return;
      rows.push({ kind: 'gap', key: `gap ${gap.after}`, gap });
    }
  };
  for (const transaction of transactions) {
    gapsAbove(transaction.zxid);
    rows.push({ kind: 'transaction', key: transaction.zxid, transaction });
  }
  if (isWhole) gapsAbove(null);
  return rows;
}

/** The newest first; of two answers about the same gap the later one, which may know where it ends. */
function mergeGaps(
  before: readonly TransactionGapJson[],
  later: readonly TransactionGapJson[],
): readonly TransactionGapJson[] {
  if (later.length === 0) return before;
  const known = new Map([...before, ...later].map((gap) => [gap.after, gap]));
  return [...known.values()].sort((a, b) => compareHex(b.after, a.after));
}
