/** The thread that keeps the transactions of a cluster: the disk, and a search through a million, hold up nobody else. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '@vivarium/shared/assert';
import type { StoreAnswer, StoreQuestion, StoreReply, StoreRequest, StoreWorkerData } from './store-messages.ts';
import { TransactionDatabase } from './transaction-database.ts';
import type { StoredBatch } from './transaction-writer.ts';

/** Written at once: what came in so long, or so many transactions. */
const FLUSH_MS = 100;
const FLUSH_TRANSACTIONS = 500;
/** How often it is looked whether something has become too old. */
const PRUNE_MS = 30_000;
/** Between two steps of dropping while there is more to drop. */
const PRUNE_STEP_MS = 50;

const port = parentPort;
assert(port !== null, 'this is the program of a worker thread');
const tell = (reply: StoreReply): void => port.postMessage(reply);
const database = new TransactionDatabase({
  ...(workerData as StoreWorkerData),
  now: () => Date.now(),
  notice: (notice) => tell({ kind: 'notice', notice }),
});

let waiting: StoredBatch[] = [];
let transactions = 0;
let flushTimer: NodeJS.Timeout | undefined;
let hasFailed = false;
let pruneTimer = setTimeout(prune, PRUNE_MS);

function flush(): void {
  clearTimeout(flushTimer);
  flushTimer = undefined;
  if (waiting.length === 0) return;
  const batches = waiting;
  waiting = [];
  transactions = 0;
  attempt(() => database.write(batches));
  tell({ kind: 'done', batches: batches.length });
}

/** What cannot be written is a gap once the disk takes something again; it is told of once. */
function attempt(work: () => void): void {
  try {
    work();
    hasFailed = false;
  } catch (error) {
    if (!hasFailed) tell({ kind: 'notice', notice: { kind: 'failed', reason: messageOf(error) } });
    hasFailed = true;
  }
}

function prune(): void {
  clearTimeout(pruneTimer);
  let hasMore = false;
  attempt(() => {
    hasMore = database.prune();
  });
  pruneTimer = setTimeout(prune, hasMore ? PRUNE_STEP_MS : PRUNE_MS);
}

function answer(question: StoreQuestion): StoreAnswer {
  // What was told before the question is in its answer.
  flush();
  switch (question.ask) {
    case 'find':
      return database.find(question.filter);
    case 'detail':
      return database.detail(question.zxid);
    case 'close':
      clearTimeout(pruneTimer);
      database.close();
      return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

let writtenSincePrune = 0;

port.on('message', (request: StoreRequest) => {
  if (request.kind === 'question') {
    try {
      tell({ kind: 'answer', id: request.id, answer: answer(request.question) });
    } catch (error) {
      tell({ kind: 'failed', id: request.id, message: messageOf(error) });
    }
    return;
  }
  if (request.kind === 'address') {
    flush();
    attempt(() => database.setAddress(request.session, request.address));
    return;
  }
  waiting.push(request.batch);
  transactions += request.batch.transactions.length;
  writtenSincePrune += request.batch.transactions.length;
  if (transactions >= FLUSH_TRANSACTIONS) flush();
  else flushTimer ??= setTimeout(flush, FLUSH_MS);
  // What is dropped must keep up with what comes.
  if (writtenSincePrune >= FLUSH_TRANSACTIONS) {
    writtenSincePrune = 0;
    prune();
  }
});
