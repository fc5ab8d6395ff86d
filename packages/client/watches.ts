/** The watches of one session: who waits for what, kept here so that the next server can be told after a loss. */
import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType, type WatcherEvent } from '@vivarium/wire/replies';
import type { SetWatchesRequest } from '@vivarium/wire/requests';

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

/** Called once, when what was read has changed. */
export type Watcher = (event: WatchEvent) => void;

/** `data` and `child`: of a znode that was there; `exist`: of one that was not. */
export type WatchKind = 'data' | 'exist' | 'child';

/** Which watches an event of a type takes away (Java `ZKWatchManager.materialize`). */
const FIRES: Readonly<Record<WatchEventType, readonly WatchKind[]>> = {
  [WatchEventType.created]: ['data', 'exist'],
  [WatchEventType.dataChanged]: ['data', 'exist'],
  [WatchEventType.deleted]: ['data', 'exist', 'child'],
  [WatchEventType.childrenChanged]: ['child'],
};

/** Paths come in batches of so many characters, so that no request passes a server's limit (Java `ClientCnxn`). */
const MAX_BATCH_CHARACTERS = 128 * 1024;

/** Paths are those of the server, a chroot included. */
export class Watches {
  private readonly watchers = {
    data: new Map<string, Set<Watcher>>(),
    exist: new Map<string, Set<Watcher>>(),
    child: new Map<string, Set<Watcher>>(),
  };

  /** Registers a watcher; one that waits for the same thing already is called once. */
  add(kind: WatchKind, path: string, watcher: Watcher): void {
    const known = this.watchers[kind].get(path);
    if (known === undefined) this.watchers[kind].set(path, new Set([watcher]));
    else known.add(watcher);
  }

  /** Removes and returns the watchers that an event concerns. */
  take({ type, path }: WatcherEvent): { type: WatchEvent['type']; watchers: ReadonlySet<Watcher> } | null {
    if (!isWatchEventType(type)) return null;
    const watchers = new Set<Watcher>();
    for (const kind of FIRES[type]) {
      for (const watcher of this.watchers[kind].get(path) ?? []) watchers.add(watcher);
      this.watchers[kind].delete(path);
    }
    return { type: TYPE_NAMES[type], watchers };
  }

  clear(): void {
    for (const paths of Object.values(this.watchers)) paths.clear();
  }

  /** The requests that set all watches again. The server tells at once what has changed since `relativeZxid`. */
  toRequests(relativeZxid: bigint): SetWatchesRequest[] {
    const requests: SetWatchesRequest[] = [];
    let batch = emptyBatch();
    let characters = 0;
    const flush = (): void => {
      if (characters === 0) return;
      requests.push({
        type: OpCode.setWatches,
        relativeZxid,
        dataWatches: batch.data,
        existWatches: batch.exist,
        childWatches: batch.child,
      });
      batch = emptyBatch();
      characters = 0;
    };
    for (const kind of ['data', 'exist', 'child'] as const) {
      for (const path of this.watchers[kind].keys()) {
        if (characters + path.length > MAX_BATCH_CHARACTERS) flush();
        batch[kind].push(path);
        characters += path.length;
      }
    }
    flush();
    return requests;
  }
}

function emptyBatch(): Record<WatchKind, string[]> {
  return { data: [], exist: [], child: [] };
}

function isWatchEventType(type: number): type is WatchEventType {
  return type in TYPE_NAMES;
}
