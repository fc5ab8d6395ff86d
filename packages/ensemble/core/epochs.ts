import type { Recovered } from './io.ts';
import type { PersistQueue } from './persist-queue.ts';

/**
 * The two epochs that a server keeps on disk (ZAB paper, section V): the newest it has promised to follow no older leader
 * than, and the one whose leader its history comes from.
 */
export class Epochs {
  private readonly persist: PersistQueue;
  accepted: number;
  current: number;

  constructor(persist: PersistQueue, recovered: Recovered) {
    this.persist = persist;
    this.accepted = recovered.acceptedEpoch;
    this.current = recovered.currentEpoch;
  }

  /** Promises to follow no leader of an older epoch; `epochAccepted` follows once it is durable. */
  accept(epoch: number): void {
    this.accepted = epoch;
    this.persist.write({ kind: 'acceptedEpoch', epoch }, { kind: 'epochAccepted', epoch });
  }

  /**
   * The history has all that was committed before this epoch, though its leader is not followed yet. Not written: a start
   * from the disk finds it out by the last transaction.
   */
  raise(epoch: number): void {
    this.current = Math.max(this.current, epoch);
  }

  /** Says that the history is now that of this epoch's leader; `epochEntered` follows once it is durable. */
  enter(epoch: number): void {
    this.current = epoch;
    this.persist.write({ kind: 'currentEpoch', epoch }, { kind: 'epochEntered', epoch });
  }
}
