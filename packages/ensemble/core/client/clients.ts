/**
 * The clients of one server: their connections, sessions, queues of requests and watches (Java `NIOServerCnxn`,
 * `ZooKeeperServer.processPacket`, `CommitProcessor`, `FinalRequestProcessor`). A client's requests are answered in the
 * order in which it sent them; a read waits for the client's own writes before it, and for nobody else's.
 */
import { type Acl, type Id, Perms } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { formatHex } from '@vivarium/shared/zxid';
import { type ConnectRequest, decodeConnectRequest, encodeConnectResponse } from '@vivarium/wire/connect';
import { JuteError, JuteReader, JuteWriter } from '@vivarium/wire/jute';
import { OpCode, opName } from '@vivarium/wire/op-code';
import {
  encodeNotification,
  encodeReply,
  type MultiResult,
  type ReplyBody,
  WatchEventType,
} from '@vivarium/wire/replies';
import { readRequest, type SetWatchesRequest, Xid } from '@vivarium/wire/requests';
import type { Txn, TxnRecord } from '@vivarium/wire/txn';
import type { Context } from '../context.ts';
import type { AppliedTxn } from '../database.ts';
import type { History } from '../history.ts';
import type { ClientId, ClientStatus } from '../io.ts';
import { digestIds, isPermitted } from '../request/access.ts';
import type { Role } from '../role.ts';
import { SessionIds } from '../session/session-ids.ts';
import { isPassword, PASSWORD_BYTES, sessionPassword } from '../session/session-password.ts';
import { requestedPath } from '../traced-changes.ts';
import type { Connection, Waiting } from './connection.ts';
import { Latency } from './latency.ts';
import { answerRead } from './reads.ts';
import { Watches } from './watches.ts';

const EMPTY: ReplyBody = { kind: 'empty' };
const REQUEST_HEADER_BYTES = 8;
const NO_SESSION = 0n;
/**
 * What the ids of one connection may come to in characters. They go with each of its requests to the leader, which drops
 * the link of a learner whose packets are too long: nobody's client may bring that about.
 */
const MAX_ID_CHARACTERS = 64 * 1024;

export class Clients {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections = new Map<ClientId, Connection>();
  private readonly bySession = new Map<bigint, Connection>();
  private readonly dataWatches = new Watches();
  private readonly childWatches = new Watches();
  private readonly sessionIds: SessionIds;
  private readonly paused = new Set<ClientId>();
  private outstanding = 0;
  readonly latency = new Latency();
  /** Null while the server does not serve. */
  private role: Role | null = null;

  constructor(context: Context, history: History) {
    this.context = context;
    this.history = history;
    // Java's elapsed time counts from the machine's start; ours, from the process's, would give two lives the same ids.
    this.sessionIds = new SessionIds(Math.max(context.config.sid, 1), context.now.wallMs);
  }

  get outstandingRequests(): number {
    return this.outstanding;
  }

  get watchCount(): number {
    return this.dataWatches.count + this.childWatches.count;
  }

  status(): ClientStatus[] {
    return [...this.connections.values()].map((connection) => ({
      client: connection.client,
      sessionId: connection.state === 'open' ? connection.sessionId : null,
      queued: connection.waiting.length,
    }));
  }

  /** Begins to serve clients on behalf of a role. */
  serve(role: Role): void {
    this.role = role;
  }

  /** The server no longer serves: every client has to look for another one. */
  closeAll(reason: string): void {
    this.role = null;
    for (const connection of [...this.connections.values()]) this.close(connection, reason);
  }

  connected(client: ClientId, address: string): void {
    const none = { sessionId: NO_SESSION, timeoutMs: 0, knowsReadOnly: false, ids: [], paused: false };
    this.connections.set(client, { client, address, state: 'new', waiting: [], sinceZxid: 0n, ...none });
  }

  closed(client: ClientId): void {
    const connection = this.connections.get(client);
    if (connection !== undefined) this.forget(connection, 'the client closed the connection');
  }

  frame(client: ClientId, frame: Uint8Array): void {
    const connection = this.connections.get(client);
    // A frame may cross our closing of the connection.
    if (connection === undefined || connection.state === 'closing') return;
    switch (connection.state) {
      case 'new':
        this.connect(connection, frame);
        return;
      case 'open':
        this.request(connection, frame);
        return;
      default:
        this.close(connection, 'a request came before the session was established');
    }
  }

  private connect(connection: Connection, frame: Uint8Array): void {
    const { role } = this;
    if (role === null) {
      this.close(connection, 'the server is not serving');
      return;
    }
    let request: ConnectRequest;
    try {
      request = decodeConnectRequest(frame);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.close(connection, `not a ConnectRequest: ${error.message}`);
      return;
    }
    const { lastZxid } = this.history.database;
    if (request.lastZxidSeen > lastZxid) {
      // The client has seen what this server has not yet: it would go back in time.
      this.close(
        connection,
        `the client has seen ${formatHex(request.lastZxidSeen)}, the server is at ${formatHex(lastZxid)}`,
      );
      return;
    }
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.context.config;
    connection.timeoutMs = Math.min(Math.max(request.timeoutMs, minSessionTimeoutMs), maxSessionTimeoutMs);
    connection.knowsReadOnly = request.readOnly !== null;
    if (request.sessionId === NO_SESSION) {
      connection.sessionId = this.sessionIds.take();
      connection.state = 'creating';
      this.bySession.set(connection.sessionId, connection);
      const record = new JuteWriter(4).int(connection.timeoutMs).finish();
      role.submit({ sessionId: connection.sessionId, cxid: 0, type: OpCode.createSession, record, ids: [] });
      return;
    }
    if (!isPassword(request.sessionId, request.password)) {
      this.refuseSession(connection, 'wrong password');
      return;
    }
    const older = this.bySession.get(request.sessionId);
    if (older !== undefined) this.close(older, 'the session has a newer connection');
    connection.sessionId = request.sessionId;
    connection.state = 'revalidating';
    this.bySession.set(connection.sessionId, connection);
    role.revalidate(connection.sessionId, connection.timeoutMs);
  }

  /**
   * The leader has said whether a session that came from elsewhere is alive. `proposedZxid`: up to here all was proposed
   * before the leader took this server for the session's.
   */
  revalidated(sessionId: bigint, alive: boolean, proposedZxid: bigint): void {
    const connection = this.bySession.get(sessionId);
    if (connection?.state !== 'revalidating') return;
    connection.sinceZxid = proposedZxid;
    if (alive) this.open(connection);
    else this.refuseSession(connection, 'the session has expired');
  }

  private open(connection: Connection): void {
    connection.state = 'open';
    const { client, timeoutMs, sessionId, address } = connection;
    const password = sessionPassword(sessionId);
    const readOnly = connection.knowsReadOnly ? false : null;
    this.context.emit({
      kind: 'sendClient',
      client,
      frame: encodeConnectResponse({ timeoutMs, sessionId, password, readOnly }),
    });
    if (this.context.tracing) {
      this.context.trace({ kind: 'clientConnected', client, address, session: formatHex(sessionId) });
    }
  }

  private refuseSession(connection: Connection, reason: string): void {
    const frame = encodeConnectResponse({
      timeoutMs: 0,
      sessionId: NO_SESSION,
      password: new Uint8Array(PASSWORD_BYTES),
      readOnly: connection.knowsReadOnly ? false : null,
    });
    this.context.emit({ kind: 'sendClient', client: connection.client, frame });
    this.close(connection, reason);
  }

  private request(connection: Connection, frame: Uint8Array): void {
    const { role } = this;
    if (role === null) return;
    if (frame.length < REQUEST_HEADER_BYTES) {
      this.close(connection, 'a frame shorter than a request header');
      return;
    }
    const reader = new JuteReader(frame);
    const xid = reader.int();
    const type = reader.int();
    role.touch(connection.sessionId, connection.timeoutMs);
    const sinceMs = this.context.now.monotonicMs;
    switch (type) {
      case OpCode.ping:
        // In its order like any other, so that a client notices a server which no longer gets its writes through.
        this.enqueue(connection, { kind: 'ping', xid: Xid.ping, sinceMs });
        this.drain(connection);
        return;
      case OpCode.auth:
        this.authenticate(connection, xid, reader);
        return;
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.delete:
      case OpCode.setData:
      case OpCode.setACL:
      case OpCode.multi:
      case OpCode.reconfig:
      case OpCode.closeSession: {
        const ops = type === OpCode.multi ? opsOf(reader) : null;
        this.enqueue(connection, { kind: 'write', xid, type, ops, sinceMs });
        if (type === OpCode.closeSession) connection.state = 'closing';
        const { sessionId, ids } = connection;
        const record = frame.subarray(REQUEST_HEADER_BYTES);
        if (this.context.tracing) {
          this.context.trace({
            kind: 'writeRequested',
            session: formatHex(sessionId),
            cxid: xid,
            operation: opName(type),
            path: requestedPath(type, record),
          });
        }
        role.submit({ sessionId, cxid: xid, type, record, ids });
        return;
      }
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.getACL:
      case OpCode.setWatches:
      case OpCode.sync:
        this.readOrWait(connection, role, xid, type, reader);
        return;
      default:
        this.enqueue(connection, { kind: 'error', xid, err: ErrorCode.UNIMPLEMENTED, close: true, sinceMs });
        connection.state = 'closing';
        this.drain(connection);
    }
  }

  private readOrWait(connection: Connection, role: Role, xid: number, type: OpCode, reader: JuteReader): void {
    const sinceMs = this.context.now.monotonicMs;
    let request: ReturnType<typeof readRequest>;
    try {
      request = readRequest(type, reader);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.enqueue(connection, { kind: 'error', xid, err: ErrorCode.MARSHALLINGERROR, close: false, sinceMs });
      this.drain(connection);
      return;
    }
    switch (request?.type) {
      case OpCode.sync:
        this.enqueue(connection, { kind: 'sync', xid, path: request.path, done: false, sinceMs });
        role.submitSync(connection.client, request.path);
        return;
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.getACL:
      case OpCode.setWatches: {
        const waiting: Waiting = { kind: 'read', xid, request, sinceMs };
        if (connection.waiting.length === 0) {
          this.latency.add(0);
          this.answer(connection, waiting);
        } else {
          this.enqueue(connection, waiting);
        }
      }
    }
  }

  private authenticate(connection: Connection, xid: number, reader: JuteReader): void {
    let request: ReturnType<typeof readRequest>;
    try {
      request = readRequest(OpCode.auth, reader);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.close(connection, `not an authentication: ${error.message}`);
      return;
    }
    if (request?.type === OpCode.auth && request.scheme === 'digest' && request.auth !== null) {
      const known = connection.ids;
      const isNew = (id: Id): boolean => !known.some(({ scheme, id: text }) => scheme === id.scheme && text === id.id);
      const ids = [...known, ...digestIds(this.context.config, request.auth).filter(isNew)];
      if (ids.reduce((sum, { scheme, id }) => sum + scheme.length + id.length, 0) <= MAX_ID_CHARACTERS) {
        connection.ids = ids;
        this.send(connection, encodeReply({ xid, zxid: 0n, err: ErrorCode.OK }, EMPTY));
        return;
      }
    }
    this.send(connection, encodeReply({ xid, zxid: 0n, err: ErrorCode.AUTHFAILED }, EMPTY));
    this.close(connection, 'authentication failed');
  }

  private enqueue(connection: Connection, waiting: Waiting): void {
    connection.waiting.push(waiting);
    this.outstanding++;
    if (this.outstanding > this.context.config.globalOutstandingLimit && !connection.paused) {
      connection.paused = true;
      this.paused.add(connection.client);
      this.context.emit({ kind: 'throttleClient', client: connection.client, paused: true });
    }
  }

  /** A transaction was applied here: answers the client that asked for it, if it is one of ours. */
  committed(record: TxnRecord, applied: AppliedTxn): void {
    const { header, txn } = record;
    const connection = this.bySession.get(header.sessionId);
    if (this.context.tracing) this.traceSession(record);
    if (connection === undefined) return;
    if (txn.type === OpCode.createSession) {
      if (connection.state === 'creating') this.open(connection);
      return;
    }
    const [head] = connection.waiting;
    if (
      head?.kind === 'write' &&
      head.xid === header.cxid &&
      header.zxid > connection.sinceZxid &&
      (txn.type !== OpCode.closeSession || head.type === OpCode.closeSession)
    ) {
      this.dequeue(connection);
      this.latency.add(this.context.now.monotonicMs - head.sinceMs);
      if (applied.err === ErrorCode.SESSIONMOVED) {
        this.close(connection, 'the session has moved to another server');
        return;
      }
      this.reply(
        connection,
        head.xid,
        applied.err,
        applied.err === ErrorCode.OK ? writeBody(head, txn, applied) : EMPTY,
      );
      if (this.context.tracing) {
        this.context.trace({
          kind: 'writeReplied',
          session: formatHex(header.sessionId),
          cxid: header.cxid,
          zxid: formatHex(header.zxid),
          error: applied.err,
        });
      }
    }
    if (txn.type === OpCode.closeSession) {
      this.close(connection, header.cxid === 0 ? 'the session has expired' : 'the session was closed');
      return;
    }
    this.drain(connection);
  }

  /** A sync that `Role.submitSync` asked for is through. */
  synced(client: ClientId): void {
    const connection = this.connections.get(client);
    if (connection === undefined) return;
    for (const waiting of connection.waiting) {
      if (waiting.kind !== 'sync' || waiting.done) continue;
      waiting.done = true;
      break;
    }
    this.drain(connection);
  }

  /** Answers what stands at the head of the queue and waits for nothing any more. */
  private drain(connection: Connection): void {
    for (;;) {
      const [head] = connection.waiting;
      if (head === undefined || head.kind === 'write' || (head.kind === 'sync' && !head.done)) break;
      this.dequeue(connection);
      this.latency.add(this.context.now.monotonicMs - head.sinceMs);
      this.answer(connection, head);
    }
    this.resumePaused();
  }

  private dequeue(connection: Connection): void {
    connection.waiting.shift();
    this.outstanding--;
  }

  private resumePaused(): void {
    if (this.paused.size === 0 || this.outstanding > this.context.config.globalOutstandingLimit) return;
    for (const client of this.paused) {
      const connection = this.connections.get(client);
      if (connection !== undefined) connection.paused = false;
      this.context.emit({ kind: 'throttleClient', client, paused: false });
    }
    this.paused.clear();
  }

  private answer(connection: Connection, waiting: Exclude<Waiting, { kind: 'write' }>): void {
    switch (waiting.kind) {
      case 'sync':
        this.reply(connection, waiting.xid, ErrorCode.OK, { kind: 'path', path: waiting.path });
        return;
      case 'ping':
        this.reply(connection, waiting.xid, ErrorCode.OK, EMPTY);
        return;
      case 'error':
        // What was never understood has no place in the order of transactions.
        this.send(
          connection,
          encodeReply({ xid: waiting.xid, zxid: waiting.close ? -1n : this.zxid, err: waiting.err }, EMPTY),
        );
        if (waiting.close) this.close(connection, 'an operation that is not served');
        return;
      case 'read': {
        const { request, xid } = waiting;
        if (request.type === OpCode.setWatches) {
          this.setWatches(connection, request);
          this.reply(connection, xid, ErrorCode.OK, EMPTY);
          return;
        }
        const answer = answerRead(this.context.config, this.history.database.tree, connection.ids, request);
        if (answer.watch !== null && 'watch' in request && request.watch)
          this.watch(connection, request.path, answer.watch);
        this.reply(connection, xid, answer.err, answer.body);
      }
    }
  }

  private watch(connection: Connection, path: string, kind: 'data' | 'child'): void {
    const watches = kind === 'data' ? this.dataWatches : this.childWatches;
    // Read as the root, the empty path is watched as itself, which never changes (Java `DataTree.getNode`, `WatchManager`).
    watches.add(connection.client, path);
    if (this.context.tracing) {
      this.context.trace({ kind: 'watchSet', session: formatHex(connection.sessionId), path, watch: kind });
    }
  }

  /** Watches of a client that has changed servers: what it has missed is told now, the rest is set again. */
  private setWatches(connection: Connection, request: SetWatchesRequest): void {
    const { tree } = this.history.database;
    const { relativeZxid } = request;
    const catchUp = (type: WatchEventType, path: string): void => {
      this.send(connection, encodeNotification(type, path, -1n));
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
      const connection = this.connections.get(client);
      if (connection === undefined || except?.has(client)) continue;
      // An event is knowledge of the node: only who may read it is told (CVE-2024-23944).
      if (!isPermitted(this.context.config, acl, Perms.READ, connection.ids)) continue;
      this.send(connection, frame);
      this.traceFired(connection, type, path);
    }
  }

  private get zxid(): bigint {
    return this.history.database.lastZxid;
  }

  private reply(connection: Connection, xid: number, err: ErrorCode, body: ReplyBody): void {
    this.send(connection, encodeReply({ xid, zxid: this.zxid, err }, body));
  }

  private send(connection: Connection, frame: Uint8Array): void {
    this.context.emit({ kind: 'sendClient', client: connection.client, frame });
  }

  private close(connection: Connection, reason: string): void {
    this.context.emit({ kind: 'closeClient', client: connection.client, reason });
    this.forget(connection, reason);
  }

  private forget(connection: Connection, reason: string): void {
    const { client, sessionId } = connection;
    this.connections.delete(client);
    if (this.bySession.get(sessionId) === connection) this.bySession.delete(sessionId);
    this.dataWatches.removeClient(client);
    this.childWatches.removeClient(client);
    this.paused.delete(client);
    this.outstanding -= connection.waiting.length;
    connection.waiting = [];
    if (this.context.tracing) {
      const session = sessionId === NO_SESSION ? null : formatHex(sessionId);
      this.context.trace({ kind: 'clientClosed', client, session, reason });
    }
    this.resumePaused();
  }

  private traceSession(record: TxnRecord): void {
    const session = formatHex(record.header.sessionId);
    if (record.txn.type === OpCode.createSession) {
      this.context.trace({ kind: 'sessionCreated', session, timeoutMs: record.txn.timeoutMs });
    } else if (record.txn.type === OpCode.closeSession) {
      this.context.trace({ kind: 'sessionClosed', session, expired: record.header.cxid === 0 });
    }
  }

  private traceFired(connection: Connection, type: WatchEventType, path: string): void {
    if (!this.context.tracing) return;
    this.context.trace({ kind: 'watchFired', session: formatHex(connection.sessionId), path, type });
  }
}

/** The types of a multi's operations; null where it cannot be decoded, for which the primary answers. */
function opsOf(reader: JuteReader): OpCode[] | null {
  try {
    const request = readRequest(OpCode.multi, reader);
    return request?.type === OpCode.multi ? request.ops.map((op) => op.type) : null;
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return null;
  }
}

/** A Stat is only for who asked for it; the transaction does not tell (see `prepareMulti`). */
function multiResult(result: MultiResult, op: OpCode | undefined): MultiResult {
  return result.type === OpCode.create2 && op === OpCode.create ? { type: OpCode.create, path: result.path } : result;
}

/** The reply's body to a write that succeeded. */
function writeBody(
  { type, ops }: { type: OpCode; ops: readonly OpCode[] | null },
  txn: Txn,
  applied: AppliedTxn,
): ReplyBody {
  switch (type) {
    case OpCode.reconfig:
      return txn.type !== OpCode.reconfig || applied.stat === null
        ? EMPTY
        : { kind: 'dataStat', data: txn.data, stat: applied.stat };
    case OpCode.create:
      return { kind: 'path', path: applied.path ?? '' };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applied.stat === null ? EMPTY : { kind: 'pathStat', path: applied.path ?? '', stat: applied.stat };
    case OpCode.setData:
    case OpCode.setACL:
      return applied.stat === null ? EMPTY : { kind: 'stat', stat: applied.stat };
    case OpCode.multi:
      return { kind: 'multi', results: (applied.results ?? []).map((result, i) => multiResult(result, ops?.[i])) };
    default:
      return EMPTY;
  }
}
