/**
 * A server's history on disk: the writes of its state machine in their order, many transactions in one sync, snapshots
 * beside them. It stops for good at the first fault of the disk: after a failed fsync nobody knows what is durable, and
 * trying again would answer for pages that the system has dropped.
 */

import { assert } from '@vivarium/shared/assert';
import { snapshotFile } from '@vivarium/wire/snapshot';
import type { HeldSnapshot } from '../core/database.ts';
import type { LoggedTxn, Recovered, Write } from '../core/io.ts';
import { type Disk, DiskError, type SyncDone } from './disk.ts';
import { writeEpoch } from './epochs.ts';
import { ACCEPTED_EPOCH, CURRENT_EPOCH, installingPath, VERSION_DIRECTORY } from './file-names.ts';
import { finishInstallation } from './installation.ts';
import { LogWriter, MAX_BATCH_BYTES } from './log-writer.ts';
import { Purge } from './purge.ts';
import { recoverDirectory } from './recovery.ts';
import { RecoveryError } from './recovery-error.ts';
import type { SnapshotCodec } from './snapshot-codec.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { attempt, inOrder, replaceFile, type Step } from './steps.ts';
import { planTruncation } from './truncation.ts';

export interface StorageOptions {
  /** Snapshots and epochs. */
  readonly data: Disk;
  /** Logs; may be the same as `data`. */
  readonly log: Disk;
  /** By how much a log file grows at once; 0 for no preallocation. */
  readonly preAllocBytes: number;
  /** A log file that has grown beyond this is followed by a new one; 0 for no such limit. */
  readonly txnLogSizeLimitBytes: number;
  /** How snapshots are written. */
  readonly snapshotCodec: SnapshotCodec;
  /** Reads snapshots whose names end in .gz; where it is null, they are no snapshots. */
  readonly gzip: SnapshotCodec | null;
  /** How many of the newest transactions a recovery returns. */
  readonly recentTxns: number;
  /** See `RecoverySource`. */
  readonly autocreate?: boolean;
  /** Whether logs without a snapshot are taken for all that there was; see `RecoverySource`. */
  readonly trustEmptySnapshot?: boolean;
  /** Makes a change of the configuration durable, where it may change at all. */
  readonly configurationStep?: (write: ConfigurationWrite) => Step;
  /** All writes up to this id are durable. */
  readonly onPersisted: (writeId: number) => void;
  /** The disk failed: called once, and nothing is written after it. */
  readonly onFault: (fault: DiskError) => void;
  readonly onWarning: (message: string) => void;
}

/** What is written of the ensemble's configuration. */
export type ConfigurationWrite = Extract<Write, { kind: 'proposedConfiguration' | 'committedConfiguration' }>;

/** What came of a truncation. */
export type TruncateResult =
  | { readonly ok: true; readonly recovered: Recovered }
  /** Nothing was changed. */
  | { readonly ok: false; readonly reason: string };

/** One entry of the queue. `writeId` is null for what nobody waits to hear of. */
type Job =
  | { readonly kind: 'append'; readonly writeId: number; readonly txn: LoggedTxn }
  | { readonly kind: 'step'; readonly writeId: number | null; readonly step: Step };

/**
 * The state machine bounds the queue: it lets only so many requests in before earlier ones are durable, and a learner gets
 * no more from its leader than that has outstanding.
 */
export class Storage {
  private readonly options: StorageOptions;
  private readonly log: LogWriter;
  private queue: Job[] = [];
  private busy = false;
  private faulted = false;
  private closing: (() => void) | null = null;
  private snapshotWriter: SnapshotWriter | null = null;
  private purging = false;

  constructor(options: StorageOptions) {
    this.options = options;
    this.log = new LogWriter(options.log, options);
  }

  /**
   * Reads the directories; once, before all else. Throws `RecoveryError`, or `DiskError` where they cannot be read or
   * written. What it repairs is durable before the first write that follows.
   */
  recover(): Recovered {
    const { data, log } = this.options;
    for (const disk of new Set([data, log])) {
      disk.makeDirectory(VERSION_DIRECTORY);
      this.enqueue((done) => disk.syncDirectory('', done));
    }
    return this.readRecovered();
  }

  private readRecovered(): Recovered {
    const { repairs, ...recovered } = recoverDirectory(this.options);
    // A truncation asks for this in the middle of its own entry of the queue: the repairs come right behind it.
    for (const step of repairs) this.enqueue(step);
    return recovered;
  }

  /** What was planned from whole files and cannot be read back is a fault of the disk. */
  private reread(): Recovered {
    try {
      return this.readRecovered();
    } catch (error) {
      if (error instanceof RecoveryError) throw new DiskError('EIO', error.path, error.message);
      throw error;
    }
  }

  /** Makes a change durable behind all earlier ones, and reports it by `onPersisted`. */
  execute(writeId: number, write: Write): void {
    if (this.faulted) {
      if (write.kind === 'installSnapshot') write.snapshot.release();
      return;
    }
    if (write.kind === 'append') this.queue.push({ kind: 'append', writeId, txn: write.txn });
    else this.queue.push({ kind: 'step', writeId, step: this.stepFor(write) });
    this.pump();
  }

  private stepFor(write: Exclude<Write, { kind: 'append' }>): Step {
    switch (write.kind) {
      case 'acceptedEpoch':
        return writeEpoch(this.options.data, ACCEPTED_EPOCH, write.epoch);
      case 'currentEpoch':
        return writeEpoch(this.options.data, CURRENT_EPOCH, write.epoch);
      case 'settle':
        return (done) => done(null);
      case 'proposedConfiguration':
      case 'committedConfiguration': {
        const step = this.options.configurationStep?.(write);
        assert(step !== undefined, 'who may change the configuration has a place for it');
        return step;
      }
      case 'installSnapshot':
        this.cancelSnapshot();
        return (done) => this.install(write.snapshot, done);
    }
  }

  private install(snapshot: HeldSnapshot, done: SyncDone): void {
    const { data, log } = this.options;
    this.log.roll();
    const write = replaceFile(data, installingPath(snapshot.zxid), snapshotFile(snapshot));
    const replace: Step = (replaced) => inOrder(finishInstallation(data, log, snapshot.zxid), replaced);
    inOrder([write, replace], (fault) => {
      snapshot.release();
      done(fault);
    });
  }

  /** Makes the transaction with this zxid the last one. Asked for only when no write is under way. */
  truncate(zxid: bigint, done: (result: TruncateResult) => void): void {
    this.cancelSnapshot();
    this.enqueue((planned) => {
      const plan = planTruncation(this.options, zxid);
      if (!plan.ok) {
        planned(null);
        done(plan);
        return;
      }
      this.log.roll();
      let recovered: Recovered | null = null;
      const reload: Step = (reloaded) => {
        recovered = this.reread();
        reloaded(null);
      };
      inOrder([...plan.steps, reload], (fault) => {
        planned(fault);
        if (recovered !== null) done({ ok: true, recovered });
      });
    });
  }

  /**
   * Writes a snapshot while other writes go on, and lets the log go on in a new file. `pace` calls back when the next 64 KiB
   * may be written. A failure is a warning, and one that comes while another is being written is not taken. `finished`: whether
   * it is on the disk; never, where the storage closes before.
   */
  takeSnapshot(
    snapshot: HeldSnapshot,
    pace: (next: () => void) => void,
    finished: (written: boolean) => void = () => {},
  ): void {
    if (this.snapshotWriter !== null || this.faulted || this.closing !== null) {
      snapshot.release();
      finished(false);
      return;
    }
    const { data, snapshotCodec, onWarning } = this.options;
    const writer = new SnapshotWriter(data, snapshot, snapshotCodec, (fault) => {
      if (this.snapshotWriter === writer) this.snapshotWriter = null;
      if (fault !== null) onWarning(`no snapshot was written: ${fault.message}`);
      finished(fault === null);
    });
    this.snapshotWriter = writer;
    // Not before the repairs of a recovery, which may write, or remove, files of the same name.
    this.enqueue((rolled) => {
      this.log.roll();
      rolled(null);
      writer.start(pace, (next) =>
        this.enqueue((done) => {
          done(null);
          next();
        }),
      );
    });
  }

  /**
   * Removes what nothing needs any more, keeping so many of the newest whole snapshots. `pace` calls back when the next piece
   * of a snapshot may be read. `finished` is told what was removed; never, where the storage closes or fails before. One that
   * comes while another is under way is not done.
   */
  purge(
    retainCount: number,
    pace: (next: () => void) => void,
    finished: (removed: readonly string[], fault: DiskError | null) => void,
  ): void {
    if (this.purging) return;
    this.purging = true;
    new Purge({
      data: this.options.data,
      log: this.options.log,
      gzip: this.options.gzip,
      retainCount,
      pace,
      enqueue: (step) => {
        if (!this.faulted && this.closing === null) this.enqueue(step);
      },
      finished: (removed, fault) => {
        this.purging = false;
        finished(removed, fault);
      },
    }).start();
  }

  private cancelSnapshot(): void {
    this.snapshotWriter?.cancel();
    this.snapshotWriter = null;
  }

  /** Calls back when all writes are durable, or at once after a fault. Nothing may be asked for after it. */
  close(done: () => void): void {
    this.cancelSnapshot();
    this.closing = done;
    this.pump();
  }

  private enqueue(step: Step): void {
    this.queue.push({ kind: 'step', writeId: null, step });
    this.pump();
  }

  private pump(): void {
    if (this.busy) return;
    if (this.faulted || this.queue.length === 0) {
      const { closing } = this;
      this.closing = null;
      closing?.();
      return;
    }
    this.busy = true;
    const batch = takeBatch(this.queue);
    this.queue = this.queue.slice(batch.taken);
    attempt(
      (done) => (batch.kind === 'append' ? this.log.append(batch.txns, done) : batch.step(done)),
      (fault) => this.finish(batch.writeId, fault),
    );
  }

  private finish(writeId: number | null, fault: DiskError | null): void {
    if (fault !== null) {
      this.faulted = true;
      this.queue = [];
      this.cancelSnapshot();
      this.busy = false;
      this.options.onFault(fault);
    } else {
      // Still busy, so that all that the callback asks for goes into one batch.
      if (writeId !== null) this.options.onPersisted(writeId);
      this.busy = false;
    }
    this.pump();
  }
}

type Batch =
  | { readonly kind: 'append'; readonly writeId: number; readonly taken: number; readonly txns: readonly LoggedTxn[] }
  | { readonly kind: 'step'; readonly writeId: number | null; readonly taken: number; readonly step: Step };

/** The transactions at the head of the queue, or the one other job there. */
function takeBatch(queue: readonly Job[]): Batch {
  const txns: LoggedTxn[] = [];
  let bytes = 0;
  let writeId = 0;
  for (const job of queue) {
    if (job.kind === 'step') {
      if (txns.length === 0) return { ...job, taken: 1 };
      break;
    }
    txns.push(job.txn);
    writeId = job.writeId;
    bytes += job.txn.bytes.length;
    if (bytes >= MAX_BATCH_BYTES) break;
  }
  return { kind: 'append', writeId, taken: txns.length, txns };
}
