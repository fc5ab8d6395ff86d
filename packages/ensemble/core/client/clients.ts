/**
 * The clients of one server: their connections, sessions, queues of requests and watches (Java `NIOServerCnxn`,
 * `ZooKeeperServer.processPacket`, `CommitProcessor`, `FinalRequestProcessor`). A client's requests are answered in the
 * order in which it sent them; a read waits for the client's own writes before it, and for nobody else's.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import { formatHex } from '@vivarium/shared/zxid';
import { JuteError, JuteReader } from '@vivarium/wire/jute';
import { OpCode, opName } from '@vivarium/wire/op-code';
import { encodeReply, encodeSaslRefusal, type ReplyBody } from '@vivarium/wire/replies';
import { readRequest, Xid } from '@vivarium/wire/requests';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { Context } from '../context.ts';
import type { AppliedTxn } from '../database.ts';
import type { History } from '../history.ts';
import type { ClientId, ClientStatus } from '../io.ts';
import { initialIds } from '../request/access.ts';
import type { Service } from '../role.ts';
import { NO_SESSION } from '../session/session-ids.ts';
import { requestedPath } from '../traced-changes.ts';
import { authenticate } from './authentication.ts';
import { ClientWatches } from './client-watches.ts';
import type { Connection, QueuedRead, Waiting } from './connection.ts';
import { ConnectionStats } from './connection-stats.ts';
import type { Connections } from './connections.ts';
import { CREATE_SESSION_CXID, Handshake } from './handshake.ts';
import { answerRead } from './reads.ts';
import { EMPTY, multiOpTypes, writeBody } from './write-replies.ts';

const REQUEST_HEADER_BYTES = 8;
/**
 * What may be under way from all clients together, beside their number (`globalOutstandingLimit`), before they are no longer
 * read: a thousand requests of 1 MB are more than a link to the leader bears.
 */
const MAX_OUTSTANDING_BYTES = 8 * 1024 * 1024;
/**
 * Reads of one client that may wait for its own write: they are all answered at once when it is through, each perhaps with a
 * million times what it took to ask.
 */
const MAX_WAITING_READS = 32;
/** What a server without a leader refuses, whatever it says (Java `ReadOnlyRequestProcessor`). */
const NEEDS_LEADER: ReadonlySet<number> = new Set([
  OpCode.sync,
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.deleteContainer,
  OpCode.setData,
  OpCode.setACL,
  OpCode.reconfig,
  OpCode.multi,
  OpCode.check,
]);

export class Clients implements Connections {
  private readonly context: Context;
  private readonly history: History;
  private readonly connections = new Map<ClientId, Connection>();
  private readonly bySession = new Map<bigint, Connection>();
  private readonly handshake: Handshake;
  private readonly paused = new Set<ClientId>();
  private outstanding = 0;
  private outstandingBytes = 0;
  readonly watches: ClientWatches;
  /** Null while the server does not serve. */
  private service: Service | null = null;

  constructor(context: Context, history: History) {
    this.context = context;
    this.history = history;
    this.handshake = new Handshake(context, history, this);
    this.watches = new ClientWatches(context, history, this);
  }

  get outstandingRequests(): number {
    return this.outstanding;
  }

  status(): ClientStatus[] {
    return [...this.connections.values()].map((connection) => ({
      client: connection.client,
      sessionId: connection.state === 'open' ? connection.sessionId : null,
      queued: connection.waiting.length,
      timeoutMs: connection.timeoutMs,
      lastSeenMs: connection.lastSeenMs,
      stats: connection.stats,
    }));
  }

  /** Every connection counts anew. */
  resetStats(): void {
    for (const { stats } of this.connections.values()) stats.reset();
  }

  /** Begins to serve clients: on behalf of a role, or of readers only. */
  serve(service: Service): void {
    this.service = service;
  }

  get readOnly(): boolean {
    return this.service?.readOnly ?? false;
  }

  /** The server no longer serves: every client has to look for another one. */
  closeAll(reason: string): void {
    this.service = null;
    for (const connection of [...this.connections.values()]) this.close(connection, reason);
  }

  /** `certificateSubject`: of who has shown one to the port. */
  connected(client: ClientId, address: string, certificateSubject: string | null): void {
    const ids = initialIds(this.context.config, address, certificateSubject);
    const none = { sessionId: NO_SESSION, timeoutMs: 0, knowsReadOnly: false, ids, paused: false };
    const { monotonicMs: lastSeenMs } = this.context.now;
    const stats = new ConnectionStats();
    this.connections.set(client, {
      client,
      address,
      state: 'new',
      waiting: [],
      waitingReads: 0,
      sinceZxid: 0n,
      ...none,
      lastSeenMs,
      stats,
    });
  }

  closed(client: ClientId): void {
    const connection = this.connections.get(client);
    if (connection === undefined) return;
    if (connection.state === 'open') this.context.metrics.counters.connection_drop_count++;
    this.forget(connection, 'the client closed the connection');
  }

  frame(client: ClientId, frame: Uint8Array): void {
    const connection = this.connections.get(client);
    // A frame may cross our closing of the connection.
    if (connection === undefined || connection.state === 'closing') return;
    connection.lastSeenMs = this.context.now.monotonicMs;
    switch (connection.state) {
      case 'new':
        this.handshake.connect(connection, frame, this.service);
        return;
      case 'open':
        this.request(connection, frame);
        return;
      default:
        this.close(connection, 'a request came before the session was established');
    }
  }

  /** The leader has said whether a session that came from elsewhere is alive: see `Handshake.revalidated`. */
  revalidated(sessionId: bigint, alive: boolean, proposedZxid: bigint): void {
    this.handshake.revalidated(sessionId, alive, proposedZxid);
  }

  /** A session that this server alone knows is there: see `ReadOnlyService`. */
  sessionBegun(sessionId: bigint): void {
    const connection = this.bySession.get(sessionId);
    if (connection?.state === 'creating') this.handshake.open(connection);
  }

  /** Such a session has ended at its client's wish, which is the only request of it that waits. */
  sessionEnded(sessionId: bigint): void {
    const connection = this.bySession.get(sessionId);
    const head = connection?.waiting[0];
    if (connection === undefined || head === undefined) return;
    this.dequeue(connection);
    this.reply(connection, head.xid, ErrorCode.OK, EMPTY);
    this.close(connection, 'the session was closed');
  }

  /** Closes the connection of a session without a word on the session: its client may ask another server. */
  sendAway(sessionId: bigint, reason: string): void {
    const connection = this.bySession.get(sessionId);
    if (connection !== undefined) this.close(connection, reason);
  }

  connectionOf(client: ClientId): Connection | undefined {
    return this.connections.get(client);
  }

  holderOf(sessionId: bigint): Connection | undefined {
    return this.bySession.get(sessionId);
  }

  hold(connection: Connection): void {
    this.bySession.set(connection.sessionId, connection);
  }

  private request(connection: Connection, frame: Uint8Array): void {
    const { service } = this;
    if (service === null) return;
    if (frame.length < REQUEST_HEADER_BYTES) {
      this.close(connection, 'a frame shorter than a request header');
      return;
    }
    const reader = new JuteReader(frame);
    const xid = reader.int();
    const type = reader.int();
    service.touch(connection.sessionId, connection.timeoutMs);
    const sinceMs = this.context.now.monotonicMs;
    const bytes = frame.length;
    if (service.readOnly && NEEDS_LEADER.has(type)) {
      this.enqueue(connection, { kind: 'error', xid, err: ErrorCode.NOTREADONLY, close: false, sinceMs, bytes });
      this.drain(connection);
      return;
    }
    switch (type) {
      case OpCode.ping:
        // In its order like any other, so that a client notices a server which no longer gets its writes through.
        this.enqueue(connection, { kind: 'ping', xid: Xid.ping, sinceMs, bytes });
        this.drain(connection);
        return;
      case OpCode.auth:
        this.addAuth(connection, xid, reader);
        return;
      case OpCode.sasl:
        // Nobody is let in by it.
        this.send(connection, encodeSaslRefusal(xid, ErrorCode.AUTHFAILED));
        this.close(connection, 'SASL is not spoken here');
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
        const ops = type === OpCode.multi ? multiOpTypes(reader) : null;
        this.enqueue(connection, { kind: 'write', xid, type, ops, sinceMs, bytes });
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
        service.submit({ sessionId, cxid: xid, type, record, ids });
        return;
      }
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.getACL:
      case OpCode.getAllChildrenNumber:
      case OpCode.getEphemerals:
      case OpCode.whoAmI:
      case OpCode.multiRead:
      case OpCode.setWatches:
      case OpCode.setWatches2:
      case OpCode.addWatch:
      case OpCode.checkWatches:
      case OpCode.removeWatches:
      case OpCode.sync:
        this.readOrWait(connection, service, xid, type, reader);
        return;
      default:
        this.enqueue(connection, { kind: 'error', xid, err: ErrorCode.UNIMPLEMENTED, close: true, sinceMs, bytes });
        connection.state = 'closing';
        this.drain(connection);
    }
  }

  private readOrWait(connection: Connection, service: Service, xid: number, type: OpCode, reader: JuteReader): void {
    const sinceMs = this.context.now.monotonicMs;
    const bytes = reader.bytes.length;
    let request: ReturnType<typeof readRequest>;
    try {
      request = readRequest(type, reader);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.enqueue(connection, { kind: 'error', xid, err: ErrorCode.MARSHALLINGERROR, close: false, sinceMs, bytes });
      this.drain(connection);
      return;
    }
    switch (request?.type) {
      case OpCode.sync:
        this.enqueue(connection, { kind: 'sync', xid, path: request.path, done: false, sinceMs, bytes });
        service.submitSync(connection.client, request.path);
        return;
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.getACL:
      case OpCode.getAllChildrenNumber:
      case OpCode.getEphemerals:
      case OpCode.whoAmI:
      case OpCode.multiRead:
      case OpCode.setWatches:
      case OpCode.setWatches2:
      case OpCode.addWatch:
      case OpCode.checkWatches:
      case OpCode.removeWatches: {
        const waiting: Waiting = { kind: 'read', xid, request, sinceMs, bytes };
        if (connection.waiting.length === 0) {
          this.noteAnswer(connection, request.type, xid, sinceMs, false);
          this.answer(connection, waiting);
        } else {
          this.enqueue(connection, waiting);
        }
      }
    }
  }

  private addAuth(connection: Connection, xid: number, reader: JuteReader): void {
    const result = authenticate(this.context.config, connection.ids, reader);
    switch (result.kind) {
      case 'added':
        connection.ids = result.ids;
        this.send(connection, encodeReply({ xid, zxid: 0n, err: ErrorCode.OK }, EMPTY));
        return;
      case 'refused':
        this.send(connection, encodeReply({ xid, zxid: 0n, err: ErrorCode.AUTHFAILED }, EMPTY));
        this.close(connection, 'authentication failed');
        return;
      case 'malformed':
        this.close(connection, `not an authentication: ${result.message}`);
    }
  }

  private enqueue(connection: Connection, waiting: Waiting): void {
    connection.waiting.push(waiting);
    if (waiting.kind === 'read') connection.waitingReads++;
    this.outstanding++;
    this.outstandingBytes += waiting.bytes;
    if (this.isOverloaded) this.paused.add(connection.client);
    this.pauseOrResume(connection);
  }

  private get isOverloaded(): boolean {
    return (
      this.outstanding > this.context.config.globalOutstandingLimit || this.outstandingBytes > MAX_OUTSTANDING_BYTES
    );
  }

  /** Reads from a client unless it, or all together, have asked for too much. */
  private pauseOrResume(connection: Connection): void {
    const { client, waitingReads } = connection;
    const isCrowded = waitingReads > (connection.paused ? MAX_WAITING_READS / 2 : MAX_WAITING_READS);
    const paused = isCrowded || this.paused.has(client);
    if (paused === connection.paused) return;
    connection.paused = paused;
    this.context.emit({ kind: 'throttleClient', client, paused });
  }

  /** A transaction was applied here: answers the client that asked for it, if it is one of ours. */
  committed(record: TxnRecord, applied: AppliedTxn): void {
    const { header, txn } = record;
    const connection = this.bySession.get(header.sessionId);
    if (this.context.tracing) this.traceSession(record);
    if (connection === undefined) return;
    if (txn.type === OpCode.createSession) {
      if (connection.state === 'creating') {
        this.handshake.open(connection);
        this.noteAnswer(connection, txn.type, 0, connection.lastSeenMs, true);
      }
      return;
    }
    if (connection.state === 'creating') {
      this.sessionRefused(connection, header.cxid, applied.err);
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
      const op = applied.err === ErrorCode.OK ? head.type : OpCode.error;
      this.noteAnswer(connection, op, head.xid, head.sinceMs, true);
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

  /** Of a session that is being created nothing else can come but what a former life of this server did with the same id. */
  private sessionRefused(connection: Connection, cxid: number, err: ErrorCode): void {
    if (cxid !== CREATE_SESSION_CXID || err !== ErrorCode.NODEEXISTS || this.service === null) return;
    this.bySession.delete(connection.sessionId);
    this.handshake.create(connection, this.service);
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
      const op = opOf(head);
      if (op !== null) this.noteAnswer(connection, op, head.xid, head.sinceMs, false);
      this.answer(connection, head);
    }
    this.pauseOrResume(connection);
    this.resumePaused();
  }

  /** A request that came at `sinceMs` is about to be answered. */
  private noteAnswer(connection: Connection, op: OpCode, cxid: number, sinceMs: number, isWrite: boolean): void {
    const { metrics, now } = this.context;
    const latencyMs = Math.round(now.monotonicMs - sinceMs);
    connection.stats.answered(op, cxid, this.zxid, now.monotonicMs, latencyMs);
    metrics.requestLatencyMs.add(latencyMs);
    const { readlatency, updatelatency } = metrics.distributions;
    (isWrite ? updatelatency : readlatency).add(latencyMs);
  }

  private dequeue(connection: Connection): void {
    const waiting = connection.waiting.shift();
    if (waiting === undefined) return;
    if (waiting.kind === 'read') connection.waitingReads--;
    this.outstanding--;
    this.outstandingBytes -= waiting.bytes;
  }

  private resumePaused(): void {
    if (this.paused.size === 0 || this.isOverloaded) return;
    const clients = [...this.paused];
    this.paused.clear();
    for (const client of clients) {
      const connection = this.connections.get(client);
      if (connection !== undefined) this.pauseOrResume(connection);
    }
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
        const answer = this.answerRead(connection, request);
        this.reply(connection, xid, answer.err, answer.body);
      }
    }
  }

  private answerRead(connection: Connection, request: QueuedRead): { err: ErrorCode; body: ReplyBody } {
    switch (request.type) {
      case OpCode.setWatches:
      case OpCode.setWatches2:
      case OpCode.addWatch:
      case OpCode.checkWatches:
      case OpCode.removeWatches:
        return this.watches.answer(connection, request);
      default: {
        const answer = answerRead(this.context.config, this.history.database.tree, connection, request);
        if (answer.watch !== null && 'watch' in request && request.watch) {
          this.watches.watch(connection, request.path, answer.watch);
        }
        return answer;
      }
    }
  }

  private get zxid(): bigint {
    return this.history.database.lastZxid;
  }

  private reply(connection: Connection, xid: number, err: ErrorCode, body: ReplyBody): void {
    this.send(connection, encodeReply({ xid, zxid: this.zxid, err }, body));
  }

  send(connection: Connection, frame: Uint8Array): void {
    this.context.emit({ kind: 'sendClient', client: connection.client, frame });
  }

  close(connection: Connection, reason: string): void {
    this.context.emit({ kind: 'closeClient', client: connection.client, reason });
    this.forget(connection, reason);
  }

  private forget(connection: Connection, reason: string): void {
    const { client, sessionId } = connection;
    this.connections.delete(client);
    if (this.bySession.get(sessionId) === connection) this.bySession.delete(sessionId);
    this.watches.removeClient(client);
    this.paused.delete(client);
    while (connection.waiting.length > 0) this.dequeue(connection);
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
}

/** What was asked; null: it was never understood. */
function opOf(waiting: Exclude<Waiting, { kind: 'write' }>): OpCode | null {
  switch (waiting.kind) {
    case 'ping':
      return OpCode.ping;
    case 'sync':
      return OpCode.sync;
    case 'read':
      return waiting.request.type;
    case 'error':
      return null;
  }
}
