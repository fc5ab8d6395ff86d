/**
 * A client of a ZAB lab: one session, kept over connections to one server after another, and requests that are asked for by
 * commands. It speaks the client protocol as any ZooKeeper client does (Java `ClientCnxn`).
 */
import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode, errorName } from '@vivarium/shared/error-code';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import type { Zxid } from '@vivarium/shared/zxid';
import type { Effect, NodeId, ProgramInput, StepContext, Turn } from '@vivarium/simulation/stepped/program';
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { readReplyBody, readReplyHeader } from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, Xid } from '@vivarium/wire/requests';
import type { ZabDisk } from './disk.ts';
import type { ConnectionId, ZabMessage } from './messages.ts';
import { zxidTerm } from './terms.ts';

/** A request that waits for its answer. */
interface Outstanding {
  readonly xid: number;
  readonly type: OpCode;
  readonly what: string;
}

/** A write that the ensemble has said is done. */
export interface AcknowledgedWrite {
  readonly zxid: Zxid;
  readonly what: string;
}

/** Never changed, only replaced. */
export interface ClientState {
  readonly kind: 'client';
  readonly life: string;
  readonly servers: readonly NodeId[];
  /** Whether it wants a session. */
  readonly wanted: boolean;
  /** The server that it is, or was last, connected to; null before the first. */
  readonly server: NodeId | null;
  readonly connection: ConnectionId | null;
  readonly connections: number;
  readonly established: boolean;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly timeoutMs: number;
  readonly lastZxid: Zxid;
  readonly lastHeardMs: number;
  readonly nextXid: number;
  readonly outstanding: readonly Outstanding[];
  /** Commands that came while it had no connection. */
  readonly waiting: readonly string[];
  /** What came last of what it asked for. */
  readonly last: string | null;
  /** The newest of them, `MAX_ACKNOWLEDGED` at most. */
  readonly acknowledged: readonly AcknowledgedWrite[];
  /** What was cut off before it was answered: done or not, nobody can tell. */
  readonly unknown: readonly string[];
  /** Sessions that it was told had expired. */
  readonly expired: number;
}

/** How a client behaves, in ms. */
export interface ClientTimes {
  readonly sessionTimeoutMs: number;
  /** How long it waits before it tries the next server, and for that one's answer. */
  readonly reconnectMs: number;
}

type ClientTurn = Turn<ClientState, ZabMessage, ZabDisk>;

const NO_SESSION = 0n;
const NO_PASSWORD = new Uint8Array(16);
const FLAG_EPHEMERAL = 1;
const MAX_ACKNOWLEDGED = 200;
const MAX_UNKNOWN = 20;
const WRITES: readonly OpCode[] = [OpCode.create2, OpCode.setData, OpCode.closeSession];

/** A new life of a client: the session of the one before is not its own. */
export function bootClient(servers: readonly NodeId[], times: ClientTimes, context: StepContext): ClientTurn {
  const state: ClientState = {
    kind: 'client',
    life: context.random.uint32().toString(36),
    servers,
    wanted: false,
    server: null,
    connection: null,
    connections: 0,
    established: false,
    sessionId: NO_SESSION,
    password: NO_PASSWORD,
    timeoutMs: times.sessionTimeoutMs,
    lastZxid: 0n,
    lastHeardMs: 0,
    nextXid: 1,
    outstanding: [],
    waiting: [],
    last: null,
    acknowledged: [],
    unknown: [],
    expired: 0,
  };
  return { state, effects: [] };
}

/** One input of the world. */
export function stepClient(
  state: ClientState,
  input: ProgramInput<ZabMessage>,
  times: ClientTimes,
  context: StepContext,
): ClientTurn {
  const turn = new ClientTurning(state, times, context);
  switch (input.kind) {
    case 'command':
      turn.command(input.command);
      break;
    case 'timer':
      turn.timer(input.timer);
      break;
    case 'message':
      turn.received(input.message);
      break;
    case 'persisted':
      break;
  }
  return { state: turn.state, effects: turn.effects };
}

/** What the operating system says for a client that has died. */
export function endOf(state: ClientState): { readonly to: NodeId; readonly message: ZabMessage }[] {
  const { server, connection } = state;
  if (server === null || connection === null) return [];
  return [{ to: server, message: { kind: 'closed', port: 'client', connection, reason: 'the client has died' } }];
}

class ClientTurning {
  state: ClientState;
  readonly effects: Effect<ZabMessage, ZabDisk>[] = [];
  private readonly times: ClientTimes;
  private readonly context: StepContext;

  constructor(state: ClientState, times: ClientTimes, context: StepContext) {
    this.state = state;
    this.times = times;
    this.context = context;
  }

  command(command: string): void {
    const [word = '', ...rest] = command.split(' ');
    if (word === 'connect') this.connect(rest[0] ?? this.nextServer());
    else if (word === 'disconnect') this.disconnect();
    else if (this.state.established) this.ask(command);
    else this.change({ waiting: [...this.state.waiting, command] });
  }

  timer(timer: string): void {
    if (timer === 'reconnect' && this.state.wanted && !this.state.established) {
      this.close('no answer');
      this.connect(this.nextServer());
      return;
    }
    if (timer !== 'ping' || !this.state.established) return;
    if (this.context.nowMs - this.state.lastHeardMs > (2 * this.state.timeoutMs) / 3) {
      this.close('the server was silent for too long');
      this.lost();
      return;
    }
    this.send(Xid.ping, { type: OpCode.ping }, 'ping');
  }

  received(message: ZabMessage): void {
    if (!('connection' in message) || message.connection !== this.state.connection) return;
    if (message.kind === 'closed') {
      this.change({ connection: null });
      this.lost();
    } else if (message.kind === 'answer') {
      this.change({ lastHeardMs: this.context.nowMs });
      if (this.state.established) this.answered(message.frame);
      else this.connected(message.frame);
    }
  }

  // --- connection ---------------------------------------------------------------------------------------------------

  private nextServer(): NodeId {
    const { servers, server } = this.state;
    const at = server === null ? -1 : servers.indexOf(server);
    return servers[(at + 1) % servers.length] ?? '';
  }

  private connect(server: NodeId): void {
    if (!this.state.servers.includes(server)) return;
    this.close('the client goes elsewhere');
    const { sessionId, password, lastZxid } = this.state;
    const connections = this.state.connections + 1;
    const connection = `${this.context.node}.${this.state.life}.${connections}`;
    this.change({ wanted: true, server, connection, connections, established: false });
    const { sessionTimeoutMs: timeoutMs } = this.times;
    const request = { protocolVersion: 0, lastZxidSeen: lastZxid, timeoutMs, sessionId, password, readOnly: false };
    const frame = encodeConnectRequest(request).subarray(4);
    const brief = sessionId === NO_SESSION ? 'ConnectRequest(new session)' : 'ConnectRequest(same session)';
    this.effects.push({ kind: 'send', to: server, message: { kind: 'request', connection, frame, brief } });
    this.effects.push({ kind: 'setTimer', timer: 'reconnect', afterMs: this.times.reconnectMs });
  }

  /** Leaves the connection, not the session. */
  private disconnect(): void {
    this.close('the client leaves');
    this.change({ wanted: false });
    this.effects.push({ kind: 'clearTimer', timer: 'reconnect' });
  }

  private close(reason: string): void {
    const { server, connection } = this.state;
    if (server !== null && connection !== null) {
      const message: ZabMessage = { kind: 'closed', port: 'client', connection, reason };
      this.effects.push({ kind: 'send', to: server, message });
    }
    if (this.state.established) this.effects.push({ kind: 'clearTimer', timer: 'ping' });
    this.cutOff();
  }

  private lost(): void {
    this.cutOff();
    this.effects.push({ kind: 'clearTimer', timer: 'ping' });
    if (this.state.wanted) {
      this.effects.push({ kind: 'setTimer', timer: 'reconnect', afterMs: this.times.reconnectMs });
    }
  }

  /** What was asked and not answered may or may not have happened (Java `KeeperException.ConnectionLossException`). */
  private cutOff(): void {
    const { outstanding, unknown } = this.state;
    const lost = outstanding.map(({ what }) => what);
    const [newest] = lost.slice(-1);
    this.change({
      connection: null,
      established: false,
      outstanding: [],
      unknown: [...unknown, ...lost].slice(-MAX_UNKNOWN),
      last: newest === undefined ? this.state.last : `${newest}: CONNECTIONLOSS`,
    });
    for (const what of lost) this.tell(`${what}: CONNECTIONLOSS`);
  }

  private connected(frame: Uint8Array): void {
    const { sessionId, password, timeoutMs } = decodeConnectResponse(frame);
    if (timeoutMs <= 0) {
      this.change({ sessionId: NO_SESSION, password: NO_PASSWORD, lastZxid: 0n, expired: this.state.expired + 1 });
      this.change({ last: 'SESSIONEXPIRED' });
      this.tell('SESSIONEXPIRED');
      this.close('the session has expired');
      this.connect(this.state.server ?? this.nextServer());
      return;
    }
    this.change({ sessionId, password, timeoutMs, established: true });
    this.effects.push({ kind: 'clearTimer', timer: 'reconnect' });
    this.setPingTimer();
    this.tell(`connected to ${this.state.server ?? ''}`);
    const { waiting } = this.state;
    this.change({ waiting: [] });
    for (const command of waiting) this.ask(command);
  }

  private setPingTimer(): void {
    this.effects.push({ kind: 'setTimer', timer: 'ping', afterMs: Math.floor(this.state.timeoutMs / 3) });
  }

  // --- requests -----------------------------------------------------------------------------------------------------

  private ask(command: string): void {
    const request = requestOf(command);
    if (request === null) return;
    const xid = this.state.nextXid;
    this.change({ nextXid: xid + 1 });
    this.change({ outstanding: [...this.state.outstanding, { xid, type: request.type, what: command }] });
    this.send(xid, request, command);
  }

  private send(xid: number, request: ClientRequest, brief: string): void {
    const { server, connection } = this.state;
    if (server === null || connection === null) return;
    const frame = encodeRequest(xid, request).subarray(4);
    this.effects.push({ kind: 'send', to: server, message: { kind: 'request', connection, frame, brief } });
    this.setPingTimer();
  }

  private answered(frame: Uint8Array): void {
    const reader = new JuteReader(frame);
    const { xid, zxid, err } = readReplyHeader(reader);
    if (zxid > this.state.lastZxid) this.change({ lastZxid: zxid });
    if (xid === Xid.ping) return;
    const request = this.state.outstanding.find((waiting) => waiting.xid === xid);
    if (request === undefined) return;
    this.change({ outstanding: this.state.outstanding.filter((waiting) => waiting !== request) });
    const { what, type } = request;
    let last = `${what}: ${errorName(err)}`;
    if (err === ErrorCode.OK) {
      const body = readReplyBody(type, reader);
      if (WRITES.includes(type)) {
        last = `${what}: OK, ${zxidTerm(zxid)}`;
        this.change({ acknowledged: [...this.state.acknowledged, { zxid, what }].slice(-MAX_ACKNOWLEDGED) });
      } else if (body.kind === 'dataStat') {
        last = `${what}: ${decodeUtf8(body.data ?? new Uint8Array(0)) || '""'}`;
      } else if (body.kind === 'children') {
        last = `${what}: [${[...body.children].sort().join(', ')}]`;
      }
    }
    this.change({ last });
    this.tell(last);
  }

  private change(change: Partial<ClientState>): void {
    this.state = { ...this.state, ...change };
  }

  private tell(what: string): void {
    this.effects.push({ kind: 'tell', what });
  }
}

/** The request behind a command: `create /a`, `create ephemeral /b`, `set /a X`, `read /a`, `list /`; null for another. */
function requestOf(command: string): ClientRequest | null {
  const [word, ...rest] = command.split(' ');
  const [first = '/', second = ''] = rest;
  switch (word) {
    case 'create': {
      const isEphemeral = first === 'ephemeral';
      const flags = isEphemeral ? FLAG_EPHEMERAL : 0;
      const path = isEphemeral ? second : first;
      return { type: OpCode.create2, path, data: new Uint8Array(0), acl: OPEN_ACL, flags };
    }
    case 'set':
      return { type: OpCode.setData, path: first, data: encodeUtf8(second), version: -1 };
    case 'read':
      return { type: OpCode.getData, path: first, watch: false };
    case 'list':
      return { type: OpCode.getChildren, path: first, watch: false };
    default:
      return null;
  }
}
