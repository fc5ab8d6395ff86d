import type { Socket } from 'node:net';
import type { LinkFaults } from './link-faults.ts';

/** Up to here chunks are copied into one: a single buffer is much cheaper for the system than a list of a thousand. */
const MAX_COPIED_BYTES = 1024 * 1024;
/** How long a connection that is being closed may take to deliver what is left. */
const LINGER_MS = 5_000;
/** How long the other side of a cut is kept from noticing that this side has closed; its own timeouts are shorter. */
const CUT_LINGER_MS = 60_000;

/** Collects what goes out on one socket, so that all that one batch of work produces is one write. */
export class SocketWriter {
  private readonly socket: Socket;
  private chunks: Uint8Array[] = [];
  private chunkBytes = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Bytes that the system has not taken yet. */
  get queuedBytes(): number {
    return this.chunkBytes + this.socket.writableLength;
  }

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.chunkBytes += chunk.length;
  }

  /** Hands over what was collected. */
  flush(): void {
    const { chunks, chunkBytes, socket } = this;
    const [first] = chunks;
    if (first === undefined) return;
    this.chunks = [];
    this.chunkBytes = 0;
    // The other side may have closed meanwhile: its `close` event is on the way.
    if (!socket.writable) return;
    if (chunks.length === 1) {
      socket.write(first);
    } else if (chunkBytes <= MAX_COPIED_BYTES) {
      socket.write(Buffer.concat(chunks, chunkBytes));
    } else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    }
  }
}

/**
 * Closes a socket behind what has been written to it. What still arrives is read and thrown away: unread bytes would turn
 * the close into a reset, which can destroy the last answer on its way.
 */
export function closeGracefully(socket: Socket): void {
  socket.removeAllListeners('data');
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

/** Closes a socket. Where the way to the peer is cut it hears of that when it is healed: a cut keeps back the end as well. */
export function closeUnderFaults(socket: Socket, faults: LinkFaults, peer: bigint | null): void {
  if (!faults.isCut(peer)) {
    socket.destroy();
    return;
  }
  socket.removeAllListeners('data');
  socket.resume();
  const forget = faults.onChange(() => {
    if (!faults.isCut(peer)) socket.destroy();
  });
  const timer = setTimeout(() => socket.destroy(), CUT_LINGER_MS);
  socket.once('close', () => {
    forget();
    clearTimeout(timer);
  });
}
