import { snapshotFile } from '@vivarium/wire/snapshot';
import type { HeldSnapshot } from '../core/database.ts';
import { type Disk, DiskError } from './disk.ts';
import { snapshotPath, temporaryOf, VERSION_DIRECTORY } from './file-names.ts';
import type { SnapshotCodec } from './snapshot-codec.ts';
import { attempt, inOrder } from './steps.ts';

/**
 * Writes one snapshot chunk by chunk while other writes go on, and gives it its name at the end. It can be cancelled at any
 * time before, and then leaves nothing behind.
 */
export class SnapshotWriter {
  private readonly disk: Disk;
  private readonly snapshot: HeldSnapshot;
  private readonly codec: SnapshotCodec;
  private readonly path: string;
  private readonly finished: (fault: DiskError | null) => void;
  private state: 'writing' | 'over' = 'writing';
  /** Whether the temporary file is there, and this writer's. */
  private started = false;

  /** `finished`: called once unless cancelled; a fault leaves nothing behind either. */
  constructor(disk: Disk, snapshot: HeldSnapshot, codec: SnapshotCodec, finished: (fault: DiskError | null) => void) {
    this.disk = disk;
    this.snapshot = snapshot;
    this.codec = codec;
    this.path = snapshotPath(snapshot.zxid, codec.suffix);
    this.finished = finished;
  }

  /**
   * `pace` calls back when the next chunk may be written. `beforePublish` calls back when everything that the snapshot holds
   * is durable in the log: a snapshot that is newer than the log would hide a gap.
   */
  start(pace: (next: () => void) => void, beforePublish: (next: () => void) => void): void {
    const temporary = temporaryOf(this.path);
    const chunks = snapshotFile(this.snapshot)[Symbol.iterator]();
    let offset = 0;
    const write = (bytes: Uint8Array): void => {
      if (this.state === 'over') return;
      attempt(
        (done) => {
          if (!this.started) this.disk.create(temporary);
          this.started = true;
          this.disk.write(temporary, offset, bytes);
          offset += bytes.length;
          done(null);
          pace(writeNext);
        },
        (fault) => {
          if (fault !== null) this.fail(fault);
        },
      );
    };
    const writeNext = (): void => {
      if (this.state === 'over') return;
      const chunk = chunks.next();
      if (!chunk.done) {
        this.codec.compress(chunk.value, offset === 0, write);
        return;
      }
      this.snapshot.release();
      attempt(
        (done) => {
          this.disk.sync(temporary, (fault) => {
            if (this.state === 'over') return;
            if (fault !== null) done(fault);
            else beforePublish(() => this.publish());
          });
        },
        (fault) => {
          if (fault !== null) this.fail(fault);
        },
      );
    };
    pace(writeNext);
  }

  private publish(): void {
    if (this.state === 'over') return;
    inOrder(
      [
        (done) => {
          this.disk.rename(temporaryOf(this.path), this.path);
          this.started = false;
          this.disk.syncDirectory(VERSION_DIRECTORY, done);
        },
      ],
      (fault) => {
        if (this.state === 'over') return;
        this.state = 'over';
        this.finished(fault);
      },
    );
  }

  private fail(fault: DiskError): void {
    if (this.state === 'over') return;
    this.cancel();
    this.finished(fault);
  }

  /** Gives the snapshot up. */
  cancel(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.snapshot.release();
    if (!this.started) return;
    try {
      this.disk.remove(temporaryOf(this.path));
    } catch (error) {
      // A leftover goes at the next start.
      if (!(error instanceof DiskError)) throw error;
    }
  }
}
