import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ClientId } from '../core/io.ts';
import { remoteAddress, remoteHost } from './address.ts';
import { clientSubject } from './client-tls.ts';
import { type FourLetterWord, fourLetterWordOf } from './four-letter-words.ts';
import { takeFrame } from './frames.ts';
import { plainBytes, RollingBuffer } from './rolling-buffer.ts';
import { closeGracefully, SocketWriter } from './socket-writer.ts';

/** A client that takes its answers more slowly than it asks is not read until fewer than this wait for it. */
const MAX_QUEUED_BYTES_TO_READ = 1024 * 1024;
/** A client for which this much waits, watch events for example, is dropped. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

export interface ConnectionLimits {
  /** How long it may stay without a frame; a handshake has taken some of it. */
  readonly sessionlessTimeoutMs: number;
  /** The longest frame. */
  readonly maxFrameBytes: number;
}

/** What a connection tells its port. */
export interface ConnectionEvents {
  /** It sent its first frame. */
  opened(connection: ClientConnection): void;
  frame(connection: ClientConnection, frame: Uint8Array): void;
  /** Instead of a first frame: the connection closes behind the answer, null for none. */
  fourLetterWord(word: FourLetterWord): string | null;
  /** It has not asked for a session in time. */
  sessionless(): void;
  /** The socket is gone, whoever closed it. */
  closed(connection: ClientConnection): void;
  /** Whether there is time for a frame before others have their turn. */
  hasTime(): boolean;
  /** There was none: `takeTurn` is to be called when there is. */
  yielded(connection: ClientConnection): void;
  /** There is something to flush. */
  dirty(connection: ClientConnection): void;
  warn(message: string): void;
}

/** One connection of the client port: frames in, frames out, and the limits of both. */
export class ClientConnection {
  readonly client: ClientId;
  readonly host: string;
  readonly address: string;
  /** Whether TLS is spoken. */
  readonly secure: boolean;
  /** Of the certificate that the client has shown, by RFC 2253, or null. */
  readonly certificateSubject: string | null;
  /** ms since 1970: what is told of it stays the same when the clock is set. */
  readonly establishedMs = Date.now();
  received = 0;
  sent = 0;
  /** Whether the state machine knows of it: it has been opened, and not been closed by either. */
  isOpen = false;
  private readonly socket: Socket;
  private readonly limits: ConnectionLimits;
  private readonly events: ConnectionEvents;
  private readonly writer: SocketWriter;
  private readonly buffer = new RollingBuffer();
  private readonly sessionlessTimer: NodeJS.Timeout;
  private throttled = false;
  private closing = false;
  private isDirty = false;
  /** Others have their turn. */
  private yielded = false;

  constructor(client: ClientId, socket: Socket, limits: ConnectionLimits, events: ConnectionEvents) {
    this.client = client;
    this.host = remoteHost(socket);
    this.address = remoteAddress(socket);
    this.secure = socket instanceof TLSSocket;
    this.certificateSubject = clientSubject(socket);
    this.socket = socket;
    this.limits = limits;
    this.events = events;
    this.writer = new SocketWriter(socket);
    this.sessionlessTimer = setTimeout(() => {
      events.sessionless();
      this.drop();
    }, limits.sessionlessTimeoutMs);
    socket.on('data', (chunk) => {
      this.buffer.append(plainBytes(chunk));
      this.feed();
    });
    socket.on('drain', () => this.feed());
    // `close` follows, and says all that anybody wants to know.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.sessionlessTimer);
      this.closing = true;
      events.closed(this);
    });
  }

  /** Queues a frame; `flush` sends it. */
  send(frame: Uint8Array): void {
    if (this.closing) return;
    this.sent++;
    this.writer.push(frame);
    this.markDirty();
    if (this.writer.queuedBytes > MAX_QUEUED_BYTES) {
      this.events.warn(
        `dropped the client ${this.address}: it does not read its answers, ${this.writer.queuedBytes} bytes wait for it`,
      );
      this.drop();
    }
  }

  /** Sends what was queued, and goes on reading where that, or the end of a throttling, made room. */
  flush(): void {
    this.isDirty = false;
    this.writer.flush();
    this.feed();
  }

  /** Goes on with the frames for which there was no time. */
  takeTurn(): void {
    this.yielded = false;
    this.feed();
  }

  /** Stops or resumes reading. */
  throttle(paused: boolean): void {
    this.throttled = paused;
    // Frames that have arrived already are fed from the next flush, not from within the step that decided this.
    this.markDirty();
  }

  /** Closes behind what was sent. */
  close(): void {
    if (this.closing) return;
    this.writer.flush();
    this.shut(() => closeGracefully(this.socket));
  }

  /** Closes at once. */
  drop(): void {
    if (!this.closing) this.shut(() => this.socket.destroy());
  }

  private shut(how: () => void): void {
    this.closing = true;
    clearTimeout(this.sessionlessTimer);
    how();
  }

  private markDirty(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.events.dirty(this);
  }

  /** What it waits for: 1 to read, 4 to write (Java `SelectionKey.interestOps`). */
  get interestOps(): number {
    return (this.blocked ? 0 : 1) | (this.writer.queuedBytes > 0 ? 4 : 0);
  }

  private get blocked(): boolean {
    return this.throttled || this.yielded || this.writer.queuedBytes > MAX_QUEUED_BYTES_TO_READ;
  }

  private feed(): void {
    while (!this.closing && !this.blocked) {
      // In one piece of 64 KiB there may be thousands of requests, and in each more work than it takes to ask.
      if (this.buffer.length > 0 && !this.events.hasTime()) {
        this.yielded = true;
        this.events.yielded(this);
        break;
      }
      if (!this.isOpen) {
        const word = fourLetterWordOf(this.buffer.unread);
        if (word === 'incomplete') break;
        if (word !== null) {
          this.answerFourLetterWord(word);
          return;
        }
      }
      const frame = takeFrame(this.buffer, this.limits.maxFrameBytes);
      if (frame === 'incomplete') break;
      if (frame === 'invalid') {
        this.drop();
        return;
      }
      this.received++;
      if (!this.isOpen) {
        this.isOpen = true;
        clearTimeout(this.sessionlessTimer);
        this.events.opened(this);
      }
      this.events.frame(this, frame);
    }
    if (this.closing) return;
    if (this.blocked === this.socket.isPaused()) return;
    if (this.blocked) this.socket.pause();
    else this.socket.resume();
  }

  /** The words share the port with the frames: the first four bytes are one, or the length of a frame. */
  private answerFourLetterWord(word: FourLetterWord): void {
    // Nothing more is read: so the answer shows this very connection too.
    this.throttled = true;
    this.received++;
    const answer = this.events.fourLetterWord(word);
    this.shut(() => {
      if (answer !== null) this.socket.write(answer);
      closeGracefully(this.socket);
    });
  }
}
