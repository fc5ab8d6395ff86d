import { connect, type Socket } from 'node:net';

/** Operation codes that the tests send (Java `ZooDefs.OpCode`). */
export const op = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  ping: 11,
  check: 13,
  deleteContainer: 20,
  createContainer: 19,
  createTtl: 21,
  closeSession: -11,
} as const;

/** Bytes of one frame or record, written piece by piece. Independent of our own codec, which is under test. */
export class Bytes {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    this.#parts.push(part);
    return this;
  }

  long(value: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigInt64BE(value);
    this.#parts.push(part);
    return this;
  }

  byte(value: number): this {
    this.#parts.push(Buffer.from([value]));
    return this;
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  /** A jute buffer or ustring: length and bytes; null is length -1. */
  field(value: string | Uint8Array | null): this {
    if (value === null) {
      return this.int(-1);
    }
    const bytes = Buffer.from(value);
    return this.int(bytes.length).raw(bytes);
  }

  get buffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** The bytes behind their length. */
  get frame(): Buffer {
    const { buffer } = this;
    return new Bytes().int(buffer.length).raw(buffer).buffer;
  }
}

/** The body of a create (also of createTTL without its ttl) that is open to the world. */
export function createBody(path: string | Uint8Array, data: Uint8Array | string, flags = 0): Buffer {
  return new Bytes().field(path).field(data).int(1).int(31).field('world').field('anyone').int(flags).buffer;
}

/** The frame of a request. */
export function requestFrame(xid: number, type: number, body: Uint8Array = new Uint8Array()): Buffer {
  return new Bytes().int(xid).int(type).raw(body).frame;
}

/** One answer of the server. */
export interface Reply {
  xid: number;
  zxid: bigint;
  error: number;
  body: Buffer;
}

/** A TCP connection to a client port (or any port), on which a test may send whatever it likes. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #frames: Buffer[] = [];
  readonly #waiters: ((frame: Buffer | undefined) => void)[] = [];
  /** Bytes of which no whole frame could be made, and how many it takes. */
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #wantedBytes = 4;
  #closed = false;
  #xid = 0;
  /** Resolves when the connection is closed by either side, gracefully or not. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A reset is one of the ways in which a server closes; it shows as the end of the frames.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#closed = true;
        for (const waiter of this.#waiters.splice(0)) {
          waiter(undefined);
        }
        resolve();
      });
    });
  }

  /** Connects; rejects if the port refuses. */
  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Connects and opens a session. */
  static async openSession(port: number, sessionTimeoutMs = 10_000): Promise<RawConnection> {
    return (await RawConnection.openSessionWithPassword(port, sessionTimeoutMs)).connection;
  }

  /** Connects and opens a session, and tells its password. */
  static async openSessionWithPassword(
    port: number,
    sessionTimeoutMs = 10_000,
  ): Promise<{ connection: RawConnection; password: Buffer }> {
    const connection = await RawConnection.open(port);
    connection.send(new Bytes().int(0).long(0n).int(sessionTimeoutMs).long(0n).field(new Uint8Array(16)).byte(0).frame);
    const answer = await connection.nextFrame();
    if (answer === undefined || answer.readInt32BE(4) === 0) {
      throw new Error(`no session on port ${port}`);
    }
    return { connection, password: answer.subarray(20, 36) };
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next frame, without its length; undefined once the connection is closed. */
  nextFrame(): Promise<Buffer | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined || this.#closed) {
      return Promise.resolve(frame);
    }
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** The next frame as a reply. */
  async nextReply(): Promise<Reply | undefined> {
    const frame = await this.nextFrame();
    return frame === undefined
      ? undefined
      : {
          xid: frame.readInt32BE(0),
          zxid: frame.readBigInt64BE(4),
          error: frame.readInt32BE(12),
          body: frame.subarray(16),
        };
  }

  /** Sends a request and returns the next reply; undefined if the connection is closed instead. */
  request(type: number, body: Uint8Array = new Uint8Array()): Promise<Reply | undefined> {
    this.send(requestFrame(++this.#xid, type, body));
    return this.nextReply();
  }

  /** Takes nothing more of what the server sends. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Closes this side without waiting for the other. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    // A long frame comes in hundreds of pieces, which are put together once.
    if (this.#receivedBytes < this.#wantedBytes) return;
    let rest = Buffer.concat(this.#received);
    let end = 4;
    while (rest.length >= 4) {
      end = 4 + rest.readInt32BE(0);
      if (rest.length < end) {
        break;
      }
      const frame = rest.subarray(4, end);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) {
        this.#frames.push(frame);
      } else {
        waiter(frame);
      }
      rest = rest.subarray(end);
      end = 4;
    }
    this.#received = [Buffer.from(rest)];
    this.#receivedBytes = rest.length;
    this.#wantedBytes = end;
  }
}
