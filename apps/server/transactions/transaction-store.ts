/** Committed transactions of one cluster, on disk. */
import type { Zxid } from '@vivarium/shared/zxid';
import type { CommittedTransaction, TransactionBatch } from './committed-transaction.ts';

/** Filters hold together; see `TransactionsQuery`. */
export interface TransactionFilter {
  readonly path?: string;
  readonly below?: string;
  readonly session?: bigint;
  readonly operation?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Neither is included; `until` is. */
  readonly before?: Zxid;
  readonly after?: Zxid;
  readonly until?: Zxid;
  readonly limit: number;
}

/** A transaction as it is kept. */
export interface StoredTransaction extends CommittedTransaction {
  /** The client's, where it was known when the transaction came. */
  readonly address: string | null;
}

/** Not seen: those behind `after`, up to `until` with it. */
export interface TransactionGap {
  readonly after: Zxid;
  readonly until: Zxid;
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface TransactionPage {
  /** The newest first. Their changes are without `data`. */
  readonly transactions: readonly StoredTransaction[];
  readonly more: boolean;
  readonly gaps: readonly TransactionGap[];
  readonly kept: {
    readonly first: Zxid;
    readonly last: Zxid;
    readonly fromMs: number;
    readonly count: number;
  } | null;
}

/** How much is kept; the oldest go first. */
export interface TransactionLimits {
  /** Of the file. */
  readonly bytes: number;
  readonly ageMs: number;
}

export const DEFAULT_TRANSACTION_LIMITS: TransactionLimits = { bytes: 1 << 30, ageMs: 14 * 24 * 3_600_000 };

/** What whoever runs Vivarium should know. */
export type StoreNotice =
  /** The file could not be read, or is of a history that the cluster has begun anew: it is kept under another name. */
  | { readonly kind: 'setAside'; readonly file: string; readonly as: string; readonly reason: string }
  /** The disk refuses: what is written from now on is lost until it takes it again. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The disk was too slow: a gap is recorded. */
  | { readonly kind: 'dropped'; readonly transactions: number };

export interface TransactionStoreOptions {
  /** Its directory is made where it is missing. */
  readonly file: string;
  readonly limits?: TransactionLimits;
  /** The address of a session's client, where it is known; asked once for each transaction that comes. */
  addressOf(session: bigint): string | null;
  notice(notice: StoreNotice): void;
}

/** What there is to ask and to tell. */
export interface Transactions {
  /** Takes what was committed, in order; what is there already is passed over. Never throws, never waits. */
  add(batch: TransactionBatch): void;
  find(filter: TransactionFilter): Promise<TransactionPage>;
  /** With all data that are kept; null where it is not kept. */
  detail(zxid: Zxid): Promise<StoredTransaction | null>;
  /** Writes what waits. */
  close(): Promise<void>;
}
