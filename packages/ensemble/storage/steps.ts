import type { Disk, SyncDone } from './disk.ts';
import { DiskError } from './disk.ts';
import { temporaryOf, VERSION_DIRECTORY } from './file-names.ts';

/** One asynchronous step: it calls back once, or throws `DiskError` before. */
export type Step = (done: SyncDone) => void;

/** Does the steps one behind the other; the first fault ends it. */
export function inOrder(steps: readonly Step[], done: SyncDone): void {
  const [first, ...others] = steps;
  if (first === undefined) {
    done(null);
    return;
  }
  attempt(first, (fault) => {
    if (fault !== null) done(fault);
    else inOrder(others, done);
  });
}

/** Does one step, a `DiskError` that it throws being given to `done` like one that it calls back with. */
export function attempt(step: Step, done: SyncDone): void {
  let returned = false;
  try {
    step((fault) => {
      returned = true;
      done(fault);
    });
  } catch (error) {
    // What `done` itself throws is not the disk's.
    if (returned || !(error instanceof DiskError)) throw error;
    done(error);
  }
}

/** Replaces a file in one step, durably: at no time is there half of it under its name (Java `AtomicFileOutputStream`). */
export function replaceFile(disk: Disk, path: string, chunks: Iterable<Uint8Array>): Step {
  const temporary = temporaryOf(path);
  return (done) =>
    inOrder(
      [
        (written) => {
          disk.create(temporary);
          let offset = 0;
          for (const chunk of chunks) {
            disk.write(temporary, offset, chunk);
            offset += chunk.length;
          }
          disk.sync(temporary, written);
        },
        (renamed) => {
          disk.rename(temporary, path);
          disk.syncDirectory(VERSION_DIRECTORY, renamed);
        },
      ],
      done,
    );
}

/**
 * Removes files in the given order, each durably before the next: after a crash at any point those that are left are the
 * last of the list, without a hole (ZOOKEEPER-5094 is what a hole leads to).
 */
export function removeInOrder(disk: Disk, paths: readonly string[]): Step {
  return (done) =>
    inOrder(
      paths.map((path) => (removed: SyncDone) => {
        disk.remove(path);
        disk.syncDirectory(VERSION_DIRECTORY, removed);
      }),
      done,
    );
}
