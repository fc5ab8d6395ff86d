/** Committed transactions of one cluster, on disk. */
import { Worker } from 'node:worker_threads';
import { assert } from '@vivarium/shared/assert';
import type { Zxid } from '@vivarium/shared/zxid';
import { apiFailure } from '../api-failure.ts';
import type { ChangeData, CommittedTransaction, TransactionBatch } from './committed-transaction.ts';
import { SessionAddresses } from './session-addresses.ts';
import type { StoreAnswer, StoreQuestion, StoreReply, StoreRequest, StoreWorkerData } from './store-messages.ts';

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
  /** The client's, where it was ever known while its session lived. */
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

const DEFAULT_TRANSACTION_LIMITS: TransactionLimits = { bytes: 1 << 30, ageMs: 14 * 24 * 3_600_000 };

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
  /** The address of a session's client, where it is known now. */
  addressOf(session: bigint): string | null;
  notice(notice: StoreNotice): void;
}

/** What waits for the disk is left out beyond this, and becomes a gap. */
const MAX_WAITING_BATCHES = 2_000;
const MAX_WAITING_TRANSACTIONS = 50_000;
const MAX_WAITING_BYTES = 64 << 20;
/** Whoever is too slow for long is told of it this often. */
const DROPPED_EVERY_MS = 10_000;
const MAX_QUESTIONS = 200;
const QUESTION_LIMIT_MS = 30_000;
/** Before a thread that ended by itself, such as for want of a directory, is started again. */
const RESTART_MS = 5_000;

interface Asked {
  resolve(answer: StoreAnswer): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** What a batch holds up, while it waits. */
interface Load {
  readonly transactions: number;
  readonly bytes: number;
}

/**
 * Keeps the transactions of one cluster, and answers from them. Whoever kills the process loses what came in the last tenth of
 * a second; the file is whole, and what follows is known to follow a gap.
 */
export class TransactionStore {
  private readonly options: TransactionStoreOptions;
  private worker: Worker | null = null;
  private readonly asked = new Map<number, Asked>();
  private nextId = 0;
  private readonly waiting: Load[] = [];
  private waitingTransactions = 0;
  private waitingBytes = 0;
  private dropped = 0;
  private droppedToldAtMs = Number.NEGATIVE_INFINITY;
  private readonly addresses = new SessionAddresses();
  private isClosed = false;
  /** Why the last thread ended, until it is tried again. */
  private failure: string | null = null;
  private failedTimer: NodeJS.Timeout | undefined;

  constructor(options: TransactionStoreOptions) {
    this.options = options;
  }

  /** Takes what was committed, in order; what is there already is passed over. Never throws, never waits. */
  add({ after, transactions }: TransactionBatch): void {
    if (this.isClosed || this.failure !== null) return;
    const load = { transactions: transactions.length, bytes: dataBytes(transactions) };
    if (
      this.waiting.length >= MAX_WAITING_BATCHES ||
      this.waitingTransactions + load.transactions > MAX_WAITING_TRANSACTIONS ||
      this.waitingBytes + load.bytes > MAX_WAITING_BYTES
    ) {
      this.dropped += load.transactions;
      return;
    }
    this.tellOfDropped();
    const stored = transactions.map((transaction) => ({
      ...transaction,
      changes: transaction.changes.map((change) => ({
        ...change,
        before: ownData(change.before),
        after: ownData(change.after),
      })),
      address: this.addressOf(transaction.session),
    }));
    this.waiting.push(load);
    this.waitingTransactions += load.transactions;
    this.waitingBytes += load.bytes;
    this.tell({ kind: 'add', batch: { after, transactions: stored } });
  }

  /** Rejects with `ApiFailure`. */
  async find(filter: TransactionFilter): Promise<TransactionPage> {
    const page = await this.ask({ ask: 'find', filter });
    assert(page !== null && 'transactions' in page, 'the thread answers with a page');
    return { ...page, transactions: page.transactions.map((transaction) => this.withAddress(transaction)) };
  }

  /** With all data that are kept; null where it is not kept. Rejects with `ApiFailure`. */
  async detail(zxid: Zxid): Promise<StoredTransaction | null> {
    const transaction = await this.ask({ ask: 'detail', zxid });
    assert(transaction === null || 'zxid' in transaction, 'the thread answers with a transaction');
    return transaction === null ? null : this.withAddress(transaction);
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    if (this.worker !== null) await this.ask({ ask: 'close' }).catch(() => null);
    this.isClosed = true;
    clearTimeout(this.failedTimer);
    const { worker } = this;
    this.lose(apiFailure('transactionsUnavailable', { reason: 'the server ends' }));
    await worker?.terminate();
  }

  private tellOfDropped(): void {
    const nowMs = performance.now();
    if (this.dropped === 0 || nowMs - this.droppedToldAtMs < DROPPED_EVERY_MS) return;
    this.options.notice({ kind: 'dropped', transactions: this.dropped });
    this.droppedToldAtMs = nowMs;
    this.dropped = 0;
  }

  /** What is known now, or was while the session lived. What is learned late is written to what came before. */
  private addressOf(session: bigint): string | null {
    const address = this.options.addressOf(session);
    if (address === null) return this.addresses.addressOf(session);
    if (this.addresses.note(session, address)) this.tell({ kind: 'address', session, address });
    return address;
  }

  private withAddress(transaction: StoredTransaction): StoredTransaction {
    return transaction.address === null
      ? { ...transaction, address: this.addressOf(transaction.session) }
      : transaction;
  }

  private ask(question: StoreQuestion): Promise<StoreAnswer> {
    if (this.isClosed) throw apiFailure('transactionsUnavailable', { reason: 'the server ends' });
    if (this.failure !== null) throw apiFailure('transactionsUnavailable', { reason: this.failure });
    if (this.asked.size >= MAX_QUESTIONS) throw apiFailure('tooManyRequests', { seconds: 1 });
    const id = this.nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<StoreAnswer>();
    const late = apiFailure('timeout', { ms: QUESTION_LIMIT_MS });
    const timer = setTimeout(() => this.settle(id)?.reject(late), QUESTION_LIMIT_MS);
    this.asked.set(id, { resolve, reject, timer });
    this.tell({ kind: 'question', id, question });
    return promise;
  }

  private tell(request: StoreRequest): void {
    this.worker ??= this.startWorker();
    this.worker.postMessage(request);
  }

  private startWorker(): Worker {
    const { file, limits = DEFAULT_TRANSACTION_LIMITS } = this.options;
    const workerData: StoreWorkerData = { file, limits };
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData });
    worker.unref();
    worker.on('message', (reply: StoreReply) => this.hear(reply));
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.options.notice({ kind: 'failed', reason });
      this.failure = reason;
      this.failedTimer = setTimeout(() => {
        this.failure = null;
      }, RESTART_MS).unref();
      this.lose(apiFailure('transactionsUnavailable', { reason }));
    });
    return worker;
  }

  private hear(reply: StoreReply): void {
    switch (reply.kind) {
      case 'done':
        for (const { transactions, bytes } of this.waiting.splice(0, reply.batches)) {
          this.waitingTransactions -= transactions;
          this.waitingBytes -= bytes;
        }
        return;
      case 'answer':
        this.settle(reply.id)?.resolve(reply.answer);
        return;
      case 'failed':
        this.settle(reply.id)?.reject(apiFailure('transactionsUnavailable', { reason: reply.message }));
        return;
      case 'notice':
        this.options.notice(reply.notice);
    }
  }

  private settle(id: number): Asked | undefined {
    const asked = this.asked.get(id);
    clearTimeout(asked?.timer);
    this.asked.delete(id);
    return asked;
  }

  /** The thread is gone, with what waited for it; the next word starts another. */
  private lose(error: Error): void {
    this.worker = null;
    this.waiting.length = 0;
    this.waitingTransactions = 0;
    this.waitingBytes = 0;
    for (const id of [...this.asked.keys()]) this.settle(id)?.reject(error);
  }
}

/** A message takes all of the buffer that data are a part of, so they get one of their own. */
function ownData(side: ChangeData | null): ChangeData | null {
  const data = side?.data ?? null;
  if (side === null || data === null || data.byteLength === data.buffer.byteLength) return side;
  return { bytes: side.bytes, data: data.slice() };
}

function dataBytes(transactions: readonly CommittedTransaction[]): number {
  let bytes = 0;
  for (const { changes } of transactions) {
    for (const { before, after } of changes) bytes += (before?.data?.length ?? 0) + (after?.data?.length ?? 0);
  }
  return bytes;
}
