import { connect, type Socket } from 'node:net';

/** Where a peer's port is. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Hands over an accepted connection, or what is spoken on it, once the other side may be listened to. Who may not be is
 * disconnected. The connection's end before that shows on `raw`.
 */
export type PeerAcceptor = (raw: Socket, ready: (socket: Socket) => void) => void;

/** How connections between servers come about: in plain text, or by TLS. */
export interface PeerTransport {
  /** For the connections of one port; `port` names it to who reads the log: `the quorum port`. */
  acceptor(port: string, warn: (message: string) => void): PeerAcceptor;
  /** Dials; one of the two is called back, unless the returned function is called before, which gives up. */
  dial(address: PeerAddress, ready: (socket: Socket) => void, failed: (reason: string) => void): () => void;
}

/** Plain text. */
export const plainTransport: PeerTransport = {
  acceptor: () => (raw, ready) => ready(raw),
  dial: (address, ready, failed) => {
    const dialling = new Dialling(address, failed);
    dialling.raw.once('connect', () => dialling.ready(() => ready(dialling.raw)));
    return () => dialling.cancel();
  },
};

/** A connection that is being dialled, until it is ready or has failed. */
export class Dialling {
  readonly raw: Socket;
  private reason = 'the other side closed the connection';
  private isOver = false;

  constructor(address: PeerAddress, failed: (reason: string) => void) {
    this.raw = connect({ ...address, noDelay: true, keepAlive: true });
    // Where a name has several addresses and none answers, the error says nothing but its code.
    this.raw.on('error', (error: NodeJS.ErrnoException) => this.failing(error.message || (error.code ?? error.name)));
    this.raw.once('close', () => {
      if (this.isOver) return;
      this.isOver = true;
      failed(this.reason);
    });
  }

  /** What is told as the reason when it closes. */
  failing(reason: string): void {
    this.reason = reason;
  }

  ready(handOver: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    handOver();
  }

  cancel(): void {
    this.isOver = true;
    this.raw.destroy();
  }
}

/** The TCP connections of those that speak TLS. */
const underneath = new WeakMap<Socket, Socket>();

/** Notes that TLS is spoken on a TCP connection. */
export function layOver(socket: Socket, raw: Socket): void {
  underneath.set(socket, raw);
}

/** Ends a connection as a network does that breaks it: by a TCP reset, with nothing said before. */
export function resetConnection(socket: Socket): void {
  (underneath.get(socket) ?? socket).resetAndDestroy();
}
