import { connect, type Socket } from 'node:net';
import { connectFrame, readConnectResponse, type SessionIdentity } from './frames.ts';

const READ_BUFFER_BYTES = 256 * 1024;
const REPLY_HEADER_BYTES = 16;
const LENGTH_BYTES = 4;

/** What a {@link SessionSocket} tells its owner. */
export interface SessionSocketEvents {
  /** The session is open, or taken over. */
  opened(session: SessionIdentity): void;
  /** A reply came; its body is skipped. Pings and notifications have a negative xid. */
  replied(xid: number, error: number): void;
  /** The connection is gone, for whatever reason. `refused`: the server said that the session is no more. */
  closed(refused: boolean): void;
}

/**
 * The connection of one session, as light as it can be: it reads into one buffer, looks at the header of each reply and
 * skips the rest without a copy.
 */
export class SessionSocket {
  readonly #socket: Socket;
  readonly #events: SessionSocketEvents;
  /** Bytes of a length and a header that a read has cut in two. */
  readonly #pending = Buffer.alloc(LENGTH_BYTES + REPLY_HEADER_BYTES);
  #pendingBytes = 0;
  #skip = 0;
  #handshake: Buffer = Buffer.alloc(0);
  #opened = false;
  #refused = false;

  /** `readBufferBytes`: what is taken in one read; thousands of sockets need a small one each. */
  constructor(
    port: number,
    session: SessionIdentity,
    timeoutMs: number,
    events: SessionSocketEvents,
    readBufferBytes = READ_BUFFER_BYTES,
  ) {
    this.#events = events;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.alloc(readBufferBytes),
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    this.#socket.once('connect', () => this.#socket.write(connectFrame(session, timeoutMs)));
    // An error is always followed by 'close'.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => events.closed(this.#refused));
  }

  /** Sends a frame. It must not change until its reply is here. */
  send(frame: Uint8Array): void {
    this.#socket.write(frame);
  }

  /** Closes the connection without closing the session. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = chunk;
    if (!this.#opened) {
      const rest = this.#readHandshake(bytes);
      if (rest === undefined) {
        return;
      }
      bytes = rest;
    }
    // All requests that this chunk's replies give room for leave in one system call.
    this.#socket.cork();
    this.#readReplies(bytes);
    this.#socket.uncork();
  }

  #readHandshake(chunk: Buffer): Buffer | undefined {
    const bytes = Buffer.concat([this.#handshake, chunk]);
    const length = bytes.length >= LENGTH_BYTES ? bytes.readInt32BE(0) : Number.POSITIVE_INFINITY;
    if (bytes.length < LENGTH_BYTES + length) {
      this.#handshake = bytes;
      return undefined;
    }
    const session = readConnectResponse(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
    if (session === undefined) {
      this.#refused = true;
      this.#socket.destroy();
      return undefined;
    }
    this.#opened = true;
    this.#events.opened(session);
    return bytes.subarray(LENGTH_BYTES + length);
  }

  #readReplies(bytes: Buffer): void {
    const headerBytes = LENGTH_BYTES + REPLY_HEADER_BYTES;
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - offset);
        this.#skip -= skipped;
        offset += skipped;
        continue;
      }
      if (this.#pendingBytes === 0 && bytes.length - offset >= headerBytes) {
        this.#readHeader(bytes, offset);
        offset += headerBytes;
        continue;
      }
      const copied = Math.min(headerBytes - this.#pendingBytes, bytes.length - offset);
      bytes.copy(this.#pending, this.#pendingBytes, offset, offset + copied);
      this.#pendingBytes += copied;
      offset += copied;
      if (this.#pendingBytes === headerBytes) {
        this.#pendingBytes = 0;
        this.#readHeader(this.#pending, 0);
      }
    }
  }

  #readHeader(bytes: Buffer, offset: number): void {
    this.#skip = bytes.readInt32BE(offset) - REPLY_HEADER_BYTES;
    this.#events.replied(bytes.readInt32BE(offset + LENGTH_BYTES), bytes.readInt32BE(offset + LENGTH_BYTES + 12));
  }
}
