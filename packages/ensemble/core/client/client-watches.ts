/** Which client is told of which change, and when (Java `DataTree`, `WatchManager`, `NIOServerCnxn.process`). */
import { type Acl, Perms } from '@vivarium/shared/acl';
import { formatHex } from '@vivarium/shared/zxid';
import { encodeNotification, WatchEventType } from '@vivarium/wire/replies';
import type { SetWatchesRequest } from '@vivarium/wire/requests';
import type { Context } from '../context.ts';
import type { History } from '../history.ts';
import type { ClientId } from '../io.ts';
import { isPermitted } from '../request/access.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { Watches } from './watches.ts';

export class ClientWatches {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections: Connections;
  private readonly dataWatches = new Watches();
  private readonly childWatches = new Watches();

  constructor(context: Context, history: History, connections: Connections) {
    this.context = context;
    this.history = history;
    this.connections = connections;
  }

  /** How many watches are set. */
  get count(): number {
    return this.dataWatches.count + this.childWatches.count;
  }

  /** A connection is gone, and its watches with it. */
  removeClient(client: ClientId): void {
    this.dataWatches.removeClient(client);
    this.childWatches.removeClient(client);
  }

  /** Sets a one-shot watch. */
  watch(connection: Connection, path: string, kind: 'data' | 'child'): void {
    const watches = kind === 'data' ? this.dataWatches : this.childWatches;
    // Read as the root, the empty path is watched as itself, which never changes (Java `DataTree.getNode`, `WatchManager`).
    watches.add(connection.client, path);
    if (this.context.tracing) {
      this.context.trace({ kind: 'watchSet', session: formatHex(connection.sessionId), path, watch: kind });
    }
  }

  /** Watches of a client that has changed servers: what it has missed is told now, the rest is set again. */
  setWatches(connection: Connection, request: SetWatchesRequest): void {
    const { tree } = this.history.database;
    const { relativeZxid } = request;
    const catchUp = (type: WatchEventType, path: string): void => {
      this.connections.send(connection, encodeNotification(type, path, -1n));
      this.traceFired(connection, type, path);
    };
    for (const path of request.dataWatches) {
      const node = tree.get(path);
      if (node === undefined) catchUp(WatchEventType.deleted, path);
      else if (node.mzxid > relativeZxid) catchUp(WatchEventType.dataChanged, path);
      else this.watch(connection, path, 'data');
    }
    for (const path of request.existWatches) {
      if (tree.get(path) !== undefined) catchUp(WatchEventType.created, path);
      else this.watch(connection, path, 'data');
    }
    for (const path of request.childWatches) {
      const node = tree.get(path);
      if (node === undefined) catchUp(WatchEventType.deleted, path);
      else if (node.pzxid > relativeZxid) catchUp(WatchEventType.childrenChanged, path);
      else this.watch(connection, path, 'child');
    }
  }

  /** The tree has changed: fires the watches that waited for it. `zxid` is the transaction's. */
  changed(type: WatchEventType, path: string, acl: readonly Acl[], zxid: bigint): void {
    const waiting =
      type === WatchEventType.childrenChanged ? this.childWatches.trigger(path) : this.dataWatches.trigger(path);
    this.fire(waiting, type, path, acl, zxid, null);
    // A deleted node's watchers of children are told too, each connection once.
    if (type === WatchEventType.deleted) this.fire(this.childWatches.trigger(path), type, path, acl, zxid, waiting);
  }

  private fire(
    clients: ReadonlySet<ClientId>,
    type: WatchEventType,
    path: string,
    acl: readonly Acl[],
    zxid: bigint,
    except: ReadonlySet<ClientId> | null,
  ): void {
    if (clients.size === 0) return;
    const frame = encodeNotification(type, path, zxid);
    for (const client of clients) {
      const connection = this.connections.connectionOf(client);
      if (connection === undefined || except?.has(client)) continue;
      // An event is knowledge of the node: only who may read it is told (CVE-2024-23944).
      if (!isPermitted(this.context.config, acl, Perms.READ, connection.ids)) continue;
      this.connections.send(connection, frame);
      this.traceFired(connection, type, path);
    }
  }

  private traceFired(connection: Connection, type: WatchEventType, path: string): void {
    if (!this.context.tracing) return;
    this.context.trace({ kind: 'watchFired', session: formatHex(connection.sessionId), path, type });
  }
}
