/**
 * A disk that keeps what was synced and, in a crash, of the rest whatever chance leaves: each unsynced write may survive,
 * vanish, or survive in some of its sectors only; each unsynced name (created, renamed, removed) may or may not. It can be made to
 * refuse: full (ENOSPC) or broken (EIO).
 */
import type { Random } from '@vivarium/shared/random';

/** Calls back after a time, unless the program that asked has died. */
export type Later = (delayMs: number, action: () => void) => void;

export interface SimulatedDiskOptions<Fault extends Error> {
  readonly random: Random;
  readonly minSyncMs: number;
  readonly maxSyncMs: number;
  /** Makes the error that the program understands. */
  readonly makeFault: (code: 'ENOSPC' | 'EIO' | 'ENOENT', path: string, message: string) => Fault;
}

/** What a program asks of its disk. */
export type DiskOperation = 'create' | 'write' | 'setLength' | 'rename' | 'remove' | 'sync' | 'syncDirectory';

/** Sees each operation on a path (the new one of a rename) before it is done and after: of a sync, when it has been asked for and when it is done. */
export type DiskObserver = (operation: DiskOperation, path: string, stage: 'before' | 'after') => void;

/** What the disk does with the next requests. */
export type DiskCondition = 'good' | 'full' | 'broken';

type Change = { readonly offset: number; readonly bytes: Uint8Array } | { readonly length: number };

/** Changes that are not durable yet. Marks count all changes there ever were, so that syncs may overlap. */
class Journal<T> {
  private entries: T[] = [];
  private taken = 0;

  push(entry: T): void {
    this.entries.push(entry);
  }

  /** Stands for all changes so far. */
  get mark(): number {
    return this.taken + this.entries.length;
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** Takes out what is left of the changes up to a mark, oldest first. */
  take(mark = this.mark): T[] {
    const entries = this.entries.splice(0, Math.max(0, mark - this.taken));
    this.taken += entries.length;
    return entries;
  }
}

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;

/** A write as the sectors that it touches. */
function* sectorsOf({ offset, bytes }: { offset: number; bytes: Uint8Array }): Generator<Change> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES));
    yield { offset: offset + at, bytes: bytes.subarray(at, end) };
    at = end;
  }
}

/** Bytes that grow. */
class Content {
  private bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  apply(change: Change): void {
    if ('bytes' in change) this.write(change.offset, change.bytes);
    else this.setLength(change.length);
  }

  private write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.length) this.setLength(end);
    this.bytes.set(bytes, offset);
  }

  private setLength(length: number): void {
    if (length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    } else if (length < this.length) {
      this.bytes.fill(0, length, this.length);
    }
    this.length = length;
  }

  copy(start = 0, end = this.length): Uint8Array {
    return this.bytes.slice(start, Math.min(end, this.length));
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** What a name stands for; it lives on under its next name. */
class Inode {
  current = new Content();
  durable = new Content();
  readonly unsynced = new Journal<Change>();

  change(change: Change): void {
    this.current.apply(change);
    this.unsynced.push(change);
  }

  /** Changes up to the mark have reached the platter. */
  settle(mark: number): void {
    for (const change of this.unsynced.take(mark)) this.durable.apply(change);
  }

  /** Changes up to the mark are lost although the program still reads them: what a failed fsync leaves. */
  forsake(mark: number): void {
    this.unsynced.take(mark);
  }

  crash(random: Random): void {
    for (const change of this.unsynced.take()) {
      const fate = random.below(4);
      if (fate === 0) continue;
      if (fate === 1 && 'bytes' in change) {
        for (const sector of sectorsOf(change)) if (random.chance(0.5)) this.durable.apply(sector);
      } else {
        this.durable.apply(change);
      }
    }
    this.current = new Content(this.durable.copy());
  }
}

/** A name given to an inode, or taken away where the inode is null. A rename is one change of two names. */
type NameChange = readonly (readonly [path: string, inode: Inode | null])[];

/** Directories are durable as soon as they are made. */
export class SimulatedDisk<Fault extends Error> {
  condition: DiskCondition = 'good';
  /** How many times as long as usual a sync takes. */
  slowness = 1;
  /** Changes whenever `durableNames` may. */
  durableNamesVersion = 0;
  private readonly options: SimulatedDiskOptions<Fault>;
  /** The root is always there. */
  private readonly directories = new Set(['']);
  private current = new Map<string, Inode>();
  private durable = new Map<string, Inode>();
  private readonly unsyncedNames = new Map<string, Journal<NameChange>>();
  private later: Later = (_delayMs, action) => action();
  private observe: DiskObserver = () => {};

  constructor(options: SimulatedDiskOptions<Fault>) {
    this.options = options;
  }

  /**
   * Gives the disk to a program: its syncs call back through `later`, and `observe` sees what it does. Before the first call
   * they call back at once.
   */
  attach(later: Later, observe: DiskObserver = () => {}): void {
    this.later = later;
    this.observe = observe;
  }

  list(directory: string): string[] {
    return namesIn(this.current, directory);
  }

  read(path: string): Uint8Array | null {
    return this.current.get(path)?.current.copy() ?? null;
  }

  length(path: string): number | null {
    return this.current.get(path)?.current.length ?? null;
  }

  readRange(path: string, offset: number, length: number): Uint8Array | null {
    return this.current.get(path)?.current.copy(offset, offset + length) ?? null;
  }

  makeDirectory(directory: string): void {
    this.refuseIfBroken(directory);
    this.directories.add(directory);
  }

  create(path: string): void {
    this.refuse(path);
    if (!this.directories.has(directoryOf(path))) throw this.fault('ENOENT', path);
    this.observe('create', path, 'before');
    this.changeNames(path, [[path, new Inode()]]);
    this.observe('create', path, 'after');
  }

  write(path: string, offset: number, bytes: Uint8Array): void {
    this.refuse(path);
    this.observe('write', path, 'before');
    this.inode(path).change({ offset, bytes: bytes.slice() });
    this.observe('write', path, 'after');
  }

  setLength(path: string, length: number): void {
    this.refuse(path);
    this.observe('setLength', path, 'before');
    this.inode(path).change({ length });
    this.observe('setLength', path, 'after');
  }

  rename(from: string, to: string): void {
    this.refuseIfBroken(from);
    const inode = this.inode(from);
    this.observe('rename', to, 'before');
    this.changeNames(to, [
      [to, inode],
      [from, null],
    ]);
    this.observe('rename', to, 'after');
  }

  remove(path: string): void {
    this.refuseIfBroken(path);
    this.inode(path);
    this.observe('remove', path, 'before');
    this.changeNames(path, [[path, null]]);
    this.observe('remove', path, 'after');
  }

  sync(path: string, done: (fault: Fault | null) => void): void {
    const inode = this.inode(path);
    const { mark } = inode.unsynced;
    this.syncLater('sync', path, done, (ok) => {
      if (ok) inode.settle(mark);
      else inode.forsake(mark);
    });
  }

  syncDirectory(directory: string, done: (fault: Fault | null) => void): void {
    const journal = this.namesOf(directory);
    const { mark } = journal;
    this.syncLater('syncDirectory', directory, done, (ok) => {
      // Names are journaled: where the journal cannot be written they are not forgotten, as data may be.
      if (!ok) return;
      this.durableNamesVersion++;
      for (const change of journal.take(mark)) applyNames(this.durable, change);
    });
  }

  private syncLater(
    operation: 'sync' | 'syncDirectory',
    path: string,
    done: (fault: Fault | null) => void,
    settle: (ok: boolean) => void,
  ): void {
    this.observe(operation, path, 'before');
    const { random, minSyncMs, maxSyncMs } = this.options;
    const delayMs = (minSyncMs + (random.below(1000) / 1000) * (maxSyncMs - minSyncMs)) * this.slowness;
    this.later(delayMs, () => {
      const ok = this.condition !== 'broken';
      settle(ok);
      if (ok) this.observe(operation, path, 'after');
      done(ok ? null : this.fault('EIO', path));
    });
  }

  /** The machine loses power: only what is durable is left, and of the rest what chance has written. */
  crash(): void {
    const { random } = this.options;
    this.durableNamesVersion++;
    for (const journal of this.unsyncedNames.values()) {
      for (const change of journal.take()) if (random.chance(0.5)) applyNames(this.durable, change);
    }
    this.current = new Map(this.durable);
    for (const inode of new Set(this.current.values())) inode.crash(random);
  }

  /** Whether anything would be lost in a crash. */
  get hasUnsynced(): boolean {
    for (const journal of this.unsyncedNames.values()) if (!journal.isEmpty) return true;
    for (const inode of this.current.values()) if (!inode.unsynced.isEmpty) return true;
    return false;
  }

  /** Names of a directory that a crash would leave. */
  durableNames(directory: string): string[] {
    return namesIn(this.durable, directory);
  }

  /** What a crash would surely leave of a file, as a view that the next operation may change; null where there is none. */
  durableContent(path: string): Uint8Array | null {
    return this.durable.get(path)?.durable.view() ?? null;
  }

  /** Damages a file as a bad sector would: durably, and unseen. */
  flipBit(path: string, offset: number): void {
    this.damage(path, (bytes) => {
      bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    });
  }

  /**
   * What a write that went to the wrong place has left: the bytes that belong at `offset` stand at `at`, and zeros where they
   * belong.
   */
  misdirect(path: string, offset: number, length: number, at: number): void {
    this.damage(path, (bytes) => {
      const moved = bytes.slice(offset, offset + length);
      bytes.fill(0, offset, offset + length);
      bytes.set(moved.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
    });
  }

  private damage(path: string, change: (bytes: Uint8Array) => void): void {
    const inode = this.inode(path);
    for (const content of [inode.current, inode.durable]) change(content.view());
  }

  /** Somebody has replaced the disk by an empty one. The program must be down. */
  wipe(): void {
    this.durableNamesVersion++;
    this.directories.clear();
    this.directories.add('');
    this.current.clear();
    this.durable.clear();
    this.unsyncedNames.clear();
  }

  private inode(path: string): Inode {
    const inode = this.current.get(path);
    if (inode === undefined) throw this.fault('ENOENT', path);
    return inode;
  }

  private changeNames(path: string, change: NameChange): void {
    applyNames(this.current, change);
    this.namesOf(directoryOf(path)).push(change);
  }

  private namesOf(directory: string): Journal<NameChange> {
    const journal = this.unsyncedNames.get(directory) ?? new Journal<NameChange>();
    this.unsyncedNames.set(directory, journal);
    return journal;
  }

  private refuse(path: string): void {
    this.refuseIfBroken(path);
    if (this.condition === 'full') throw this.fault('ENOSPC', path);
  }

  private refuseIfBroken(path: string): void {
    if (this.condition === 'broken') throw this.fault('EIO', path);
  }

  private fault(code: 'ENOSPC' | 'EIO' | 'ENOENT', path: string): Fault {
    return this.options.makeFault(code, path, `${code}: ${path}`);
  }
}

function namesIn(files: ReadonlyMap<string, Inode>, directory: string): string[] {
  const prefix = `${directory}/`;
  const names: string[] = [];
  for (const path of files.keys()) {
    if (path.startsWith(prefix) && !path.includes('/', prefix.length)) names.push(path.slice(prefix.length));
  }
  return names;
}

function applyNames(names: Map<string, Inode>, change: NameChange): void {
  for (const [path, inode] of change) {
    if (inode === null) names.delete(path);
    else names.set(path, inode);
  }
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
