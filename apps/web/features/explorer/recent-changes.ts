/** What changed in the last seconds, by path, for the marks in the tree. Bounded: the oldest go when many come. */
import type { ZnodeChange } from '@vivarium/shared/cluster-event';
import { nameOf, parentOf } from '@vivarium/shared/path';

export interface RecentChange {
  readonly change: ZnodeChange['change'] | 'childDeleted';
  /** The child that was deleted, whose own row has gone. */
  readonly child?: string;
  readonly atMs: number;
}

export interface ChangesBelow {
  readonly count: number;
  readonly atMs: number;
}

/** How long a change stays marked. */
export const MARKED_MS = 10_000;
const MAX_MARKED = 2_000;

export class RecentChanges {
  readonly #at = new Map<string, RecentChange>();
  readonly #below = new Map<string, ChangesBelow>();
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #untold = false;

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  get isEmpty(): boolean {
    return this.#at.size === 0;
  }

  /** The change of a path that is still marked; null where there is none. */
  at(path: string): RecentChange | null {
    return this.#at.get(path) ?? null;
  }

  /** The marked changes of what is below a path. */
  below(path: string): ChangesBelow | null {
    return this.#below.get(path) ?? null;
  }

  /** Notes a change; `tell` shows what was noted. */
  note(path: string, change: RecentChange): void {
    this.#untold = true;
    if (change.change === 'deleted') {
      this.#at.delete(path);
      this.#put(this.#at, parentOf(path), { ...change, change: 'childDeleted', child: nameOf(path) });
    } else this.#put(this.#at, path, change);
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const known = this.#below.get(above);
      this.#put(this.#below, above, { count: (known?.count ?? 0) + 1, atMs: change.atMs });
    }
  }

  /** Whether something was noted that was not told of. */
  get isUntold(): boolean {
    return this.#untold;
  }

  tell(): void {
    this.#untold = false;
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  /** Forgets what is older than `MARKED_MS`; true where something went. */
  forget(nowMs: number): boolean {
    let gone = false;
    for (const map of [this.#at, this.#below]) {
      for (const [path, { atMs }] of map) {
        // In the order of their times: the first one that is young enough ends it.
        if (nowMs - atMs < MARKED_MS) break;
        map.delete(path);
        gone = true;
      }
    }
    return gone;
  }

  clear(): void {
    this.#at.clear();
    this.#below.clear();
    this.tell();
  }

  #put<T>(map: Map<string, T>, path: string, value: T): void {
    map.delete(path);
    map.set(path, value);
    if (map.size <= MAX_MARKED) return;
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
}
