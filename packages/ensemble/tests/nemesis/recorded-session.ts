/**
 * A client that writes down what it does: one session, one connection at a time, requests numbered over the whole session,
 * watches that are renewed on each connection. It decides nothing: whom to ask, for what and when is its caller's.
 */
import { connect, type Socket } from 'node:net';
import { FrameReader } from '@vivarium/client/frame-reader';
import { OPEN_ACL } from '@vivarium/shared/acl';
import { assert } from '@vivarium/shared/assert';
import { ErrorCode } from '@vivarium/shared/error-code';
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import {
  type ReplyBody,
  readReplyBody,
  readReplyHeader,
  readWatcherEvent,
  WatchEventType,
} from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, type MultiOp, Xid } from '@vivarium/wire/requests';
import { type Asked, type Entry, type Got, type Operation, seenStat, type WriteOp } from './history.ts';
import { sessionText } from './model-tree.ts';

/** Where a server's clients connect. */
export interface ServerPlace {
  readonly sid: number;
  readonly host: string;
  readonly clientPort: number;
}

export type SessionState = 'fresh' | 'connected' | 'disconnected' | 'ended';

/** What the client writes its history to, and asks the time of. */
export interface Recorder {
  readonly add: (entry: Entry) => void;
  readonly nowMs: () => number;
  /** A number for a connection that no other one has. */
  readonly takeConnection: () => number;
  /** A server has answered what it was not asked, or in another order. */
  readonly onDisorder: (detail: string) => void;
}

interface Pending {
  readonly asked: Asked;
  readonly type: OpCode;
  readonly xid: number;
  readonly sentMs: number;
  readonly resolve: (operation: Operation) => void;
}

const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const CREATE_EPHEMERAL = 1;
const CREATE_SEQUENTIAL = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class RecordedSession {
  state: SessionState = 'fresh';
  private readonly recorder: Recorder;
  private readonly wantedTimeoutMs: number;
  private sessionId = 0n;
  private password: Uint8Array = new Uint8Array(16);
  private timeoutMs: number;
  private lastZxid = 0n;
  private nextXid = 1;
  private socket: Socket | null = null;
  private server = 0;
  private connection = 0;
  private pending: Pending[] = [];
  private timer: NodeJS.Timeout | undefined;
  private heardMs = 0;
  private sentMs = 0;
  private readonly watches = { data: new Set<string>(), exist: new Set<string>(), child: new Set<string>() };

  constructor(recorder: Recorder, timeoutMs: number) {
    this.recorder = recorder;
    this.wantedTimeoutMs = timeoutMs;
    this.timeoutMs = timeoutMs;
  }

  get id(): string {
    return sessionText(this.sessionId);
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  /** Connects to a server; settles with whether there is a session. Without one, `state` tells whether it is over. */
  connect(place: ServerPlace, limitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect({ host: place.host, port: place.clientPort, noDelay: true });
    const reader = new FrameReader(MAX_REPLY_BYTES, 16);
    this.socket = socket;
    this.server = place.sid;
    let established = false;
    const limit = setTimeout(() => socket.destroy(), limitMs);
    socket.on('connect', () => {
      const { sessionId, password, lastZxid: lastZxidSeen } = this;
      const hello = { protocolVersion: 0, lastZxidSeen, timeoutMs: this.wantedTimeoutMs, sessionId, password };
      socket.write(encodeConnectRequest({ ...hello, readOnly: false }));
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.socket !== socket) return;
      this.heardMs = this.recorder.nowMs();
      reader.push(new Uint8Array(chunk));
      for (let frame = reader.next(); frame !== null && this.socket === socket; frame = reader.next()) {
        if (established) this.receive(frame.bytes);
        else {
          established = true;
          clearTimeout(limit);
          this.establish(frame.bytes);
          resolve(this.state === 'connected');
        }
      }
    });
    // A refusal and a reset show as the end of the connection.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(limit);
      if (this.socket === socket) this.lose();
      resolve(false);
    });
    return promise;
  }

  /** Breaks the connection, without a word to the server. */
  drop(): void {
    this.socket?.destroy();
    this.lose();
  }

  /** Drops the connection for good: the session is left to expire. */
  abandon(): void {
    this.drop();
    this.state = 'ended';
  }

  /** Sends a request; settles with its answer, or with none where the connection is lost before. Only while connected. */
  request(asked: Exclude<Asked, { op: 'setWatches' | 'ping' }>): Promise<Operation> {
    assert(this.state === 'connected', 'a request is sent on a connection');
    return this.send(asked);
  }

  private send(asked: Asked): Promise<Operation> {
    const { promise, resolve } = Promise.withResolvers<Operation>();
    const request = encodable(asked);
    const xid = asked.op === 'ping' ? Xid.ping : asked.op === 'setWatches' ? Xid.setWatches : this.nextXid++;
    this.sentMs = this.recorder.nowMs();
    this.pending.push({ asked, type: request.type, xid, sentMs: this.sentMs, resolve });
    this.socket?.write(encodeRequest(xid, request));
    return promise;
  }

  private establish(bytes: Uint8Array): void {
    const response = decodeConnectResponse(bytes);
    const doneMs = this.recorder.nowMs();
    if (response.timeoutMs <= 0) {
      this.socket?.destroy();
      this.socket = null;
      this.state = 'ended';
      if (this.sessionId !== 0n) this.recorder.add({ kind: 'expired', session: this.id, doneMs });
      return;
    }
    this.sessionId = response.sessionId;
    this.password = response.password;
    this.timeoutMs = response.timeoutMs;
    this.connection = this.recorder.takeConnection();
    this.state = 'connected';
    const { id: session, connection, server, timeoutMs } = this;
    this.recorder.add({ kind: 'connected', session, connection, server, timeoutMs, doneMs });
    this.watchTime();
    const { data, exist, child } = this.watches;
    if (data.size + exist.size + child.size === 0) return;
    const held = { relativeZxid: Number(this.lastZxid), data: [...data], exist: [...exist], child: [...child] };
    void this.send({ op: 'setWatches', ...held });
  }

  private receive(bytes: Uint8Array): void {
    const reader = new JuteReader(bytes);
    const header = readReplyHeader(reader);
    const doneMs = this.recorder.nowMs();
    const { id: session, connection, server } = this;
    if (header.xid === Xid.notification) {
      const { type, path } = readWatcherEvent(reader);
      this.forget(type, path);
      this.recorder.add({ kind: 'event', session, connection, type, path, zxid: Number(header.zxid), doneMs });
      return;
    }
    const sent = this.pending.shift();
    if (sent === undefined || sent.xid !== header.xid) {
      this.recorder.onDisorder(`session ${session}, server ${server}: reply ${header.xid} where ${sent?.xid} is due`);
      if (sent !== undefined) this.pending.unshift(sent);
      this.drop();
      return;
    }
    if (header.zxid > this.lastZxid) this.lastZxid = header.zxid;
    const { asked, sentMs, type } = sent;
    const body = header.err === ErrorCode.OK ? readReplyBody(type, reader) : null;
    const { got, err } = answer(body, header.err);
    this.remember(asked, err);
    const common = { kind: 'op', session, connection, server, cxid: sent.xid, asked, sentMs, doneMs } as const;
    const operation: Operation = { ...common, zxid: Number(header.zxid), err, got };
    this.recorder.add(operation);
    if (asked.op === 'close') {
      this.state = 'ended';
      this.socket?.destroy();
      this.socket = null;
      clearTimeout(this.timer);
    }
    sent.resolve(operation);
  }

  /** What was not answered on this connection will never be. */
  private lose(): void {
    this.socket = null;
    clearTimeout(this.timer);
    if (this.state !== 'connected') return;
    this.state = 'disconnected';
    const doneMs = this.recorder.nowMs();
    const { id: session, connection, server } = this;
    for (const { asked, xid: cxid, sentMs, resolve } of this.pending.splice(0)) {
      const common = { kind: 'op', session, connection, server, cxid, asked, sentMs, doneMs } as const;
      const operation: Operation = { ...common, zxid: null, err: null, got: null };
      this.recorder.add(operation);
      resolve(operation);
    }
    this.recorder.add({ kind: 'lost', session, connection, doneMs });
  }

  private remember(asked: Asked, err: number): void {
    if (!('watch' in asked) || !asked.watch) return;
    if (err === ErrorCode.OK) this.watches[asked.op === 'children' ? 'child' : 'data'].add(asked.path);
    else if (asked.op === 'exists' && err === ErrorCode.NONODE) this.watches.exist.add(asked.path);
  }

  private forget(type: number, path: string): void {
    const { data, exist, child } = this.watches;
    if (type === WatchEventType.childrenChanged || type === WatchEventType.deleted) child.delete(path);
    if (type === WatchEventType.childrenChanged) return;
    data.delete(path);
    exist.delete(path);
  }

  /** A ping where nothing was sent for a third of the timeout, the end where nothing was heard for two thirds. */
  private watchTime(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.state !== 'connected') return;
      const nowMs = this.recorder.nowMs();
      if (nowMs - this.heardMs > (this.timeoutMs * 2) / 3) {
        this.drop();
        return;
      }
      if (nowMs - this.sentMs > this.timeoutMs / 4) void this.send({ op: 'ping' });
      this.watchTime();
    }, this.timeoutMs / 12);
  }
}

function answer(body: ReplyBody | null, err: number): { got: Got | null; err: number } {
  switch (body?.kind) {
    case 'path':
      return { got: { path: body.path }, err };
    case 'pathStat':
      return { got: { path: body.path, stat: seenStat(body.stat) }, err };
    case 'stat':
      return { got: { stat: seenStat(body.stat) }, err };
    case 'dataStat':
      return { got: { data: decoder.decode(body.data ?? new Uint8Array(0)), stat: seenStat(body.stat) }, err };
    case 'children':
      return { got: { names: body.children, ...(body.stat === null ? {} : { stat: seenStat(body.stat) }) }, err };
    case 'multi': {
      const results = body.results.map((result) => (result.type === OpCode.error ? result.err : ErrorCode.OK));
      return { got: { results }, err };
    }
    default:
      return { got: null, err };
  }
}

function encodable(asked: Asked): ClientRequest {
  switch (asked.op) {
    case 'multi':
      return { type: OpCode.multi, ops: asked.ops.map(encodableOp) };
    case 'get':
      return { type: OpCode.getData, path: asked.path, watch: asked.watch };
    case 'exists':
      return { type: OpCode.exists, path: asked.path, watch: asked.watch };
    case 'children':
      return { type: OpCode.getChildren2, path: asked.path, watch: asked.watch };
    case 'sync':
      return { type: OpCode.sync, path: asked.path };
    case 'close':
      return { type: OpCode.closeSession };
    case 'ping':
      return { type: OpCode.ping };
    case 'setWatches':
      return {
        type: OpCode.setWatches,
        relativeZxid: BigInt(asked.relativeZxid),
        dataWatches: asked.data,
        existWatches: asked.exist,
        childWatches: asked.child,
      };
    default:
      return encodableOp(asked);
  }
}

function encodableOp(op: WriteOp): MultiOp {
  switch (op.op) {
    case 'create': {
      const flags = (op.ephemeral ? CREATE_EPHEMERAL : 0) + (op.sequential ? CREATE_SEQUENTIAL : 0);
      return { type: OpCode.create2, path: op.path, data: encoder.encode(op.data), acl: OPEN_ACL, flags };
    }
    case 'delete':
      return { type: OpCode.delete, path: op.path, version: op.version };
    case 'check':
      return { type: OpCode.check, path: op.path, version: op.version };
    case 'set':
      return { type: OpCode.setData, path: op.path, data: encoder.encode(op.data), version: op.version };
  }
}
