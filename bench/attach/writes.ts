import { setTimeout as delay } from 'node:timers/promises';
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { FeedEvent, ServerToViewer, ViewerToServer } from '@vivarium/shared/contract/socket';
import { io, type Socket } from 'socket.io-client';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Row } from '../pages/part.ts';
import { short, summary } from '../pages/statistics.ts';
import type { AttachBench } from './part.ts';
import { mirrored, withAttached } from './rig.ts';

const WRITES_PER_SECOND = 1_500;
/** Writes go in bursts of these, as many as a step of the clock is due. */
const STEP_MS = 5;
const ROOT = '/writes';
const ZNODES = 500;
const DATA_BYTES = 100;
const LATE_MS = 10_000;

/** 1,500 writes a second, and how long after its commit each of them is with a viewer. */
export function writes(bench: AttachBench): Promise<readonly Row[]> {
  return withAttached(bench, async (vivarium) => {
    const cluster = await mirrored(vivarium);
    const viewer = await Viewer.join(vivarium, cluster);
    const client = new ZooKeeperClient({ connectString: bench.foreign.directConnectString });
    client.start();
    try {
      await client.create(ROOT, new Uint8Array(0));
      const paths = Array.from({ length: ZNODES }, (_, at) => `${ROOT}/${at}`);
      await Promise.all(paths.map((path) => client.create(path, new Uint8Array(0))));
      const { answeredMs, perSecond } = await writeSteadily(client, paths, bench.seconds);
      const last = [...answeredMs.keys()].reduce((high, zxid) => (zxid > high ? zxid : high), 0n);
      await viewer.reached(last);
      const lags = [...answeredMs].map(([zxid, ms]) => (viewer.heardMs.get(zxid) ?? Number.NaN) - ms);
      const missed = lags.filter(Number.isNaN).length;
      for (const path of [...paths, ROOT]) await client.delete(path);
      return [
        {
          figure: `${short(perSecond)} writes/s: from the answer to the writer to the event at a viewer`,
          value: summary(lags.filter((lag) => !Number.isNaN(lag))),
          limit: 'p95 200 ms',
        },
        { figure: '… writes that the viewer was not told of', value: String(missed), limit: '0' },
      ];
    } finally {
      viewer.leave();
      await client.close();
    }
  });
}

/** When each write was answered, by zxid. */
async function writeSteadily(
  client: ZooKeeperClient,
  paths: readonly string[],
  seconds: number,
): Promise<{ answeredMs: ReadonlyMap<bigint, number>; perSecond: number }> {
  const answeredMs = new Map<bigint, number>();
  const under: Promise<void>[] = [];
  const data = new Uint8Array(DATA_BYTES);
  const begunMs = performance.now();
  for (let sent = 0, nowMs = begunMs; nowMs < begunMs + seconds * 1_000; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - begunMs) * WRITES_PER_SECOND) / 1_000);
    for (; sent < due; sent++) {
      const path = paths[sent % paths.length] ?? ROOT;
      under.push(
        client.setData(path, data).then(({ mzxid }) => {
          answeredMs.set(mzxid, performance.now());
        }),
      );
    }
    await delay(STEP_MS);
  }
  await Promise.all(under);
  return { answeredMs, perSecond: (answeredMs.size * 1_000) / (performance.now() - begunMs) };
}

/** Somebody who looks at everything, and pays for what he gets at once. */
class Viewer {
  /** When the event of a transaction first came, by zxid. */
  readonly heardMs = new Map<bigint, number>();
  private readonly socket: Socket<ServerToViewer, ViewerToServer>;
  private newest = 0n;
  private waiting: (() => void) | null = null;

  private constructor(socket: Socket<ServerToViewer, ViewerToServer>) {
    this.socket = socket;
    socket.on('snapshot', ({ cluster, state }) => void socket.emit('credit', { cluster, upTo: state.n }));
    socket.on('batch', ({ cluster, upTo, events }) => {
      const nowMs = performance.now();
      for (const event of events) this.hear(event, nowMs);
      socket.emit('credit', { cluster, upTo });
      this.waiting?.();
    });
  }

  static join(vivarium: Vivarium, cluster: string): Promise<Viewer> {
    const socket: Socket<ServerToViewer, ViewerToServer> = io(vivarium.origin, {
      transports: ['websocket'],
      forceNew: true,
      auth: { token: vivarium.token, viewer: 'one-who-looks' },
    });
    const viewer = new Viewer(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect_error', reject);
      socket.once('connect', () => {
        socket.emit('join', { cluster, topics: ['cluster', 'znodes', 'sessions'] }, (answer) => {
          if (answer.ok) resolve(viewer);
          else reject(new Error(answer.error.message));
        });
      });
    });
  }

  /** Settles when the event of this transaction, or of a later one, has come. */
  reached(zxid: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no event of 0x${zxid.toString(16)}`)), LATE_MS);
      this.waiting = () => {
        if (this.newest < zxid) return;
        clearTimeout(timer);
        resolve();
      };
      this.waiting();
    });
  }

  leave(): void {
    this.socket.disconnect();
  }

  private hear({ body }: FeedEvent, nowMs: number): void {
    if (body.kind !== 'applied') return;
    const zxid = BigInt(body.zxid);
    if (!this.heardMs.has(zxid)) this.heardMs.set(zxid, nowMs);
    if (zxid > this.newest) this.newest = zxid;
  }
}
