/**
 * The disk as storage sees it: files in directories, named by `/`-separated paths below the disk's root. Writes become
 * durable by `sync` only, and one that the system refuses may be reported as late as that; a name (created, renamed,
 * removed) becomes durable by `syncDirectory`. The real disk is one implementation, the simulated one (which loses, tears
 * and refuses) another.
 */

/** The disk refused: full, broken, not allowed. `path` is named as the person who runs the server knows it. */
export class DiskError extends Error {
  override name = 'DiskError';
  /** The platform's code, such as `ENOSPC` or `EIO`. */
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** Called once, with null where the data are durable. */
export type SyncDone = (fault: DiskError | null) => void;

/** Every method but the two syncs is done when it returns; each throws `DiskError`. */
export interface Disk {
  /** Names in a directory, in no order; empty where there is no such directory. */
  list(directory: string): string[];
  /** The whole file, or null where there is none. */
  read(path: string): Uint8Array | null;
  /** The length of a file in bytes, or null where there is none. */
  length(path: string): number | null;
  /** So many bytes of a file from the offset on, fewer where it ends before; null where there is none. */
  readRange(path: string, offset: number, length: number): Uint8Array | null;
  /** Creates a directory and those above it. */
  makeDirectory(directory: string): void;
  /** Creates an empty file, in place of one with that name. */
  create(path: string): void;
  /** Writes at the offset; the file grows where needed. */
  write(path: string, offset: number, bytes: Uint8Array): void;
  /** Cuts a file, or makes it longer with zeros. */
  setLength(path: string, length: number): void;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes the content of a file durable (fdatasync). */
  sync(path: string, done: SyncDone): void;
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string, done: SyncDone): void;
}
