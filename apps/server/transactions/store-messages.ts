/** What is said to the thread that keeps the transactions of a cluster, and what it answers. */
import type { Zxid } from '@vivarium/shared/zxid';
import type {
  StoredTransaction,
  StoreNotice,
  TransactionFilter,
  TransactionLimits,
  TransactionPage,
} from './transaction-store.ts';
import type { StoredBatch } from './transaction-writer.ts';

/** What the thread is started with. */
export interface StoreWorkerData {
  readonly file: string;
  readonly limits: TransactionLimits;
}

export type StoreQuestion =
  | { readonly ask: 'find'; readonly filter: TransactionFilter }
  | { readonly ask: 'detail'; readonly zxid: Zxid }
  | { readonly ask: 'close' };

export type StoreRequest =
  | { readonly kind: 'add'; readonly batch: StoredBatch }
  /** From where the session's client is connected, for transactions that came before that was known. */
  | { readonly kind: 'address'; readonly session: bigint; readonly address: string }
  | { readonly kind: 'question'; readonly id: number; readonly question: StoreQuestion };

/** As the question was: a page, a transaction or null, null. */
export type StoreAnswer = TransactionPage | StoredTransaction | null;

export type StoreReply =
  /** So many batches are written, or lost. */
  | { readonly kind: 'done'; readonly batches: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: StoreAnswer }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'notice'; readonly notice: StoreNotice };
