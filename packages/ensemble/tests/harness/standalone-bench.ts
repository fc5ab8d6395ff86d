/** A standalone server without a process, whose disk answers only when told to, and what its clients get. */
import { decodeConnectResponse, encodeConnectRequest } from '@vivarium/wire/connect';
import { JuteReader } from '@vivarium/wire/jute';
import { type ReplyBody, readReplyBody, readReplyHeader, readWatcherEvent } from '@vivarium/wire/replies';
import { type ClientRequest, encodeRequest, Xid } from '@vivarium/wire/requests';
import { Database } from '../../core/database.ts';
import type { Input, Output, ServerConfig } from '../../core/io.ts';
import { Server } from '../../core/server.ts';
import { testServerConfig } from './server-config.ts';

/** What one client got: replies by xid, events in order, and whether it was closed. */
interface Seen {
  replies: { xid: number; zxid: bigint; err: number; frame: Uint8Array }[];
  events: { type: number; path: string; zxid: bigint }[];
  closed: string | null;
  connect: Uint8Array | null;
}

export class StandaloneBench {
  readonly server: Server;
  readonly seen = new Map<number, Seen>();
  nowMs = 1000;
  unwritten = 0;
  /** zxids of the snapshots that were asked for. */
  readonly snapshots: bigint[] = [];

  constructor(config: ServerConfig = testServerConfig()) {
    this.server = new Server(config, { database: new Database(), recent: [], acceptedEpoch: 0, currentEpoch: 0 });
    this.step({ kind: 'start' });
    this.sync();
  }

  step(input: Input): void {
    for (const output of this.server.step({ monotonicMs: this.nowMs, wallMs: this.nowMs }, input))
      this.carryOut(output);
  }

  private carryOut(output: Output): void {
    switch (output.kind) {
      case 'persist':
        this.unwritten = output.writeId;
        return;
      case 'sendClient':
        this.take(output.client, output.frame.subarray(4));
        return;
      case 'closeClient':
        this.of(output.client).closed = output.reason;
        return;
      case 'takeSnapshot':
        this.snapshots.push(output.snapshot.zxid);
        output.snapshot.release();
        return;
      default:
        return;
    }
  }

  private take(client: number, frame: Uint8Array): void {
    const seen = this.of(client);
    if (seen.connect === null) {
      seen.connect = frame;
      return;
    }
    const reader = new JuteReader(frame);
    const header = readReplyHeader(reader);
    if (header.xid === Xid.notification) {
      const { type, path } = readWatcherEvent(reader);
      seen.events.push({ type, path, zxid: header.zxid });
      return;
    }
    seen.replies.push({ ...header, frame: reader.rest() });
  }

  of(client: number): Seen {
    const seen = this.seen.get(client) ?? { replies: [], events: [], closed: null, connect: null };
    this.seen.set(client, seen);
    return seen;
  }

  sync(): void {
    if (this.unwritten > 0) this.step({ kind: 'persisted', writeId: this.unwritten });
  }

  open(client: number): bigint {
    this.step({ kind: 'clientConnected', client, address: 'test', certificateSubject: null });
    const request = {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeoutMs: 4000,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
    };
    this.step({ kind: 'clientFrame', client, frame: encodeConnectRequest(request).subarray(4) });
    this.sync();
    return this.sessionOf(client);
  }

  /** The session that a client was given. */
  sessionOf(client: number): bigint {
    return decodeConnectResponse(this.of(client).connect ?? new Uint8Array(0)).sessionId;
  }

  send(client: number, xid: number, request: ClientRequest): void {
    this.step({ kind: 'clientFrame', client, frame: encodeRequest(xid, request).subarray(4) });
  }

  ask(client: number, xid: number, request: ClientRequest): { err: number; zxid: bigint; body: ReplyBody | null } {
    this.send(client, xid, request);
    this.sync();
    const reply = this.of(client).replies.find((candidate) => candidate.xid === xid);
    if (reply === undefined) throw new Error(`no reply to ${xid}`);
    const body = reply.err === 0 ? readReplyBody(request.type, new JuteReader(reply.frame)) : null;
    return { err: reply.err, zxid: reply.zxid, body };
  }
}
