import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection to a port for peers, on which a test may say whatever it likes. */
export class PeerConnection {
  readonly #socket: Socket;
  readonly #chunks: Uint8Array[] = [];
  /** Resolves when the connection is closed by either side, gracefully or not. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A reset is one of the ways in which a server closes.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Connects; rejects if the port refuses. */
  static async open(port: number): Promise<PeerConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new PeerConnection(socket);
  }

  /** Sends bytes as they are. */
  send(...chunks: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(chunks));
  }

  /** All that has come so far. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** What `read` makes of all that has come, as soon as that is not null; rejects if the connection closes before. */
  async until<T>(read: (bytes: Buffer) => T | null): Promise<T> {
    const closed = this.closed.then(() => 'closed' as const);
    for (;;) {
      const found = read(this.received);
      if (found !== null) return found;
      if ((await Promise.race([once(this.#socket, 'data'), closed])) === 'closed') {
        throw new Error(`closed after ${this.received.length} bytes`);
      }
    }
  }

  /** Closes this side without waiting for the other. */
  destroy(): void {
    this.#socket.destroy();
  }
}
