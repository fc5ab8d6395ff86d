import fs from 'node:fs';
import path from 'node:path';
import { type Disk, DiskError, type SyncDone } from '../storage/disk.ts';

/**
 * What is written to one file waits for its sync up to here, and beyond it goes to the system at once: a log's batch is far
 * below, a snapshot far above.
 */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Files that stay open after a write, so that a sync need not open them again: the newest log, a snapshot, an epoch. */
const MAX_OPEN_FILES = 16;

/** The operating system's files below one directory. */
export class RealDisk implements Disk {
  private readonly root: string;
  private readonly forceSync: boolean;
  private readonly timeSync: (file: string) => () => void;
  /** File descriptors by path, the least recently used first. */
  private readonly open = new Map<string, OpenFile>();

  /**
   * `forceSync` false: syncs report success without waiting for the disk (Java `zookeeper.forceSync=no`). `timeSync` begins to
   * measure the sync of a file, and returns what ends that.
   */
  constructor(root: string, forceSync: boolean, timeSync: (file: string) => () => void = () => () => {}) {
    this.timeSync = timeSync;
    this.root = root;
    this.forceSync = forceSync;
  }

  list(directory: string): string[] {
    return this.attempt(directory, (full) => {
      try {
        return fs.readdirSync(full);
      } catch (error) {
        if (isErrno(error) && error.code === 'ENOENT') return [];
        throw error;
      }
    });
  }

  read(file: string): Uint8Array | null {
    return this.attempt(file, (full) => {
      const opened = this.open.get(file);
      if (opened !== undefined) writeNow(opened);
      try {
        const content = fs.readFileSync(full);
        // Not the Buffer: its `slice` is a view, and readers of records count on a copy.
        return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
      } catch (error) {
        if (isErrno(error) && error.code === 'ENOENT') return null;
        throw error;
      }
    });
  }

  length(file: string): number | null {
    return this.withContent(file, (fd) => fs.fstatSync(fd).size);
  }

  readRange(file: string, offset: number, length: number): Uint8Array | null {
    return this.withContent(file, (fd) => {
      const left = Math.max(0, fs.fstatSync(fd).size - offset);
      const bytes = new Uint8Array(Math.min(length, left));
      let read = 0;
      while (read < bytes.length) {
        const count = fs.readSync(fd, bytes, read, bytes.length - read, offset + read);
        if (count === 0) break;
        read += count;
      }
      return bytes.subarray(0, read);
    });
  }

  /** Looks into a file that has all that was written to it; null where there is none. */
  private withContent<T>(file: string, look: (fd: number) => T): T | null {
    return this.attempt(file, (full) => {
      const opened = this.open.get(file);
      if (opened !== undefined) writeNow(opened);
      let fd: number;
      try {
        fd = fs.openSync(full, 'r');
      } catch (error) {
        if (isErrno(error) && error.code === 'ENOENT') return null;
        throw error;
      }
      try {
        return look(fd);
      } finally {
        fs.closeSync(fd);
      }
    });
  }

  makeDirectory(directory: string): void {
    this.attempt(directory, makeDirectories);
  }

  create(file: string): void {
    this.discard(file);
    this.attempt(file, (full) => this.keep(file, fs.openSync(full, 'w+')));
  }

  /**
   * Keeps the bytes until the file's sync, which hands them to the system from another thread: where another process's
   * sync is under way, a write waits for the file system's journal, and would hold up everything else.
   */
  write(file: string, offset: number, bytes: Uint8Array): void {
    this.attempt(file, () => {
      const opened = this.opened(file);
      opened.waiting.push({ offset, bytes });
      opened.waitingBytes += bytes.length;
      if (opened.waitingBytes > MAX_WAITING_BYTES) writeNow(opened);
    });
  }

  setLength(file: string, length: number): void {
    this.attempt(file, () => {
      const opened = this.opened(file);
      writeNow(opened);
      fs.ftruncateSync(opened.fd, length);
    });
  }

  rename(from: string, to: string): void {
    this.close(from);
    this.close(to);
    this.attempt(from, (full) => fs.renameSync(full, path.join(this.root, to)));
  }

  remove(file: string): void {
    this.discard(file);
    this.attempt(file, (full) => fs.unlinkSync(full));
  }

  sync(file: string, done: SyncDone): void {
    let opened: OpenFile;
    try {
      opened = this.attempt(file, () => this.opened(file));
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      setImmediate(done, error);
      return;
    }
    opened.syncs++;
    const stop = this.timeSync(file);
    const finish = (error: NodeJS.ErrnoException | null): void => {
      stop();
      opened.syncs--;
      if (opened.closeAfterSyncs && opened.syncs === 0) fs.closeSync(opened.fd);
      done(error === null ? null : this.fault(file, error));
    };
    writeWaiting(opened, (error) => {
      if (error !== null || !this.forceSync) finish(error);
      else fs.fdatasync(opened.fd, finish);
    });
  }

  syncDirectory(directory: string, done: SyncDone): void {
    if (!this.forceSync) {
      setImmediate(done, null);
      return;
    }
    const finish = (error: NodeJS.ErrnoException | null): void =>
      done(error === null ? null : this.fault(directory, error));
    fs.open(path.join(this.root, directory), 'r', (openError, fd) => {
      if (openError !== null) {
        finish(openError);
        return;
      }
      fs.fsync(fd, (syncError) => fs.close(fd, (closeError) => finish(syncError ?? closeError ?? null)));
    });
  }

  private opened(file: string): OpenFile {
    const known = this.open.get(file);
    if (known === undefined) return this.keep(file, fs.openSync(path.join(this.root, file), 'r+'));
    this.open.delete(file);
    this.open.set(file, known);
    return known;
  }

  private keep(file: string, fd: number): OpenFile {
    const opened = { fd, waiting: [], waitingBytes: 0, syncs: 0, closeAfterSyncs: false };
    this.open.set(file, opened);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= MAX_OPEN_FILES) break;
      this.close(oldest);
    }
    return opened;
  }

  /** Closes a file whose content nobody wants: on a full disk, what it still had to write must not fail. */
  private discard(file: string): void {
    const opened = this.open.get(file);
    if (opened !== undefined) takeWaiting(opened);
    this.close(file);
  }

  private close(file: string): void {
    const opened = this.open.get(file);
    if (opened === undefined) return;
    this.open.delete(file);
    try {
      this.attempt(file, () => writeNow(opened));
    } finally {
      // A descriptor that is being synced must not be closed: the number could be another file's by then.
      if (opened.syncs > 0) opened.closeAfterSyncs = true;
      else fs.closeSync(opened.fd);
    }
  }

  private attempt<T>(file: string, action: (full: string) => T): T {
    try {
      return action(path.join(this.root, file));
    } catch (error) {
      if (isErrno(error)) throw this.fault(file, error);
      throw error;
    }
  }

  private fault(file: string, error: NodeJS.ErrnoException): DiskError {
    const full = path.join(this.root, file);
    // Node's message ends with the call and the path; the part before says what the system said.
    const reason = error.message.replace(/, \w+( '.*')?$/s, '');
    return new DiskError(error.code ?? 'EIO', full, `${full}: ${reason}`);
  }
}

/**
 * Creates a directory and those above it. Node's own recursion never ends where a parent exists and yet refuses with
 * ENOENT, as /proc does.
 */
export function makeDirectories(directory: string): void {
  try {
    fs.mkdirSync(directory);
  } catch (error) {
    if (!isErrno(error)) throw error;
    const parent = path.dirname(directory);
    if (error.code === 'EEXIST' && fs.statSync(directory).isDirectory()) return;
    if (error.code !== 'ENOENT' || parent === directory || fs.existsSync(parent)) throw error;
    makeDirectories(parent);
    fs.mkdirSync(directory);
  }
}

interface OpenFile {
  readonly fd: number;
  /** Writes that the system does not have yet. */
  waiting: WaitingWrite[];
  waitingBytes: number;
  /** Syncs under way. */
  syncs: number;
  closeAfterSyncs: boolean;
}

interface WaitingWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function takeWaiting(opened: OpenFile): WaitingWrite[] {
  const { waiting } = opened;
  opened.waiting = [];
  opened.waitingBytes = 0;
  return waiting;
}

function writeNow(opened: OpenFile): void {
  for (const { offset, bytes } of takeWaiting(opened)) {
    for (let written = 0; written < bytes.length; ) {
      written += fs.writeSync(opened.fd, bytes, written, bytes.length - written, offset + written);
    }
  }
}

/** Writes in order, from another thread; nothing is retried. */
function writeWaiting(opened: OpenFile, done: (error: NodeJS.ErrnoException | null) => void): void {
  const waiting = takeWaiting(opened);
  let index = 0;
  let written = 0;
  const next = (): void => {
    const write = waiting[index];
    if (write === undefined) {
      done(null);
      return;
    }
    const { bytes, offset } = write;
    fs.write(opened.fd, bytes, written, bytes.length - written, offset + written, (error, count) => {
      if (error !== null) {
        done(error);
        return;
      }
      written += count;
      if (written === bytes.length) {
        index++;
        written = 0;
      }
      next();
    });
  };
  next();
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'errno' in error;
}
