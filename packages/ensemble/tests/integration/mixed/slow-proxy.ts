import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const SLICE_MS = 20;

/** A way to a port of this machine that passes no more than so many bytes a second on from there, and at times nothing. */
export class SlowProxy {
  private readonly server: Server;
  private readonly bytesPerSecond: number;
  private readonly sockets = new Set<Socket>();
  private holding: Promise<void> | null = null;
  private passed = 0;

  private constructor(server: Server, bytesPerSecond: number) {
    this.server = server;
    this.bytesPerSecond = bytesPerSecond;
  }

  static async open(target: number, bytesPerSecond: number): Promise<SlowProxy> {
    const server = createServer();
    const proxy = new SlowProxy(server, bytesPerSecond);
    server.on('connection', (near) => {
      const far = connect({ port: target, host: '127.0.0.1' });
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        proxy.sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => {
          proxy.sockets.delete(socket);
          other.destroy();
        });
      }
      near.pipe(far);
      void proxy.pass(far, near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many bytes have come through. */
  get passedBytes(): number {
    return this.passed;
  }

  /** Takes nothing for so long. */
  hold(forMs: number): void {
    this.holding = delay(forMs).then(() => {
      this.holding = null;
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async pass(from: Socket, to: Socket): Promise<void> {
    let slice = 0;
    let sliceMs = performance.now();
    try {
      for await (const chunk of from) {
        if (this.holding !== null) await this.holding;
        this.passed += chunk.length;
        slice += chunk.length;
        if (!to.write(chunk)) await once(to, 'drain');
        const dueMs = (slice / this.bytesPerSecond) * 1000 - (performance.now() - sliceMs);
        if (dueMs < SLICE_MS) continue;
        await delay(dueMs);
        slice = 0;
        sliceMs = performance.now();
      }
    } catch {
      // Either end has closed, and both are.
    }
    to.destroy();
  }
}
