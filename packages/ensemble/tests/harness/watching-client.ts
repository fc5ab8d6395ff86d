import { Bytes, op, RawConnection, type Reply, requestFrame } from './raw-connection.ts';

/** Operation codes of watches (Java `ZooDefs.OpCode`). */
export const watchOp = {
  exists: 3,
  getData: 4,
  getChildren: 8,
  checkWatches: 17,
  removeWatches: 18,
  setWatches: 101,
  setWatches2: 105,
  addWatch: 106,
} as const;

/** Modes of addWatch (Java `AddWatchMode`), and one that is none. */
export const mode = { persistent: 0, recursive: 1, none: 2 } as const;

/** Kinds of watches (Java `Watcher.WatcherType`), and one that is none. */
export const kind = { children: 1, data: 2, any: 3, persistent: 4, recursive: 5, none: 6 } as const;

const NOTIFICATION = -1;
const SYNC_CONNECTED = 3;
const SYNC = 9;
const AUTH = 100;
const EVENTS: Readonly<Record<number, string>> = { 1: 'created', 2: 'deleted', 3: 'changed', 4: 'children' };
const WORLD = ['world', 'anyone'] as const;

/** An ACL of one entry: permissions, scheme and id. */
type AclEntry = readonly [perms: number, scheme: string, id: string];
export const openAcl: AclEntry = [31, ...WORLD];

/** The lists of setWatches2, of which setWatches has the first three. */
export interface WatchLists {
  data?: readonly string[];
  exist?: readonly string[];
  child?: readonly string[];
  persistent?: readonly string[];
  recursive?: readonly string[];
}

/**
 * A client that speaks in frames and keeps apart what it is told of its watches from what it is answered. Everything is
 * also in `frames`, in the order in which it came: `changed /a`, `reply 3`.
 */
export class WatchingClient {
  private readonly connection: RawConnection;
  private xid = 0;
  private told: string[] = [];
  readonly frames: string[] = [];
  /** zxids in the headers of all notifications. */
  readonly eventZxids: bigint[] = [];

  private constructor(connection: RawConnection) {
    this.connection = connection;
  }

  static async open(port: number): Promise<WatchingClient> {
    return new WatchingClient(await RawConnection.openSession(port, 30_000));
  }

  static on(connection: RawConnection): WatchingClient {
    return new WatchingClient(connection);
  }

  /** Sends a request and waits for its answer. */
  async ask(type: number, body: Uint8Array, xid = ++this.xid): Promise<Reply> {
    this.connection.send(requestFrame(xid, type, body));
    for (;;) {
      const reply = await this.connection.nextReply();
      if (reply === undefined) throw new Error(`closed instead of an answer to ${type}`);
      if (reply.xid === NOTIFICATION) {
        this.notified(reply);
        continue;
      }
      this.frames.push(`reply ${reply.xid}`);
      if (reply.xid !== xid) throw new Error(`an answer to ${reply.xid}, not to ${xid}`);
      return reply;
    }
  }

  /** The error code of the answer. */
  async code(type: number, body: Uint8Array): Promise<number> {
    return (await this.ask(type, body)).error;
  }

  /** The same, and it has to be 0. */
  async done(type: number, body: Uint8Array): Promise<Reply> {
    const reply = await this.ask(type, body);
    if (reply.error !== 0) throw new Error(`operation ${type} failed with ${reply.error}`);
    return reply;
  }

  /** What it was told since the last call, all that was committed anywhere until now included. */
  async events(): Promise<string[]> {
    await this.done(SYNC, new Bytes().field('/').buffer);
    const told = this.told;
    this.told = [];
    return told;
  }

  create(path: string, acl: AclEntry = openAcl, flags = 0): Promise<Reply> {
    return this.done(op.create, nodeBody(path, acl, flags));
  }

  set(path: string): Promise<Reply> {
    return this.done(op.setData, new Bytes().field(path).field('changed').int(-1).buffer);
  }

  delete(path: string): Promise<Reply> {
    return this.done(op.delete, new Bytes().field(path).int(-1).buffer);
  }

  /** A read that leaves a watch behind; its error code. */
  watch(type: number, path: string): Promise<number> {
    return this.code(type, new Bytes().field(path).byte(1).buffer);
  }

  addWatch(path: string, watchMode: number): Promise<number> {
    return this.code(watchOp.addWatch, new Bytes().field(path).int(watchMode).buffer);
  }

  checkWatches(path: string, watchKind: number): Promise<number> {
    return this.code(watchOp.checkWatches, new Bytes().field(path).int(watchKind).buffer);
  }

  removeWatches(path: string, watchKind: number): Promise<number> {
    return this.code(watchOp.removeWatches, new Bytes().field(path).int(watchKind).buffer);
  }

  /** setWatches, or setWatches2 where there are watches that stay; under its own xid, as clients send it. */
  setWatches(relativeZxid: bigint, lists: WatchLists): Promise<Reply> {
    const body = new Bytes().long(relativeZxid);
    for (const paths of [lists.data, lists.exist, lists.child]) writePaths(body, paths);
    const stays = lists.persistent !== undefined || lists.recursive !== undefined;
    if (stays) for (const paths of [lists.persistent, lists.recursive]) writePaths(body, paths);
    return this.ask(stays ? watchOp.setWatches2 : watchOp.setWatches, body.buffer, SET_WATCHES_XID);
  }

  async authenticate(credential: string): Promise<void> {
    await this.ask(AUTH, new Bytes().int(0).field('digest').field(credential).buffer, AUTH_XID);
  }

  destroy(): void {
    this.connection.destroy();
  }

  private notified({ zxid, error, body }: Reply): void {
    if (error !== 0 || body.readInt32BE(4) !== SYNC_CONNECTED)
      throw new Error(`a strange event ${body.toString('hex')}`);
    const event = `${EVENTS[body.readInt32BE(0)]} ${body.subarray(12).toString()}`;
    this.eventZxids.push(zxid);
    this.frames.push(event);
    this.told.push(event);
  }
}

const SET_WATCHES_XID = -8;
const AUTH_XID = -4;

/** The body of a create. */
export function nodeBody(path: string, [perms, scheme, id]: AclEntry = openAcl, flags = 0): Buffer {
  return new Bytes().field(path).field('data').int(1).int(perms).field(scheme).field(id).int(flags).buffer;
}

function writePaths(body: Bytes, paths: readonly string[] = []): void {
  body.int(paths.length);
  for (const path of paths) body.field(path);
}
