/**
 * Keeps every log file that a server ever had, also what it removes when a leader's snapshot takes the place of its
 * history: by a second name for the same file, so that it costs nothing and shows every cut that the server makes.
 */
import { type FSWatcher, linkSync, mkdirSync, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { KeptLog } from './committed-log.ts';

interface Kept {
  readonly server: number;
  readonly path: string;
  readonly firstZxid: number;
  readonly previous: string | null;
  readonly inode: bigint;
}

export class LogArchive {
  private readonly directory: string;
  private readonly sources = new Map<number, string>();
  private readonly watchers: FSWatcher[] = [];
  private readonly kept: Kept[] = [];
  private readonly byInode = new Map<bigint, Kept>();

  /** `directory` must be on the file system of the servers' logs. */
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Begins to keep the logs of a server; `source` is its `version-2`, which is made if it is missing. */
  follow(server: number, source: string): void {
    mkdirSync(source, { recursive: true });
    this.sources.set(server, source);
    // Every write is told too, and of no interest.
    this.watchers.push(watch(source, (change) => (change === 'rename' ? this.collect(server) : undefined)));
    this.collect(server);
  }

  /** All logs ever seen. */
  finish(): KeptLog[] {
    for (const watcher of this.watchers) watcher.close();
    for (const server of this.sources.keys()) this.collect(server);
    const live = new Set([...this.sources.values()].flatMap((source) => filesIn(source).map(({ inode }) => inode)));
    return this.kept.map(({ inode, ...log }) => ({ ...log, live: live.has(inode) }));
  }

  private collect(server: number): void {
    const source = this.sources.get(server);
    if (source === undefined) return;
    let previous: string | null = null;
    for (const { name, inode, firstZxid } of filesIn(source)) {
      let kept = this.byInode.get(inode);
      if (kept === undefined) {
        const path = join(this.directory, `${server}.${this.kept.length}.${name}`);
        try {
          linkSync(join(source, name), path);
        } catch (error) {
          // It is gone already; the next change is told as well.
          if (isGone(error)) continue;
          throw error;
        }
        kept = { server, path, firstZxid, previous, inode };
        this.kept.push(kept);
        this.byInode.set(inode, kept);
      }
      previous = kept.path;
    }
  }
}

/** The logs in a directory, oldest first. */
function filesIn(source: string): { name: string; inode: bigint; firstZxid: number }[] {
  const files: { name: string; inode: bigint; firstZxid: number }[] = [];
  for (const name of readdirSync(source)) {
    const match = /^log\.([0-9a-f]+)$/.exec(name);
    if (match === null) continue;
    try {
      const { ino } = statSync(join(source, name), { bigint: true });
      files.push({ name, inode: ino, firstZxid: Number.parseInt(match[1] ?? '', 16) });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return files.sort((a, b) => a.firstZxid - b.firstZxid);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
