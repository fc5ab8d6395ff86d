import { Worker } from 'node:worker_threads';
import { apiFailure } from '../../api-failure.ts';
import type { PastAnswer, PastQuery, PastReply, PastRequest } from './past-messages.ts';

const MAX_WAITING = 200;
const LIMIT_MS = 30_000;
/** A thread that nobody asked anything for so long ends, and its trees with it. */
const IDLE_MS = 60_000;
const MAX_HEAP_MB = 2_048;

interface Waiting {
  resolve(answer: PastAnswer): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

/** Runs the thread while it is needed, and again after a failure. */
export class PastThread {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private idle: NodeJS.Timeout | undefined;

  /** Rejects with `tooManyRequests` and `timeout`, or with an error that ended the thread. */
  ask(query: PastQuery): Promise<PastAnswer> {
    if (this.waiting.size >= MAX_WAITING) throw apiFailure('tooManyRequests', { seconds: 1 });
    const request: PastRequest = { id: this.nextId++, query };
    const { promise, resolve, reject } = Promise.withResolvers<PastAnswer>();
    const timer = setTimeout(() => this.settle(request.id)?.reject(apiFailure('timeout', { ms: LIMIT_MS })), LIMIT_MS);
    this.waiting.set(request.id, { resolve, reject, timer });
    clearTimeout(this.idle);
    this.running().postMessage(request);
    return promise;
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    const { worker } = this;
    this.worker = null;
    this.fail(apiFailure('noService', { reason: 'the server ends' }));
    await worker?.terminate();
  }

  private running(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(new URL('./past-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.unref();
    worker.on('message', ({ id, answer }: PastReply) => this.settle(id)?.resolve(answer));
    worker.on('error', (error) => {
      if (this.worker !== worker) return;
      this.worker = null;
      this.fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.worker = worker;
    return worker;
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    clearTimeout(waiting?.timer);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.idle = setTimeout(() => void this.close(), IDLE_MS).unref();
    return waiting;
  }

  private fail(error: Error): void {
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(error);
    clearTimeout(this.idle);
  }
}
