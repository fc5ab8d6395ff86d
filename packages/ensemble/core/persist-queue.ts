import { assert } from '@vivarium/shared/assert';
import type { Context } from './context.ts';
import type { Write } from './io.ts';

/** What goes on once a write is durable. Plain data, so that a server can be cloned in the middle of a write. */
export type AfterWrite =
  | { readonly kind: 'logged'; readonly zxid: bigint }
  | { readonly kind: 'epochAccepted'; readonly epoch: number }
  | { readonly kind: 'epochEntered'; readonly epoch: number }
  | { readonly kind: 'installed' }
  | { readonly kind: 'settled' }
  /** Nothing waits for it by itself. */
  | { readonly kind: 'written' }
  /** The configuration with this version is on disk as the one in force. */
  | { readonly kind: 'configurationRecorded'; readonly version: bigint };

interface PendingWrite {
  readonly writeId: number;
  readonly term: number;
  readonly after: AfterWrite;
}

/**
 * The writes that are under way to the disk. Whatever depends on one is done by `persisted`, never before: the absence of
 * this rule is a family of bugs of its own (ZOOKEEPER-4643, 4646, 4785, 3911).
 */
export class PersistQueue {
  private readonly context: Context;
  private pending: PendingWrite[] = [];
  private lastWriteId = 0;
  /** Changes with each role: what a former role waited for concerns nobody any more. */
  private term = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /** Whether everything is durable. */
  get isIdle(): boolean {
    return this.pending.length === 0;
  }

  write(write: Write, after: AfterWrite): void {
    this.lastWriteId++;
    this.pending.push({ writeId: this.lastWriteId, term: this.term, after });
    this.context.emit({ kind: 'persist', writeId: this.lastWriteId, write });
  }

  /** Takes what has become durable off the queue, and returns what the present role waits for. */
  persisted(writeId: number): AfterWrite[] {
    assert(writeId <= this.lastWriteId, `write ${writeId} is durable before it was asked for`);
    let count = 0;
    while ((this.pending[count]?.writeId ?? Number.POSITIVE_INFINITY) <= writeId) count++;
    const done = this.pending.splice(0, count);
    return done.filter((write) => write.term === this.term).map((write) => write.after);
  }

  /** A role has ended. Its writes still reach the disk; nobody is told. */
  endTerm(): void {
    this.term++;
  }
}
