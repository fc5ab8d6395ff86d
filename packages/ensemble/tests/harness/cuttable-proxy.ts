import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

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
    this.become('through');
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private become(manner: Manner): void {
    this.manner = manner;
    if (manner === 'through') return;
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
    far.on('data', (chunk: Buffer) => {
      this.fromServerBytes += chunk.length;
    });
    near.pipe(far).pipe(near);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.sockets.delete(socket));
  }
}
