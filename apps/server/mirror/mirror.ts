/** The tree of a cluster that somebody else runs, kept by an observer in a thread of its own. */
import { Worker } from 'node:worker_threads';
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import type { Id } from '@vivarium/shared/acl';
import type { WayReason } from '@vivarium/shared/contract/source';
import { apiFailure } from '../api-failure.ts';
import type { TransactionBatch } from '../transactions/committed-transaction.ts';
import type {
  MirrorAnswered,
  MirrorCommand,
  MirrorFault,
  MirrorOptions,
  MirrorQuestion,
  MirrorQuestions,
  MirrorReport,
  MirrorState,
} from './mirror-messages.ts';

const MAX_WAITING = 200;
const LIMIT_MS = 30_000;
/** Of the thread's heap: of a znode without its data, and of everything else. */
const BYTES_PER_ZNODE = 1_200;
const BASE_HEAP_MB = 512;
/** Most of a snapshot lives on: a young generation that is small would copy it several times. */
const YOUNG_HEAP_MB = 64;
const CLOSE_LIMIT_MS = 2_000;
/** Before a thread that ended by a fault of its own is begun again; twice as long each time. */
const PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 300_000;
/** One that went on for so long has not failed at once. */
const STEADY_MS = 60_000;

export interface MirrorEvents {
  state(state: MirrorState): void;
  /** Committed transactions, in the order of their zxids, with what they did. */
  transactions(batch: TransactionBatch): void;
  /** A try has failed, with one server or with all (`sid` null). The mirror goes on trying, but after `tooLarge`. */
  failed(sid: number | null, reason: WayReason): void;
}

interface Waiting {
  readonly question: MirrorQuestion;
  resolve(answer: MirrorAnswered): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

export class Mirror {
  private options: MirrorOptions;
  private readonly events: MirrorEvents;
  /** Null between two threads, and behind the last one. */
  private worker: Worker | null;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ended = Promise.withResolvers<void>();
  private nextId = 0;
  private pauseMs = PAUSE_MS;
  private again: NodeJS.Timeout | undefined;
  /** Whether no other thread follows. */
  private isLast = false;
  private isClosing = false;

  constructor(options: MirrorOptions, events: MirrorEvents) {
    this.options = options;
    this.events = events;
    this.worker = this.begin();
  }

  /**
   * Asks about the tree as it is now, as far as the identities may read it; paths are below `root`. Rejects with `ApiFailure`:
   * `noNode`, `noAuth`, `bodyDropped`, `notMirrored` while there is no tree, `tooManyRequests`, `timeout`.
   */
  ask<Kind extends keyof MirrorQuestions>(
    kind: Kind,
    asked: MirrorQuestions[Kind]['asked'],
  ): Promise<MirrorQuestions[Kind]['answered']> {
    if (this.worker === null) return Promise.reject(apiFailure('notMirrored'));
    if (this.waiting.size >= MAX_WAITING) return Promise.reject(apiFailure('tooManyRequests', { seconds: 1 }));
    const id = this.nextId++;
    const question = { kind, asked } as MirrorQuestion;
    const { promise, resolve, reject } = Promise.withResolvers<MirrorAnswered>();
    const timer = setTimeout(() => this.settle(id)?.reject(apiFailure('timeout', { ms: LIMIT_MS })), LIMIT_MS);
    this.waiting.set(id, { question, resolve, reject, timer });
    this.tell({ kind: 'ask', id, question });
    // An answer is that of its question's kind: the thread's program is checked for it.
    return promise as Promise<MirrorQuestions[Kind]['answered']>;
  }

  setMembers(members: readonly AttachedMember[]): void {
    this.options = { ...this.options, members };
    this.tell({ kind: 'setMembers', members });
  }

  /** From now on what these may read is shown, and nothing else. */
  setIdentities(identities: readonly Id[]): void {
    this.options = { ...this.options, identities };
    this.tell({ kind: 'setIdentities', identities });
  }

  /** Leaves the cluster and ends the thread. */
  async close(): Promise<void> {
    this.isLast = true;
    this.isClosing = true;
    clearTimeout(this.again);
    const { worker } = this;
    if (worker === null) return;
    this.tell({ kind: 'close' });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_LIMIT_MS);
    await this.ended.promise;
    clearTimeout(timer);
  }

  private begin(): Worker {
    const { options } = this;
    const heapMb = BASE_HEAP_MB + Math.ceil((options.maxZnodes * BYTES_PER_ZNODE) / 2 ** 20);
    const worker = new Worker(new URL('./mirror-worker.ts', import.meta.url), {
      workerData: options,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    const begunMs = performance.now();
    worker.unref();
    worker.on('message', (report: MirrorReport) => this.heard(report));
    worker.on('error', (error) => this.broken(error));
    worker.on('exit', () => {
      if (performance.now() - begunMs > STEADY_MS) this.pauseMs = PAUSE_MS;
      this.end();
    });
    return worker;
  }

  private tell(command: MirrorCommand): void {
    this.worker?.postMessage(command);
  }

  private heard(report: MirrorReport): void {
    switch (report.kind) {
      case 'answer':
        this.settle(report.id)?.resolve(report.answer);
        return;
      case 'fault': {
        const waiting = this.settle(report.id);
        waiting?.reject(faultOf(report.fault, waiting.question));
        return;
      }
      case 'state':
        this.events.state(report.state);
        return;
      case 'transactions':
        this.events.transactions(report.batch);
        this.tell({ kind: 'taken' });
        return;
      case 'failed':
        this.events.failed(report.sid, report.reason);
        return;
      case 'closed':
        void this.worker?.terminate();
    }
  }

  /** What ends the thread by itself is above all a tree for which its heap is too small. */
  private broken(error: unknown): void {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      // To try again would have the leader send it all again.
      this.isLast = true;
      this.events.failed(null, { code: 'tooLarge', params: { limit: this.options.maxZnodes } });
      return;
    }
    const detail = error instanceof Error ? error.message : String(error);
    this.events.failed(null, { code: 'garbage', params: { address: '', detail } });
  }

  /** The thread has ended: for good, or to be begun again after a while. */
  private end(): void {
    this.worker = null;
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(apiFailure('notMirrored'));
    if (!this.isClosing) {
      this.events.state({ link: { kind: 'looking' }, content: 'loading', znodes: 0, bytes: 0, zxid: 0n });
    }
    if (this.isLast) {
      this.ended.resolve();
      return;
    }
    this.again = setTimeout(() => {
      this.worker = this.begin();
    }, this.pauseMs).unref();
    this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    clearTimeout(waiting?.timer);
    this.waiting.delete(id);
    return waiting;
  }
}

function faultOf(fault: MirrorFault, { asked }: MirrorQuestion): Error {
  const path = asked !== null && 'path' in asked ? asked.path : '/';
  switch (fault) {
    case 'noNode':
    case 'noAuth':
    case 'bodyDropped':
      return apiFailure(fault, { path });
    case 'busy':
      return apiFailure('tooManyRequests', { seconds: 1 });
    case 'empty':
      return apiFailure('notMirrored');
  }
}
