/** What a server process holds, measured from outside and through its inspector, so that what a fuzzer leaves behind shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import type { TestServer } from '../harness/test-server.ts';

/** The environment of a process whose footprint is to be taken. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Behind a collection of garbage. Memory in MiB. */
export interface Footprint {
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly sockets: number;
  readonly connections: number;
  readonly sessions: number;
  readonly watches: number;
  readonly ephemerals: number;
  readonly znodes: number;
}

/** Bytes of memory of the process that are in RAM, in MiB, as the system says. */
export function rssMib({ pid }: TestServer): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(line) / 1024);
}

/** Collects the server's garbage and measures it. */
export async function footprintOf(server: TestServer): Promise<Footprint> {
  const inner = await inspected(server);
  const text = await fourLetterWord(server.clientPort, 'mntr', 10_000);
  const metric = (name: string): number => Number(new RegExp(`^zk_${name}\t(.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    ...inner,
    rss: rssMib(server),
    descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
    connections: metric('num_alive_connections'),
    sessions: metric('global_sessions'),
    watches: metric('watch_count'),
    ephemerals: metric('ephemerals_count'),
    znodes: metric('znode_count'),
  };
}

/** `rss 120, heap 23, …` */
export function describeFootprint(footprint: Footprint): string {
  return Object.entries(footprint)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

type Inner = Pick<Footprint, 'heap' | 'external' | 'timers' | 'sockets'>;

const EXPRESSION = `(() => {
  const { heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const count = (name) => resources.filter((resource) => resource.startsWith(name)).length;
  return JSON.stringify({
    heap: Math.round(heapUsed / 2 ** 20), external: Math.round(external / 2 ** 20),
    timers: count('Timeout'), sockets: count('TCP'),
  });
})()`;

async function inspected(server: TestServer): Promise<Inner> {
  const url = /ws:\/\/\S+/.exec(server.stderr.text)?.[0];
  if (url === undefined) throw new Error(`the server on ${server.clientPort} has no inspector\n${server.report()}`);
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`no answer of the inspector at ${url}`)), { once: true });
  });
  try {
    // The second finds what only finalizers of the first have let go.
    await call(socket, 1, 'HeapProfiler.collectGarbage', {});
    await call(socket, 2, 'HeapProfiler.collectGarbage', {});
    const { result } = await call(socket, 3, 'Runtime.evaluate', { expression: EXPRESSION });
    return JSON.parse(result?.result?.value ?? 'null') as Inner;
  } finally {
    socket.close();
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: string } };
}

function call(socket: WebSocket, id: number, method: string, params: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const receive = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== id) return;
      socket.removeEventListener('message', receive);
      resolve(answer);
    };
    socket.addEventListener('message', receive);
    socket.addEventListener('close', () => reject(new Error(`the inspector has gone before it answered ${method}`)));
    socket.send(JSON.stringify({ id, method, params }));
  });
}
