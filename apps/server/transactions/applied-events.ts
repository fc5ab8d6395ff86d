/** Committed transactions out of what servers trace: whoever applies one first tells of it. */
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { Zxid } from '@vivarium/shared/zxid';
import type { CommittedTransaction, TransactionBatch } from './committed-transaction.ts';

/** Events come one by one; they are handed on together, once what is at hand has been looked at. */
const HAND_ON_MS = 20;
/** Of which an event says that they are not known. */
const UNKNOWN = { bytes: null, data: null };

export class AppliedEvents {
  private readonly add: (batch: TransactionBatch) => void;
  private last: Zxid = -1n;
  private waiting: CommittedTransaction[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `add` is given transactions in the order of their zxids, each once. */
  constructor(add: (batch: TransactionBatch) => void) {
    this.add = add;
  }

  take({ body, wallMs }: ClusterEvent): void {
    if (body.kind !== 'applied') return;
    const zxid = BigInt(body.zxid);
    if (zxid <= this.last) return;
    this.last = zxid;
    const { session, cxid, operation, error, path, changes, moreChanges } = body;
    this.waiting.push({
      zxid,
      // When it was applied first, on this machine: the leader's time is in the log alone.
      timeMs: Math.round(wallMs),
      heardMs: Date.now(),
      session: BigInt(session),
      cxid,
      operation,
      error,
      path,
      changes: changes.map((change) => ({
        ...change,
        before: change.change === 'created' ? null : UNKNOWN,
        after: change.change === 'deleted' ? null : UNKNOWN,
        readable: true,
      })),
      moreChanges,
    });
    this.timer ??= setTimeout(() => this.handOn(), HAND_ON_MS);
  }

  /** Hands on what waits. */
  close(): void {
    this.handOn();
  }

  private handOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const transactions = this.waiting;
    this.waiting = [];
    if (transactions.length > 0) this.add({ after: null, transactions });
  }
}
