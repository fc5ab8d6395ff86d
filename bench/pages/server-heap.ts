/** The heap of a Node process that another one looks at: what lives in it, without what V8 has not collected yet. */
import { setTimeout as delay } from 'node:timers/promises';

/** Where a process opens its inspector on SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json';
const TRIES = 50;

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: number } };
}

export class ServerHeap {
  private readonly socket: WebSocket;
  private calls = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  /** Opens the inspector of the process; one process of a machine at a time. */
  static async open(pid: number): Promise<ServerHeap> {
    process.kill(pid, 'SIGUSR1');
    const socket = new WebSocket(await inspectorAddress());
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    return new ServerHeap(socket);
  }

  /** Collects all garbage and returns what is used then. */
  async mebibytes(): Promise<number> {
    await this.call('HeapProfiler.collectGarbage', {});
    const { result } = await this.call('Runtime.evaluate', { expression: 'process.memoryUsage().heapUsed' });
    return (result?.result?.value ?? Number.NaN) / 2 ** 20;
  }

  close(): void {
    this.socket.close();
  }

  private call(method: string, params: object): Promise<Answer> {
    const id = ++this.calls;
    return new Promise((resolve) => {
      const listen = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as Answer;
        if (answer.id !== id) return;
        this.socket.removeEventListener('message', listen);
        resolve(answer);
      };
      this.socket.addEventListener('message', listen);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

/** The process opens the port a little after the signal. */
async function inspectorAddress(): Promise<string> {
  for (let tries = 0; tries < TRIES; tries++) {
    const response = await fetch(INSPECTOR).catch(() => null);
    const [target] = response === null ? [] : ((await response.json()) as { webSocketDebuggerUrl: string }[]);
    if (target !== undefined) return target.webSocketDebuggerUrl;
    await delay(100);
  }
  throw new Error(`no inspector answers at ${INSPECTOR}`);
}
