/**
 * Removes snapshots and logs that nothing needs any more (Java `PurgeTxnLog`). What stays: so many of the newest snapshots
 * that are whole, all that is newer than the oldest of them, and every log that may hold a transaction behind it. Snapshots
 * that are not whole count for nothing: were they counted, a purge could leave nothing to start from (ZOOKEEPER-3231).
 */
import { JuteError } from '@vivarium/wire/jute';
import { SnapshotFileReader } from '@vivarium/wire/snapshot';
import { type Disk, DiskError } from './disk.ts';
import { installingAmong, logsAmong, type NamedFile, snapshotsAmong, VERSION_DIRECTORY } from './file-names.ts';
import { type SnapshotCodec, snapshotPieces } from './snapshot-codec.ts';
import type { Step } from './steps.ts';

/** A file that may go. */
export interface Purgeable {
  readonly kind: 'snapshot' | 'log';
  readonly path: string;
}

/**
 * What may be removed, in the order in which it has to be: a log only when no snapshot is left that needs it, so that no
 * recovery can begin in front of a hole. `dataNames` and `logNames` are what is in the two directories, `whole` the paths
 * of snapshots that were found whole. Nothing where there are fewer of those than `retainCount`, or where an installation
 * is not finished.
 */
export function planPurge(
  dataNames: readonly string[],
  logNames: readonly string[],
  whole: ReadonlySet<string>,
  retainCount: number,
): Purgeable[] {
  if (installingAmong(dataNames) !== null) return [];
  const snapshots = snapshotsAmong(dataNames);
  const oldestKept = snapshots.filter(({ path }) => whole.has(path)).at(-retainCount);
  if (oldestKept === undefined) return [];
  const logs = logsAmong(logNames);
  // The last log that begins at or before the snapshot's zxid may go on behind it.
  const firstNeeded = logs.findLastIndex((file) => file.zxid <= oldestKept.zxid);
  return [
    ...snapshots.filter((file) => file.zxid < oldestKept.zxid).map(({ path }) => ({ kind: 'snapshot' as const, path })),
    ...logs.slice(0, Math.max(0, firstNeeded)).map(({ path }) => ({ kind: 'log' as const, path })),
  ];
}

export interface PurgeOptions {
  readonly data: Disk;
  readonly log: Disk;
  /** Reads snapshots whose names end in .gz. */
  readonly gzip: SnapshotCodec | null;
  readonly retainCount: number;
  /** Calls back when the next piece of a file may be read. */
  readonly pace: (next: () => void) => void;
  /** Does a step when no other write is under way; never, where the storage is stopping. */
  readonly enqueue: (step: Step) => void;
  /** Called once, with the names of what was removed; or with the reason why not everything was. */
  readonly finished: (removed: readonly string[], fault: DiskError | null) => void;
}

/**
 * One purge. The newest snapshots are read whole, piece by piece, beside everything else; then one file after another is
 * removed, each between other writes and each planned anew, since a truncation or an installation in between may have taken
 * away the very snapshots that made it superfluous.
 */
export class Purge {
  private readonly options: PurgeOptions;
  private readonly whole = new Set<string>();
  private readonly removed: string[] = [];

  constructor(options: PurgeOptions) {
    this.options = options;
  }

  start(): void {
    this.attempt(() => {
      const snapshots = snapshotsAmong(this.options.data.list(VERSION_DIRECTORY));
      // With no more than are to be kept there is nothing to find out.
      if (snapshots.length > this.options.retainCount) this.check(snapshots);
      else this.options.finished([], null);
    });
  }

  private check(left: NamedFile[]): void {
    const file = left.pop();
    if (file === undefined || this.whole.size === this.options.retainCount) {
      this.removeNext();
      return;
    }
    const reading = this.read(file);
    const readNext = (): void =>
      this.attempt(() => {
        const { done, value: whole } = reading.next();
        if (!done) {
          this.options.pace(readNext);
          return;
        }
        if (whole) this.whole.add(file.path);
        this.check(left);
      });
    this.options.pace(readNext);
  }

  /** Reads a snapshot piece by piece, and says at the end whether it is whole. */
  private *read(file: NamedFile): Generator<undefined, boolean> {
    const { data, gzip } = this.options;
    const reader = new SnapshotFileReader(() => {});
    try {
      for (const piece of snapshotPieces(data, file.path, gzip)) {
        if (!reader.push(piece)) return false;
        yield;
      }
    } catch (error) {
      if (error instanceof JuteError) return false;
      throw error;
    }
    return reader.finish().ok;
  }

  private removeNext(): void {
    const { data, log, retainCount, enqueue, finished } = this.options;
    enqueue((done) => {
      let next: Purgeable | undefined;
      try {
        [next] = planPurge(data.list(VERSION_DIRECTORY), log.list(VERSION_DIRECTORY), this.whole, retainCount);
        if (next !== undefined) (next.kind === 'log' ? log : data).remove(next.path);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        // A file that cannot be removed takes space and does no harm; a directory that cannot be synced does.
        done(null);
        finished(this.removed, error);
        return;
      }
      if (next === undefined) {
        done(null);
        finished(this.removed, null);
        return;
      }
      this.removed.push(next.path);
      (next.kind === 'log' ? log : data).syncDirectory(VERSION_DIRECTORY, (fault) => {
        done(fault);
        if (fault === null) this.removeNext();
      });
    });
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.options.finished(this.removed, error);
    }
  }
}
