import type { Stat } from '@vivarium/shared/stat';

interface Entry {
  readonly czxid: bigint;
  readonly pzxid: bigint;
  readonly cversion: number;
  readonly names: readonly string[];
  readonly readAtMs: number;
}

export interface OlderList {
  readonly names: readonly string[];
  readonly ageMs: number;
  /** How often the list is read, at most. */
  readonly everyMs: number;
}

const MAX_LISTS = 64;
const MAX_NAMES = 1_000_000;
/** A list may be as old as this many of its names are read in a millisecond: 15 s for 300,000 of them. */
const NAMES_PER_MS = 20;
/** Lists that are shorter are never old. */
const LONG_LIST = 10_000;

/** Sorted names of children, so that the pages of a long list cost one reading of it. */
export class ChildrenCache {
  /** By path, the least recently used first. */
  private readonly entries = new Map<string, Entry>();
  private names = 0;

  /** The names, where they are known as of the Stat: its pzxid and cversion rise with every change of children. */
  get(path: string, { czxid, pzxid, cversion }: Stat): readonly string[] | null {
    const entry = this.entries.get(path);
    if (entry === undefined) return null;
    if (entry.czxid !== czxid || entry.pzxid !== pzxid || entry.cversion !== cversion) return null;
    this.entries.delete(path);
    this.entries.set(path, entry);
    return entry.names;
  }

  /**
   * The names as they were a while ago, where there are so many that reading them whenever one comes or goes would be a
   * burden; with how old they are, and how old they may become.
   */
  getOlder(path: string, { czxid }: Stat): OlderList | null {
    const entry = this.entries.get(path);
    if (entry === undefined || entry.czxid !== czxid || entry.names.length < LONG_LIST) return null;
    const ageMs = performance.now() - entry.readAtMs;
    const everyMs = entry.names.length / NAMES_PER_MS;
    return ageMs < everyMs ? { names: entry.names, ageMs, everyMs } : null;
  }

  /** Sorts the names in place and keeps them. `stat` is of the same reading. */
  put(path: string, { czxid, pzxid, cversion }: Stat, names: string[]): readonly string[] {
    names.sort();
    this.drop(path);
    this.entries.set(path, { czxid, pzxid, cversion, names, readAtMs: performance.now() });
    this.names += names.length;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= MAX_LISTS && this.names <= MAX_NAMES) break;
      this.drop(oldest);
    }
    return names;
  }

  private drop(path: string): void {
    this.names -= this.entries.get(path)?.names.length ?? 0;
    this.entries.delete(path);
  }
}
