/** One TCP connection to one server: the handshake, then requests and their replies in order, pings and time limits. */
import type { Socket } from 'node:net';
import { ErrorCode } from '@vivarium/shared/error-code';
import {
  type ConnectRequest,
  type ConnectResponse,
  decodeConnectResponse,
  encodeConnectRequest,
} from '@vivarium/wire/connect';
import { JuteError, JuteReader } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import { type ReplyHeader, readReplyHeader, readWatcherEvent, type WatcherEvent } from '@vivarium/wire/replies';
import { encodeRequest, Xid } from '@vivarium/wire/requests';
import type { ServerAddress } from './connect-string.ts';
import {
  type ConnectionReason,
  type ConnectionStage,
  garbage,
  notServing,
  otherProtocol,
  reasonOfError,
  silent,
} from './connection-failure.ts';
import { dial, type TlsContext } from './dial.ts';
import { type Frame, FrameReader } from './frame-reader.ts';

/** xid int, zxid long, err int. */
const REPLY_HEADER_BYTES = 16;
const MAX_XID = 0x7fffffff;
/** A ConnectResponse has 37 bytes; passwords may be longer some day. What claims more is something else. */
const MAX_CONNECT_RESPONSE_BYTES = 1_024;
/** Where the xid stands in a framed request: behind the length. */
const XID_OFFSET = 4;

/** A request and what is to be done with its reply. */
export interface Exchange {
  /** The framed request; an ordinary one gets its xid when it is sent. */
  readonly frame: Uint8Array;
  /** For the requests that have an xid of their own; null for ordinary ones. */
  readonly xid: typeof Xid.auth | typeof Xid.setWatches | null;
  /** The reply, its body not yet read. What it throws is a `JuteError`, and ends the connection. */
  answered(header: ReplyHeader, body: JuteReader): void;
  /** There was a reply, but it is of no use: longer than `limit` bytes, or not the record that it should be. */
  unreadable(fault: 'replyTooLarge' | 'badReply', limit: number | null, cause?: unknown): void;
}

/** What a connection tells its owner. Nothing comes after `closed`. */
export interface ConnectionEvents {
  /** The session is established or renewed; from now on `send` works. */
  opened(response: ConnectResponse): void;
  /** The server says that the session is no more. */
  expired(): void;
  notified(event: WatcherEvent, zxid: bigint): void;
  /**
   * It is over; `reason` is null where its owner wanted that. `unanswered`: what was sent and got no reply, in the order of
   * sending.
   */
  closed(reason: ConnectionReason | null, unanswered: readonly Exchange[]): void;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  /** Null for plain text. */
  readonly tls: TlsContext | null;
  readonly hello: ConnectRequest;
  /** For connecting and the handshake together, in ms. */
  readonly handshakeTimeoutMs: number;
  readonly maxReplyBytes: number;
  /** The longest timeout that is believed: a server that grants a year must not be waited for so long. */
  readonly maxTimeoutMs: number;
}

interface Sent {
  readonly exchange: Exchange;
  readonly xid: number;
}

/** Connects when it is made. */
export class Connection {
  private readonly options: ConnectionOptions;
  private readonly events: ConnectionEvents;
  private readonly socket: Socket;
  private readonly reader: FrameReader;
  private readonly pending: Sent[] = [];
  private state: 'handshaking' | 'open' | 'closed' = 'handshaking';
  private nextXid = 1;
  private bytesPending = 0;
  private timer: NodeJS.Timeout | undefined;
  private sessionTimeoutMs = 0;
  private lastSentMs = 0;
  private lastHeardMs = 0;
  private corked = false;
  private newestZxid = 0n;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.options = options;
    this.events = events;
    this.reader = new FrameReader(options.maxReplyBytes, REPLY_HEADER_BYTES);
    const { address, tls } = options;
    let stage: ConnectionStage = 'dialling';
    this.socket = dial(address, tls, () => {
      stage = 'open';
      this.socket.write(encodeConnectRequest(options.hello));
    });
    this.socket.setNoDelay(true);
    this.socket.once('connect', () => {
      if (stage === 'dialling') stage = 'securing';
    });
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error) => this.end(reasonOfError(error, address, stage)));
    this.socket.on('close', () => this.end(notServing(address)));
    this.timer = setTimeout(() => this.end(silent(address)), options.handshakeTimeoutMs);
  }

  /** The newest zxid that a reply has told; 0 before the first. */
  get lastZxid(): bigint {
    return this.newestZxid;
  }

  /** How many requests wait for their reply. */
  get pendingCount(): number {
    return this.pending.length;
  }

  /** The frames of the requests that wait for their reply, in bytes. */
  get pendingBytes(): number {
    return this.bytesPending;
  }

  /** Sends a request on an open connection. Many may be under way at once. */
  send(exchange: Exchange): void {
    const xid = exchange.xid ?? this.takeXid();
    const { frame } = exchange;
    new DataView(frame.buffer, frame.byteOffset).setInt32(XID_OFFSET, xid);
    this.pending.push({ exchange, xid });
    this.bytesPending += frame.length;
    this.write(frame);
  }

  /** Ends the connection; `closed` is told before this returns, unless it has been already. */
  close(): void {
    this.end(null);
  }

  private end(reason: ConnectionReason | null): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    clearTimeout(this.timer);
    this.socket.destroy();
    this.bytesPending = 0;
    this.events.closed(
      reason,
      this.pending.splice(0).map(({ exchange }) => exchange),
    );
  }

  private takeXid(): number {
    const xid = this.nextXid;
    this.nextXid = xid === MAX_XID ? 1 : xid + 1;
    return xid;
  }

  /** What is written in one go leaves in one system call. */
  private write(frame: Uint8Array): void {
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    this.lastSentMs = performance.now();
    this.socket.write(frame);
  }

  private receive(chunk: Buffer | string): void {
    // A socket without an encoding gives bytes.
    if (this.state === 'closed' || typeof chunk === 'string') return;
    this.lastHeardMs = performance.now();
    // Not a Buffer: its slice() would be a view, where that of plain bytes is a copy.
    this.reader.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    try {
      while (this.isLive) {
        const frame = this.reader.next();
        if (this.state === 'handshaking') this.checkFirst(frame?.length ?? this.reader.expected);
        if (frame === null) break;
        this.frame(frame);
      }
    } catch (error) {
      if (!(error instanceof JuteError) && !(error instanceof RangeError)) throw error;
      this.end(garbage(this.options.address, error.message));
    }
  }

  /** Throws `JuteError` where the length of the first frame is that of no ConnectResponse. */
  private checkFirst(length: number | null): void {
    if (length === null || (length >= 0 && length <= MAX_CONNECT_RESPONSE_BYTES)) return;
    throw new JuteError(otherProtocol(length) ?? `a first frame of ${length} bytes`);
  }

  private get isLive(): boolean {
    return this.state !== 'closed';
  }

  private frame(frame: Frame): void {
    if (this.state === 'handshaking') {
      // A server without a quorum that can make no session says so by a reply (Java `ReadOnlyRequestProcessor`).
      if (frame.length === REPLY_HEADER_BYTES) {
        const { err } = readReplyHeader(new JuteReader(frame.bytes));
        if (err === ErrorCode.NOTREADONLY) {
          this.end(notServing(this.options.address));
          return;
        }
      }
      this.established(decodeConnectResponse(frame.bytes));
      return;
    }
    const reader = new JuteReader(frame.bytes);
    const header = readReplyHeader(reader);
    const isWhole = frame.bytes.length === frame.length;
    switch (header.xid) {
      case Xid.ping:
        return;
      case Xid.notification:
        if (!isWhole) throw new JuteError(`an event of ${frame.length} bytes`);
        this.events.notified(readWatcherEvent(reader), header.zxid);
        return;
      default:
        this.reply(header, isWhole ? reader : null);
    }
  }

  private established(response: ConnectResponse): void {
    clearTimeout(this.timer);
    if (response.timeoutMs <= 0) {
      this.events.expired();
      return;
    }
    this.state = 'open';
    this.sessionTimeoutMs = Math.min(response.timeoutMs, this.options.maxTimeoutMs);
    this.lastHeardMs = performance.now();
    this.lastSentMs = this.lastHeardMs;
    this.watchTime();
    this.events.opened(response);
  }

  /** `body` is null where it was too large to be kept. */
  private reply(header: ReplyHeader, body: JuteReader | null): void {
    // Authentication is answered at once, also before requests that were sent earlier. All else keeps its order.
    const index = header.xid === Xid.auth ? this.pending.findIndex(({ xid }) => xid === Xid.auth) : 0;
    const sent = this.pending[index];
    if (sent?.xid !== header.xid) throw new JuteError(`a reply with xid ${header.xid}, not ${sent?.xid ?? 'any'}`);
    this.pending.splice(index, 1);
    this.bytesPending -= sent.exchange.frame.length;
    if (header.zxid > this.newestZxid) this.newestZxid = header.zxid;
    if (body === null) {
      sent.exchange.unreadable('replyTooLarge', this.options.maxReplyBytes);
      return;
    }
    try {
      sent.exchange.answered(header, body);
    } catch (error) {
      if (error instanceof JuteError) sent.exchange.unreadable('badReply', null, error);
      throw error;
    }
  }

  /** A ping where nothing was sent for a third of the session's timeout; the end where nothing came for two thirds. */
  private watchTime(): void {
    const pingAtMs = this.lastSentMs + this.sessionTimeoutMs / 3;
    const endAtMs = this.lastHeardMs + (this.sessionTimeoutMs * 2) / 3;
    const waitMs = Math.min(pingAtMs, endAtMs) - performance.now();
    this.timer = setTimeout(
      () => {
        // Where it was this process that stood still, the answer may have arrived and wait to be read.
        setImmediate(() => this.timePassed());
      },
      Math.max(1, waitMs),
    );
  }

  private timePassed(): void {
    if (this.state !== 'open') return;
    const nowMs = performance.now();
    if (nowMs - this.lastHeardMs >= (this.sessionTimeoutMs * 2) / 3) {
      this.end(silent(this.options.address));
      return;
    }
    if (nowMs - this.lastSentMs >= this.sessionTimeoutMs / 3) {
      this.write(encodeRequest(Xid.ping, { type: OpCode.ping }));
    }
    this.watchTime();
  }
}
