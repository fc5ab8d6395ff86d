/**
 * Which client is told of which change, and when (Java `DataTree`, `WatchManager`, `NIOServerCnxn.process`). Watches of
 * all kinds stand side by side on one path, as since 3.9; whatever makes a change known to a client, it is told once.
 */
import { type Acl, Perms } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { parentOf } from '@vivarium/shared/path';
import { formatHex } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { encodeNotification, type ReplyBody, WatchEventType } from '@vivarium/wire/replies';
import {
  AddWatchMode,
  type SetWatches2Request,
  type SetWatchesRequest,
  WatcherType,
  type WatchRequest,
} from '@vivarium/wire/requests';
import type { Context } from '../context.ts';
import type { History } from '../history.ts';
import type { ClientId } from '../io.ts';
import type { Summary } from '../metrics.ts';
import { isPermitted } from '../request/access.ts';
import { NO_SESSION } from '../session/session-ids.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { clientsByPath, pathsByClient, summaryOf, type WatchSummary } from './watch-report.ts';
import { Watches } from './watches.ts';
import { EMPTY } from './write-replies.ts';

/**
 * `data` and `child` are used up by the event that they wait for; `persistent` waits for all of a node and of the list of
 * its children, `recursive` for all nodes from the path downwards.
 */
export type WatchKind = 'data' | 'child' | 'persistent' | 'recursive';

/** Which watches are meant by a type (Java `DataTree.containsWatcher`, `removeWatch` since 3.9). */
const KINDS: Readonly<Record<WatcherType, readonly WatchKind[]>> = {
  [WatcherType.children]: ['child'],
  [WatcherType.data]: ['data'],
  [WatcherType.any]: ['data', 'child', 'persistent', 'recursive'],
  [WatcherType.persistent]: ['persistent'],
  [WatcherType.recursive]: ['recursive'],
};

/** Of these Apache tells who asks which watches there are: `wchs` and its like leave the children's out. */
const REPORTED: readonly WatchKind[] = ['data', 'persistent', 'recursive'];

/** The parent of the root. */
const ABOVE_ROOT = '';

export class ClientWatches {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections: Connections;
  private readonly kinds: Readonly<Record<WatchKind, Watches>> = {
    data: new Watches(),
    child: new Watches(),
    persistent: new Watches(),
    recursive: new Watches(),
  };

  constructor(context: Context, history: History, connections: Connections) {
    this.context = context;
    this.history = history;
    this.connections = connections;
  }

  /** How many watches are set; a persistent one is one of data and one of children (Java `DataTree.getWatchCount`). */
  get count(): number {
    const { data, child, persistent, recursive } = this.kinds;
    return data.count + child.count + 2 * persistent.count + recursive.count;
  }

  /** A connection is gone, and its watches with it. */
  removeClient(client: ClientId): void {
    for (const watches of Object.values(this.kinds)) watches.removeClient(client);
  }

  /** Carries out what a client asks for its watches. */
  answer(connection: Connection, request: WatchRequest): { err: ErrorCode; body: ReplyBody } {
    switch (request.type) {
      case OpCode.setWatches:
      case OpCode.setWatches2:
        this.setWatches(connection, request);
        return { err: ErrorCode.OK, body: EMPTY };
      case OpCode.addWatch:
        this.watch(connection, request.path, request.mode === AddWatchMode.persistent ? 'persistent' : 'recursive');
        return { err: ErrorCode.OK, body: { kind: 'code', code: ErrorCode.OK } };
      case OpCode.checkWatches: {
        const { client } = connection;
        const found = KINDS[request.watcherType].some((kind) => this.kinds[kind].has(client, request.path));
        return { err: found ? ErrorCode.OK : ErrorCode.NOWATCHER, body: EMPTY };
      }
      case OpCode.removeWatches:
        return { err: this.unwatch(connection, request.path, KINDS[request.watcherType]), body: EMPTY };
    }
  }

  /** Sets a watch. Whether there is such a node is nobody's business here, nor whether there may be (as with Apache). */
  watch(connection: Connection, path: string, kind: WatchKind): void {
    // Read as the root, the empty path is watched as itself, which never changes (Java `DataTree.getNode`, `WatchManager`).
    // Of a list of watches the first may have been one too many.
    if (this.connections.connectionOf(connection.client) === undefined) return;
    this.kinds[kind].add(connection.client, path);
    this.makeRoom();
    if (!this.context.tracing) return;
    const { session, watches } = this.traced(connection);
    this.context.trace({ kind: 'watchSet', session, path, watch: kind, watches });
  }

  /** Where watches take too much memory, who has most of them goes: a client can set 100,000 with one request of 1 MB. */
  private makeRoom(): void {
    const kinds = Object.values(this.kinds);
    while (kinds.reduce((sum, kind) => sum + kind.bytes, 0) > this.context.config.maxWatchBytes) {
      const bytesOf = (client: ClientId): number => kinds.reduce((sum, kind) => sum + kind.bytesOf(client), 0);
      let most: ClientId | null = null;
      for (const kind of kinds) {
        for (const client of kind.clients()) if (most === null || bytesOf(client) > bytesOf(most)) most = client;
      }
      const connection = most === null ? undefined : this.connections.connectionOf(most);
      if (connection === undefined) return;
      const { address, sessionId } = connection;
      const whose = `session ${formatHex(sessionId)} of ${address}`;
      this.context.warn(`watches take too much memory: closing the connection that has most of them, ${whose}`);
      this.connections.close(connection, 'it has too many watches');
    }
  }

  private unwatch(connection: Connection, path: string, kinds: readonly WatchKind[]): ErrorCode {
    const removed = kinds.filter((kind) => this.kinds[kind].remove(connection.client, path));
    if (removed.length === 0) return ErrorCode.NOWATCHER;
    if (this.context.tracing) {
      const { session, watches } = this.traced(connection);
      this.context.trace({ kind: 'watchRemoved', session, path, watches });
    }
    return ErrorCode.OK;
  }

  /** Watches of a client that has changed servers: what it has missed is told now, the rest is set again. */
  private setWatches(connection: Connection, request: SetWatchesRequest | SetWatches2Request): void {
    const { tree } = this.history.database;
    const { relativeZxid } = request;
    const missed = (type: WatchEventType, path: string): void => {
      const node = tree.get(path);
      if (node !== undefined && !this.mayRead(connection, tree.aclOf(node))) return;
      this.tell(connection, encodeNotification(type, path, -1n), type, path);
    };
    for (const path of request.dataWatches) {
      const node = tree.get(path);
      if (node === undefined) missed(WatchEventType.deleted, path);
      else if (node.mzxid > relativeZxid) missed(WatchEventType.dataChanged, path);
      else this.watch(connection, path, 'data');
    }
    for (const path of request.existWatches) {
      if (tree.get(path) !== undefined) missed(WatchEventType.created, path);
      else this.watch(connection, path, 'data');
    }
    for (const path of request.childWatches) {
      const node = tree.get(path);
      if (node === undefined) missed(WatchEventType.deleted, path);
      else if (node.pzxid > relativeZxid) missed(WatchEventType.childrenChanged, path);
      else this.watch(connection, path, 'child');
    }
    if (request.type === OpCode.setWatches) return;
    for (const path of request.persistentWatches) this.watch(connection, path, 'persistent');
    for (const path of request.recursiveWatches) this.watch(connection, path, 'recursive');
  }

  /**
   * The tree has changed: tells those who watch it. `acl`: of the node, or of the one that it was; `zxid`: the
   * transaction's.
   */
  changed(type: WatchEventType, path: string, acl: readonly Acl[], zxid: bigint): void {
    if (this.count === 0) return;
    const clients = new Set<ClientId>();
    this.collect(type, path, clients);
    this.firedCount(type).add(clients.size);
    if (clients.size === 0) return;
    const frame = encodeNotification(type, path, zxid);
    for (const client of clients) {
      const connection = this.connections.connectionOf(client);
      if (connection !== undefined && this.mayRead(connection, acl)) this.tell(connection, frame, type, path);
    }
  }

  private firedCount(type: WatchEventType): Summary {
    const { summaries } = this.context.metrics;
    switch (type) {
      case WatchEventType.created:
        return summaries.node_created_watch_count;
      case WatchEventType.deleted:
        return summaries.node_deleted_watch_count;
      case WatchEventType.childrenChanged:
        return summaries.node_children_watch_count;
      default:
        return summaries.node_changed_watch_count;
    }
  }

  /** Who is concerned, each once. Watches that last for one event are used up, also by one that may not be told. */
  private collect(type: WatchEventType, path: string, clients: Set<ClientId>): void {
    const { data, child, persistent, recursive } = this.kinds;
    if (type !== WatchEventType.childrenChanged) data.take(path, clients);
    // Who watches a deleted node's children is told of its end too.
    if (type === WatchEventType.childrenChanged || type === WatchEventType.deleted) child.take(path, clients);
    persistent.find(path, clients);
    // That a child came or went they are told by the child's own event (ZOOKEEPER-1416).
    if (type === WatchEventType.childrenChanged || recursive.count === 0) return;
    for (let at = path; at !== ABOVE_ROOT; at = parentOf(at)) recursive.find(at, clients);
  }

  /** An event is knowledge of the node: only who may read it is told (CVE-2024-23944). */
  private mayRead(connection: Connection, acl: readonly Acl[]): boolean {
    return isPermitted(this.context.config, acl, Perms.READ, connection.ids);
  }

  private tell(connection: Connection, frame: Uint8Array, type: WatchEventType, path: string): void {
    this.connections.send(connection, frame);
    if (this.context.tracing) this.context.trace({ kind: 'watchFired', ...this.traced(connection), path, type });
  }

  private traced({ client, sessionId }: Connection): { session: string; watches: number } {
    const watches = Object.values(this.kinds).reduce((sum, kind) => sum + kind.pathsOf(client).size, 0);
    return { session: formatHex(sessionId), watches };
  }

  /** What the word `wchs` tells. */
  summary(): WatchSummary {
    return summaryOf(this.reported);
  }

  /** Paths by session id: the word `wchc`. */
  pathsBySession(): Map<bigint, ReadonlySet<string>> {
    const report = new Map<bigint, ReadonlySet<string>>();
    for (const [client, paths] of pathsByClient(this.reported)) report.set(this.sessionOf(client), paths);
    return report;
  }

  /** Session ids by path, one after another: the word `wchp`. */
  *sessionsByPath(): IterableIterator<readonly [string, readonly bigint[]]> {
    for (const [path, clients] of clientsByPath(this.reported)) {
      yield [path, Array.from(clients, (client) => this.sessionOf(client))];
    }
  }

  private get reported(): Watches[] {
    return REPORTED.map((kind) => this.kinds[kind]);
  }

  private sessionOf(client: ClientId): bigint {
    return this.connections.connectionOf(client)?.sessionId ?? NO_SESSION;
  }
}
