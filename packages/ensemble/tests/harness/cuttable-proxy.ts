import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * What becomes of a connection: it goes through; it ends at once, as with a pulled cable; it stays and nobody ever answers, as
 * behind a firewall that drops; or it is answered with these bytes, whatever is asked.
 */
type Manner = 'through' | 'cut' | 'silent' | Uint8Array;

/** What has gone through a {@link CuttableProxy}, in both directions. */
export interface Passed {
  readonly connections: number;
  readonly toServerBytes: number;
  readonly fromServerBytes: number;
}

/** A way to a TCP port of this machine: it counts what goes through, and its cable can be pulled. */
export class CuttableProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private manner: Manner = 'through';
  private delayMs = 0;
  private connections = 0;
  private toServerBytes = 0;
  private fromServerBytes = 0;

  private constructor(server: Server) {
    this.server = server;
  }

  /** Listens on a port of the system's; `target` says where to when the first connection comes. */
  static async start(target: () => number): Promise<CuttableProxy> {
    const server = createServer();
    const proxy = new CuttableProxy(server);
    server.on('connection', (socket) => proxy.accept(socket, target));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get passed(): Passed {
    const { connections, toServerBytes, fromServerBytes } = this;
    return { connections, toServerBytes, fromServerBytes };
  }

  /** Connections that are open now. */
  get open(): number {
    return Math.ceil(this.sockets.size / 2);
  }

  /** Ends all connections; new ones end at once. */
  cut(): void {
    this.become('cut');
  }

  /** Ends all connections; new ones are taken, and nobody answers. */
  silence(): void {
    this.become('silent');
  }

  /** Ends all connections; new ones are answered with these bytes. */
  answerWith(bytes: Uint8Array): void {
    this.become(bytes);
  }

  mend(): void {
    this.delayMs = 0;
    this.become('through');
  }

  /** What the server sends arrives so much later from now on, as over a long or crowded line. */
  delay(delayMs: number): void {
    this.delayMs = delayMs;
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private become(manner: Manner): void {
    if (manner === this.manner) return;
    this.manner = manner;
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket, target: () => number): void {
    const { manner } = this;
    this.connections++;
    this.keep(socket);
    if (manner === 'cut') socket.destroy();
    else if (manner === 'through') this.pass(socket, connect({ port: target(), host: '127.0.0.1' }));
    else {
      socket.resume();
      if (manner !== 'silent') socket.write(manner);
    }
  }

  private pass(near: Socket, far: Socket): void {
    this.keep(far);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    near.on('data', (chunk: Buffer) => {
      this.toServerBytes += chunk.length;
    });
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      this.fromServerBytes += chunk.length;
    });
    far.pipe(this.late()).pipe(near);
  }

  /** What goes through it comes out so much later, in its order. */
  private late(): Transform {
    const waiting: { readonly dueMs: number; readonly chunk: Buffer }[] = [];
    let timer: NodeJS.Timeout | null = null;
    const due = (stream: Transform): void => {
      timer = null;
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const leftMs = next.dueMs - performance.now();
        if (leftMs > 0) {
          timer = setTimeout(() => due(stream), leftMs);
          return;
        }
        waiting.shift();
        stream.push(next.chunk);
      }
    };
    const delayMs = (): number => this.delayMs;
    return new Transform({
      transform(chunk: Buffer, _, done) {
        waiting.push({ dueMs: performance.now() + delayMs(), chunk });
        if (timer === null) due(this);
        done();
      },
      destroy(error, done) {
        if (timer !== null) clearTimeout(timer);
        done(error);
      },
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.sockets.delete(socket));
  }
}
