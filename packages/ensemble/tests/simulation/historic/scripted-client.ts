/** A client that does what a scenario tells it, one session on one connection at a time. */
import { OPEN_ACL } from '@vivarium/shared/acl';
import type { Connection } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { type ReplyBody, readReplyBody, readReplyHeader } from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, Xid } from '@vivarium/wire/requests';
import type { ClientChecker } from '../../../simulated/client-checker.ts';
import { asBytes, Port, serverName } from '../../../simulated/messages.ts';
import type { Violations } from '../../../simulated/violations.ts';

/** A request, and its answer once it is there. */
export interface Call {
  readonly xid: number;
  readonly request: ClientRequest;
  reply: { readonly zxid: bigint; readonly err: number; readonly body: ReplyBody } | null;
}

const WRITES: ReadonlySet<number> = new Set([
  OpCode.create2,
  OpCode.delete,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.closeSession,
]);

export class ScriptedClient {
  readonly name: string;
  sessionId = 0n;
  /** The server has said that the session is over. */
  expired = false;
  /** Set by the scenario where the client is to ping as its session timeout wants. */
  pings = true;
  private readonly host: Host;
  private readonly checker: ClientChecker;
  private readonly violations: Violations;
  private readonly timeoutMs: number;
  private connection: Connection | null = null;
  private established = false;
  private password: Uint8Array = new Uint8Array(16);
  private lastZxid = 0n;
  private nextXid = 1;
  private outstanding: Call[] = [];

  constructor(host: Host, timeoutMs: number, checker: ClientChecker, violations: Violations) {
    this.name = host.name;
    this.host = host;
    this.timeoutMs = timeoutMs;
    this.checker = checker;
    this.violations = violations;
  }

  get connected(): boolean {
    return this.established;
  }

  /** Leaves the server it is at, and goes to another one with its session, or for a new one. Tries until it is taken. */
  connect(sid: number): void {
    this.connection?.close();
    this.lost();
    this.host.dial(serverName(sid), Port.client, {
      opened: (connection) => {
        this.connection = connection;
        const { sessionId, password, lastZxid, timeoutMs } = this;
        connection.send(
          encodeConnectRequest({
            protocolVersion: 0,
            lastZxidSeen: lastZxid,
            timeoutMs,
            sessionId,
            password,
            readOnly: false,
          }),
        );
        return {
          message: (message) => {
            if (this.connection === connection) this.receive(asBytes(message).subarray(4));
          },
          closed: () => {
            if (this.connection !== connection) return;
            const again = !this.established && !this.expired;
            this.lost();
            if (again) this.host.after(50, () => this.connect(sid));
          },
        };
      },
      failed: () => this.host.after(50, () => this.connect(sid)),
    });
  }

  private lost(): void {
    this.connection = null;
    this.established = false;
    this.outstanding = [];
  }

  /** Sends a request. */
  send(request: ClientRequest): Call {
    const call: Call = { xid: this.nextXid++, request, reply: null };
    if (request.type === OpCode.delete) this.checker.deleteSent(request.path);
    this.outstanding.push(call);
    this.connection?.send(encodeRequest(call.xid, request));
    return call;
  }

  create(path: string, ephemeral = false): Call {
    return this.send({
      type: OpCode.create2,
      path,
      data: new Uint8Array([1]),
      acl: OPEN_ACL,
      flags: ephemeral ? 1 : 0,
    });
  }

  private receive(frame: Uint8Array): void {
    if (!this.established) {
      this.receiveConnectResponse(frame);
      return;
    }
    const reader = new JuteReader(frame);
    const { xid, zxid, err } = readReplyHeader(reader);
    if (xid === Xid.notification) return;
    this.checker.answered(this.name, zxid, this.lastZxid);
    if (zxid > this.lastZxid) this.lastZxid = zxid;
    if (xid === Xid.ping) return;
    const call = this.outstanding.shift();
    if (call?.xid !== xid) {
      this.violations.add('ClientFIFO', `${this.name} expected the answer ${call?.xid} and got ${xid}`);
      return;
    }
    const { request } = call;
    const body: ReplyBody = err === 0 ? readReplyBody(request.type, reader) : { kind: 'empty' };
    call.reply = { zxid, err, body };
    if (WRITES.has(request.type)) {
      this.checker.write({ client: this.name, sessionId: this.sessionId, cxid: xid, zxid, err });
    }
    if (request.type === OpCode.create2 && body.kind === 'pathStat') {
      const owner = body.stat.ephemeralOwner;
      this.checker.created(body.path, { client: this.name, sessionId: owner === 0n ? null : owner });
    }
  }

  private receiveConnectResponse(frame: Uint8Array): void {
    const response = decodeConnectResponse(frame);
    if (response.timeoutMs <= 0) {
      this.expired = true;
      this.checker.sessionExpired(this.sessionId);
      return;
    }
    this.sessionId = response.sessionId;
    this.password = response.password;
    this.established = true;
    if (this.connection !== null) this.ping(this.connection);
  }

  private ping(connection: Connection): void {
    this.host.after(this.timeoutMs / 3, () => {
      if (this.connection !== connection || !this.established) return;
      if (this.pings) connection.send(encodeRequest(Xid.ping, { type: OpCode.ping }));
      this.ping(connection);
    });
  }
}
