/** The watches of one session: who waits for what, kept here so that the next server can be told after a loss. */

import { parentOf } from '@vivarium/shared/path';
import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType, type WatcherEvent } from '@vivarium/wire/replies';
import type { SetWatches2Request, SetWatchesRequest, WatcherType } from '@vivarium/wire/requests';

const TYPE_NAMES = {
  [WatchEventType.created]: 'created',
  [WatchEventType.deleted]: 'deleted',
  [WatchEventType.dataChanged]: 'dataChanged',
  [WatchEventType.childrenChanged]: 'childrenChanged',
} as const;

/** What a watch has seen. */
export interface WatchEvent {
  readonly type: (typeof TYPE_NAMES)[WatchEventType];
  readonly path: string;
  /** Of the transaction; -1n where the server does not tell: before 3.9, and for what was missed while disconnected. */
  readonly zxid: bigint;
}

/** Of a read: called once, when what was read has changed. Of `addWatch`: with each change. */
export type Watcher = (event: WatchEvent) => void;

/** `data` and `child`: of a znode that was there; `exist`: of one that was not. */
type ReadWatchKind = 'data' | 'exist' | 'child';
/** `persistent`: all of a znode and the list of its children; `recursive`: all znodes from the path downwards. */
export type LastingWatchKind = 'persistent' | 'recursive';
export type WatchKind = ReadWatchKind | LastingWatchKind;
/** Watches that can be removed: those that reads have left, those that `addWatch` has set, or `any`. */
export type RemovableKind = keyof typeof WatcherType;

/** Which watches an event of a type takes away (Java `ZKWatchManager.materialize`). */
const FIRES: Readonly<Record<WatchEventType, readonly ReadWatchKind[]>> = {
  [WatchEventType.created]: ['data', 'exist'],
  [WatchEventType.dataChanged]: ['data', 'exist'],
  [WatchEventType.deleted]: ['data', 'exist', 'child'],
  [WatchEventType.childrenChanged]: ['child'],
};

const REMOVES: Readonly<Record<RemovableKind, readonly WatchKind[]>> = {
  children: ['child'],
  data: ['data', 'exist'],
  persistent: ['persistent'],
  recursive: ['recursive'],
  any: ['data', 'exist', 'child', 'persistent', 'recursive'],
};

/** Paths come in batches of so many characters, so that no request passes a server's limit (Java `ClientCnxn`). */
const MAX_BATCH_CHARACTERS = 128 * 1024;

/** Paths are those of the server, a chroot included. */
export class Watches {
  private readonly watchers = {
    data: new Map<string, Set<Watcher>>(),
    exist: new Map<string, Set<Watcher>>(),
    child: new Map<string, Set<Watcher>>(),
    persistent: new Map<string, Set<Watcher>>(),
    recursive: new Map<string, Set<Watcher>>(),
  };

  /** Registers a watcher; one that waits for the same thing already is called once. */
  add(kind: WatchKind, path: string, watcher: Watcher): void {
    const known = this.watchers[kind].get(path);
    if (known === undefined) this.watchers[kind].set(path, new Set([watcher]));
    else known.add(watcher);
  }

  /** Returns the watchers that an event concerns; those of reads are gone then. */
  take({ type, path }: WatcherEvent): { type: WatchEvent['type']; watchers: ReadonlySet<Watcher> } | null {
    if (!isWatchEventType(type)) return null;
    const watchers = new Set<Watcher>();
    for (const kind of FIRES[type]) {
      for (const watcher of this.watchers[kind].get(path) ?? []) watchers.add(watcher);
      this.watchers[kind].delete(path);
    }
    for (const watcher of this.watchers.persistent.get(path) ?? []) watchers.add(watcher);
    if (type !== WatchEventType.childrenChanged && this.watchers.recursive.size > 0) {
      for (let at = path; at !== ''; at = parentOf(at)) {
        for (const watcher of this.watchers.recursive.get(at) ?? []) watchers.add(watcher);
      }
    }
    return { type: TYPE_NAMES[type], watchers };
  }

  /** The server knows these watches no more. */
  remove(kind: RemovableKind, path: string): void {
    for (const removed of REMOVES[kind]) this.watchers[removed].delete(path);
  }

  clear(): void {
    for (const paths of Object.values(this.watchers)) paths.clear();
  }

  /**
   * The requests that set all watches again. The server tells at once what has changed since `relativeZxid`. Only where there
   * are watches that last do they need a server of 3.6.
   */
  toRequests(relativeZxid: bigint): (SetWatchesRequest | SetWatches2Request)[] {
    const batches: Record<WatchKind, string[]>[] = [];
    let characters = MAX_BATCH_CHARACTERS;
    for (const kind of ['data', 'exist', 'child', 'persistent', 'recursive'] as const) {
      for (const path of this.watchers[kind].keys()) {
        if (characters + path.length > MAX_BATCH_CHARACTERS) {
          batches.push({ data: [], exist: [], child: [], persistent: [], recursive: [] });
          characters = 0;
        }
        batches.at(-1)?.[kind].push(path);
        characters += path.length;
      }
    }
    return batches.map(({ data, exist, child, persistent, recursive }) => {
      const lists = { relativeZxid, dataWatches: data, existWatches: exist, childWatches: child };
      return persistent.length + recursive.length === 0
        ? { type: OpCode.setWatches, ...lists }
        : { type: OpCode.setWatches2, ...lists, persistentWatches: persistent, recursiveWatches: recursive };
    });
  }
}

function isWatchEventType(type: number): type is WatchEventType {
  return type in TYPE_NAMES;
}
