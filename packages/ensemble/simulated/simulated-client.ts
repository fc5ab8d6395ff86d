/**
 * A client of the simulated ensemble: one session after another, reads and writes at random, and a new connection to any
 * server whenever the old one is lost. It remembers what it was answered and has the checker look at it.
 */
import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import type { Random } from '@vivarium/shared/random';
import { formatHex } from '@vivarium/shared/zxid';
import type { Connection } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode, opName } from '@vivarium/wire/op-code';
import {
  type ReplyBody,
  type ReplyHeader,
  readReplyBody,
  readReplyHeader,
  readWatcherEvent,
} from '@vivarium/wire/replies';
import {
  AddWatchMode,
  type ClientRequest,
  encodeRequest,
  type MultiOp,
  WatcherType,
  Xid,
} from '@vivarium/wire/requests';
import type { Database } from '../core/database.ts';
import type { ClientChecker } from './client-checker.ts';
import { asBytes, Port, serverName } from './messages.ts';
import type { SessionChecker } from './session-checker.ts';
import type { Violations } from './violations.ts';
import { WatchChecker } from './watch-checker.ts';

/** How a client behaves. */
export interface ClientOptions {
  readonly servers: readonly number[];
  readonly sessionTimeoutMs: number;
  readonly thinkMs: number;
  readonly pipeline: number;
  /** Whether the client is content with a server that only answers reads, for as long as it has no session. */
  readonly acceptsReadOnly: boolean;
  /** Whether the client now and then goes to another server while the connection to the old one stands, and writes there too. */
  readonly moves: boolean;
  readonly random: Random;
}

/** A request that waits for its answer. */
interface Outstanding {
  readonly xid: number;
  readonly request: ClientRequest;
  /** The newest write that any client had been answered when this was sent. */
  readonly afterZxid: bigint;
}

const SHARED_PATHS = ['/shared-0', '/shared-1', '/shared-2'];
const LASTING_PATHS = [...SHARED_PATHS, '/'];
const WATCH_MODES = Object.values(AddWatchMode);
const LASTING_TYPES = [WatcherType.persistent, WatcherType.recursive];
const FLAG_EPHEMERAL = 1;
const FLAG_SEQUENTIAL = 2;
const NO_PASSWORD = new Uint8Array(16);
const RECONNECT_MS = 60;
const TURNS_AT_A_SERVER = 15;
/** Beyond all that a client counts up to in a run. */
const XID_AFTER_MOVE = 1_000_000_000;

/** What every part of a run's checking needs to hear of a client. */
export interface ClientWatch {
  readonly checker: ClientChecker;
  readonly sessions: SessionChecker;
  readonly violations: Violations;
  /** Told what the client does, in words. */
  readonly trace: (who: string, text: string) => void;
}

export class SimulatedClient {
  readonly name: string;
  /** Requests are sent until this is set to false; pings go on. */
  active = true;
  private readonly host: Host;
  private readonly options: ClientOptions;
  private readonly watch: ClientWatch;
  private readonly random: Random;
  private connection: Connection | null = null;
  private established = false;
  /** The server has no leader, and lets nobody write. */
  private guest = false;
  /** The connection that it has left without closing it, and whether the session is known to have moved away from there. */
  private left: { readonly connection: Connection; moved: boolean } | null = null;
  private turns = 0;
  /** The connection on which the next requests are being thought of. */
  private thinking: Connection | null = null;
  private sessionId = 0n;
  private password: Uint8Array = NO_PASSWORD;
  private timeoutMs: number;
  private lastZxid = 0n;
  private lastHeardMs = 0;
  private nextXid = 1;
  private outstanding: Outstanding[] = [];
  private readonly watches: WatchChecker;
  /** Requests of a connection that was lost, which may be tried again. */
  private retries: ClientRequest[] = [];
  private readonly ownNodes: string[] = [];
  private created = 0;
  private answered = 0;
  private acked = 0;

  constructor(host: Host, options: ClientOptions, watch: ClientWatch) {
    this.name = host.name;
    this.host = host;
    this.options = options;
    this.watch = watch;
    this.random = options.random;
    this.timeoutMs = options.sessionTimeoutMs;
    this.watches = new WatchChecker(this.name, watch.violations);
    this.connect();
  }

  /** How many answers it has got, errors included. */
  get answers(): number {
    return this.answered;
  }

  /** How many writes were done for it. */
  get ackedWrites(): number {
    return this.acked;
  }

  /** At the end of a run, when all servers have the same state. */
  finish(database: Database): void {
    if (this.established) this.watches.finish(database);
  }

  // --- connection ---------------------------------------------------------------------------------------------------

  private connect(): void {
    const server = serverName(this.random.pick(this.options.servers));
    this.host.dial(server, Port.client, {
      opened: (connection) => {
        this.connection = connection;
        this.established = false;
        this.watches.connected();
        this.lastHeardMs = this.host.monotonicMs;
        const { sessionId, password, lastZxid: lastZxidSeen } = this;
        const { sessionTimeoutMs: timeoutMs, acceptsReadOnly: readOnly } = this.options;
        this.guest = false;
        connection.send(
          encodeConnectRequest({ protocolVersion: 0, lastZxidSeen, timeoutMs, sessionId, password, readOnly }),
        );
        this.watchdog(connection);
        return {
          message: (message) => {
            if (this.connection === connection) this.receive(asBytes(message).subarray(4));
            else if (this.left?.connection === connection) this.receiveFromLeft(asBytes(message).subarray(4));
          },
          closed: () => {
            if (this.connection === connection) this.lost();
          },
        };
      },
      failed: () => this.reconnectSoon(),
    });
  }

  private reconnectSoon(): void {
    this.host.after(this.random.between(1, RECONNECT_MS), () => this.connect());
  }

  /** What was asked and not answered may or may not have happened. */
  private lost(): void {
    this.connection = null;
    this.established = false;
    // An application that does not know whether its write was done asks for it again: some are then done twice.
    if (this.outstanding.length > 0 && this.random.chance(0.3)) {
      this.retries = this.outstanding.map(({ request }) => request).filter(({ type }) => type !== OpCode.closeSession);
    }
    this.outstanding = [];
    this.watch.trace(this.name, 'has lost its connection');
    this.reconnectSoon();
  }

  /** Pings at a third of the session timeout, and gives a connection up that was silent for two thirds. */
  private watchdog(connection: Connection): void {
    this.host.after(this.timeoutMs / 3, () => {
      if (this.connection !== connection) return;
      if (this.host.monotonicMs - this.lastHeardMs > (2 * this.timeoutMs) / 3) {
        connection.close();
        this.lost();
        return;
      }
      if (this.established) connection.send(encodeRequest(Xid.ping, { type: OpCode.ping }));
      this.watchdog(connection);
    });
  }

  private receive(frame: Uint8Array): void {
    this.lastHeardMs = this.host.monotonicMs;
    if (!this.established) {
      this.receiveConnectResponse(frame);
      return;
    }
    const reader = new JuteReader(frame);
    const header = readReplyHeader(reader);
    if (this.guest) {
      this.receiveAsGuest(header);
      return;
    }
    if (header.xid === Xid.notification) {
      this.watches.event(header.zxid, readWatcherEvent(reader));
      return;
    }
    this.watch.checker.answered(this.name, header.zxid, this.lastZxid);
    if (header.zxid > this.lastZxid) this.lastZxid = header.zxid;
    this.watches.shown(header.zxid);
    if (header.xid === Xid.setWatches) this.watches.setAgain(header.zxid);
    if (header.xid === Xid.ping || header.xid === Xid.setWatches) return;
    this.receiveReply(header, reader);
  }

  private receiveConnectResponse(frame: Uint8Array): void {
    const response = decodeConnectResponse(frame);
    if (response.timeoutMs <= 0) {
      this.watch.sessions.refused(this.name, this.sessionId);
      this.watch.checker.sessionExpired(this.sessionId);
      this.sessionId = 0n;
      this.password = NO_PASSWORD;
      this.lastZxid = 0n;
      this.watches.clear();
      this.connection?.close();
      this.lost();
      return;
    }
    const { violations } = this.watch;
    if (response.readOnly === true) {
      this.visit();
      return;
    }
    violations.expect(this.sessionId === 0n || response.sessionId === this.sessionId, 'SessionIdentity', () => {
      return `${this.name} came with session ${this.sessionId} and got ${response.sessionId}`;
    });
    this.sessionId = response.sessionId;
    this.password = response.password;
    this.timeoutMs = response.timeoutMs;
    this.established = true;
    this.watch.trace(this.name, `has session ${formatHex(this.sessionId)} at ${this.connection?.peer}`);
    this.writeWhereItWas();
    const watches = this.watches.toRequest(this.lastZxid);
    if (watches !== null) this.connection?.send(encodeRequest(Xid.setWatches, watches));
    const { connection } = this;
    if (connection !== null) this.think(connection);
  }

  /** ReadOnly: a server without a leader serves sessions of its own only, and orders nothing. What it shows may yet be dropped. */
  private visit(): void {
    this.guest = true;
    this.established = true;
    this.watch.trace(this.name, `may only read at ${this.connection?.peer}`);
    this.watch.violations.expect(this.sessionId === 0n, 'ReadOnly', () => {
      return `${this.name} keeps session ${formatHex(this.sessionId)} at a server without a leader`;
    });
    this.connection?.send(encodeRequest(1, { type: OpCode.getData, path: '/', watch: true }));
    this.connection?.send(encodeRequest(2, this.create(FLAG_EPHEMERAL)));
  }

  private receiveAsGuest({ xid, err }: ReplyHeader): void {
    if (xid === 1) return;
    this.watch.violations.expect(xid === Xid.ping || (xid === 2 && err === ErrorCode.NOTREADONLY), 'ReadOnly', () => {
      return `${this.name} is answered ${xid} with ${err} by a server without a leader`;
    });
    this.connection?.close();
    this.lost();
  }

  /** Goes elsewhere as if the connection were lost, though it is not. */
  private leave(connection: Connection): void {
    this.left?.connection.close();
    this.left = { connection, moved: false };
    this.host.after(this.timeoutMs, () => {
      if (this.left?.connection === connection) this.left = null;
      connection.close();
    });
    this.lost();
  }

  private writeWhereItWas(): void {
    if (this.left === null || this.left.moved) return;
    this.left.moved = true;
    this.left.connection.send(encodeRequest(XID_AFTER_MOVE, this.create(FLAG_EPHEMERAL)));
  }

  /** SessionMoved: a write at the server that the session has left is never answered, unless the session has ended. */
  private receiveFromLeft(frame: Uint8Array): void {
    if (this.left?.moved !== true) return;
    const { xid, err } = readReplyHeader(new JuteReader(frame));
    this.watch.violations.expect(xid !== XID_AFTER_MOVE || err === ErrorCode.SESSIONEXPIRED, 'SessionMoved', () => {
      return `${this.name} is answered a write with ${err} at a server that its session has left`;
    });
  }

  // --- answers ------------------------------------------------------------------------------------------------------

  /** ClientFIFO: answers come in the order of the requests. */
  private receiveReply(header: ReplyHeader, reader: JuteReader): void {
    const expected = this.outstanding.shift();
    if (expected === undefined || expected.xid !== header.xid) {
      this.watch.violations.add('ClientFIFO', `${this.name} expected answer ${expected?.xid} and got ${header.xid}`);
      return;
    }
    this.answered++;
    this.watch.trace(this.name, `is answered ${header.xid}: ${formatHex(header.zxid)} error ${header.err}`);
    const { request } = expected;
    const body: ReplyBody = header.err === 0 ? readReplyBody(request.type, reader) : { kind: 'empty' };
    if (isWrite(request)) {
      const { sessionId } = this;
      if (header.err === 0) this.acked++;
      this.watch.checker.write({
        client: this.name,
        sessionId,
        cxid: header.xid,
        zxid: header.zxid,
        err: header.err,
        afterZxid: expected.afterZxid,
      });
    }
    if (request.type === OpCode.closeSession) {
      this.sessionClosed();
      return;
    }
    this.watches.answered(request, header.zxid, header.err, body);
    this.learn(request, header.err, body);
  }

  private learn(request: ClientRequest, err: number, body: ReplyBody): void {
    const { checker } = this.watch;
    switch (request.type) {
      case OpCode.create2:
        if (err !== 0 || body.kind !== 'pathStat' || !body.path.startsWith(`/${this.name}-`)) return;
        checker.created(body.path, {
          client: this.name,
          sessionId: body.stat.ephemeralOwner === 0n ? null : body.stat.ephemeralOwner,
        });
        this.ownNodes.push(body.path);
        return;
      case OpCode.setData:
        if (err === 0 && body.kind === 'stat') checker.changed(request.path, body.stat.version);
        return;
      case OpCode.getData:
      case OpCode.exists:
        if (err === ErrorCode.NONODE) checker.readBack(request.path, null);
        else if (body.kind === 'dataStat' || body.kind === 'stat') checker.readBack(request.path, body.stat.version);
        return;
      case OpCode.multi:
        if (body.kind === 'multi') {
          const failed = body.results.some((result) => result.type === OpCode.error);
          const all = body.results.every((result) => result.type === OpCode.error);
          this.watch.violations.expect(failed === all, 'Atomicity', () => `${this.name} had half a multi done`);
        }
        return;
      default:
        return;
    }
  }

  private sessionClosed(): void {
    this.watch.checker.sessionExpired(this.sessionId);
    this.sessionId = 0n;
    this.password = NO_PASSWORD;
    this.lastZxid = 0n;
    this.watches.clear();
    this.connection?.close();
    this.lost();
  }

  // --- requests -----------------------------------------------------------------------------------------------------

  private think(connection: Connection): void {
    if (this.thinking === connection) return;
    this.thinking = connection;
    this.host.after(this.random.below(2 * this.options.thinkMs), () => {
      if (this.thinking === connection) this.thinking = null;
      if (this.connection !== connection || !this.established || !this.active) return;
      if (this.options.moves && ++this.turns % TURNS_AT_A_SERVER === 0) {
        this.leave(connection);
        return;
      }
      const room = this.options.pipeline - this.outstanding.length;
      for (let i = this.random.below(room + 1); i > 0; i--) {
        this.send(connection, this.retries.shift() ?? this.nextRequest());
      }
      this.think(connection);
    });
  }

  private send(connection: Connection, request: ClientRequest): void {
    const xid = this.nextXid++;
    if (request.type === OpCode.delete) this.watch.checker.deleteSent(request.path);
    this.outstanding.push({ xid, request, afterZxid: this.watch.checker.newestAcked });
    this.watch.trace(this.name, `asks ${xid}: ${opName(request.type)} ${'path' in request ? request.path : ''}`);
    connection.send(encodeRequest(xid, request));
  }

  private nextRequest(): ClientRequest {
    const { random } = this;
    const own = this.ownNodes.length === 0 ? null : random.pick(this.ownNodes);
    const shared = random.pick(SHARED_PATHS);
    const data = new Uint8Array(random.below(60)).fill(this.nextXid & 0xff);
    switch (random.below(18)) {
      case 0:
      case 1:
        return this.create(0);
      case 2:
        return this.create(FLAG_EPHEMERAL);
      case 3:
        return this.create(random.chance(0.5) ? FLAG_SEQUENTIAL : FLAG_SEQUENTIAL | FLAG_EPHEMERAL);
      case 4:
      case 5:
        return { type: OpCode.setData, path: own ?? shared, data, version: -1 };
      case 6:
        return { type: OpCode.setData, path: shared, data, version: random.chance(0.7) ? -1 : random.below(10) };
      case 7:
        return { type: OpCode.create2, path: shared, data, acl: OPEN_ACL, flags: 0 };
      case 8:
        return { type: OpCode.getData, path: own ?? shared, watch: false };
      case 9:
      case 10:
        return { type: OpCode.getData, path: shared, watch: random.chance(0.5) };
      case 11:
        return { type: OpCode.getChildren2, path: '/', watch: random.chance(0.3) };
      case 12:
        return { type: OpCode.sync, path: '/' };
      case 13:
        return { type: OpCode.multi, ops: this.multiOps(data) };
      case 14:
        return { type: OpCode.addWatch, path: random.pick(LASTING_PATHS), mode: random.pick(WATCH_MODES) };
      case 15: {
        const type = random.chance(0.5) ? OpCode.removeWatches : OpCode.checkWatches;
        return { type, path: random.pick(LASTING_PATHS), watcherType: random.pick(LASTING_TYPES) };
      }
      case 16:
        return random.chance(0.1) && this.outstanding.length === 0
          ? { type: OpCode.closeSession }
          : { type: OpCode.exists, path: shared, watch: random.chance(0.5) };
      default:
        return { type: OpCode.delete, path: own === null || random.chance(0.5) ? shared : own, version: -1 };
    }
  }

  private create(flags: number): ClientRequest {
    const path = `/${this.name}-${this.created++}-`;
    return { type: OpCode.create2, path, data: new Uint8Array([flags]), acl: OPEN_ACL, flags };
  }

  /** Two creates that belong together, and often something that makes both fail. */
  private multiOps(data: Uint8Array): MultiOp[] {
    const name = `/multi-${this.name}-${this.created++}`;
    const ops: MultiOp[] = [
      { type: OpCode.create, path: name, data, acl: OPEN_ACL, flags: 0 },
      { type: OpCode.create2, path: `${name}/child`, data, acl: OPEN_ACL, flags: 0 },
    ];
    const path = this.random.pick(SHARED_PATHS);
    if (this.random.chance(0.5)) ops.push({ type: OpCode.check, path, version: this.random.below(3) });
    if (this.random.chance(0.3)) ops.push({ type: OpCode.setData, path, data, version: -1 });
    if (this.random.chance(0.3)) ops.push({ type: OpCode.delete, path: `${name}/child`, version: -1 });
    return ops;
  }
}

function isWrite(request: ClientRequest): boolean {
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.multi:
    case OpCode.closeSession:
      return true;
    default:
      return false;
  }
}
