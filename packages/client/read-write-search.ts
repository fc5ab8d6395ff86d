/** Looks for a server that takes writes, from a session that is with one that does not (Java `ClientCnxn.pingRwServer`). */
import type { Socket } from 'node:net';
import type { ServerAddress } from './connect-string.ts';
import { dial, type TlsContext } from './dial.ts';

const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 60_000;
const ANSWER_MS = 1_000;
/** What `isro` answers with: `rw`, `ro` or `null`. */
const READ_WRITE = 'rw';

/** Asks one server after the other with `isro`, each time after a longer pause, until one says `rw`. */
export class ReadWriteSearch {
  private readonly servers: readonly ServerAddress[];
  private readonly tls: TlsContext | null;
  private readonly onFound: (server: ServerAddress) => void;
  private asked = 0;
  private pauseMs = MIN_PAUSE_MS;
  private socket: Socket | null = null;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** `servers`: those to be asked. Begins at once, and ends with the first that is found. */
  constructor(servers: readonly ServerAddress[], tls: TlsContext | null, onFound: (server: ServerAddress) => void) {
    this.servers = servers;
    this.tls = tls;
    this.onFound = onFound;
    this.later();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private later(): void {
    const server = this.servers[this.asked++ % this.servers.length];
    if (server === undefined) return;
    this.timer = setTimeout(() => this.ask(server), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
  }

  private ask(server: ServerAddress): void {
    let answer = '';
    const socket = dial(server, this.tls, () => socket.write('isro'));
    this.socket = socket;
    this.timer = setTimeout(() => socket.destroy(), ANSWER_MS);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1', 0, READ_WRITE.length);
      if (answer.length >= READ_WRITE.length) socket.destroy();
    });
    // Whatever is wrong with it, the next one is asked.
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(this.timer);
      if (this.closed) return;
      if (answer.startsWith(READ_WRITE)) this.onFound(server);
      else this.later();
    });
  }
}
