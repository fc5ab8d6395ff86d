import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import type { ServerToViewer, ViewerToServer } from '@vivarium/shared/contract/socket';
import { io, type Socket } from 'socket.io-client';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Bench, Row } from './part.ts';
import { withVivarium } from './rig.ts';
import { short, summary } from './statistics.ts';
import { withClient, writeAtRate } from './writes.ts';

const VIEWERS = 50;
const WRITES_PER_SECOND = 100;
const SECONDS = 20;

/** A batch as one viewer got it. */
interface Arrival {
  readonly upTo: number;
  /** The time of its last event, and the time now, on the machine's clock. */
  readonly lastEventMs: number;
  readonly arrivedMs: number;
}

/** Fifty viewers of one server, and how far behind the last of them is. They share one process, and its time counts. */
export function viewers(bench: Bench): Promise<readonly Row[]> {
  return withVivarium(bench, {}, async (vivarium) => {
    const crowd = await Promise.all(Array.from({ length: VIEWERS }, (_, number) => Spectator.join(vivarium, number)));
    try {
      await withClient(vivarium.connectString, (client) =>
        writeAtRate(client, '/viewers', WRITES_PER_SECOND, (written) => written === WRITES_PER_SECOND * SECONDS),
      );
      const last = Math.max(...crowd.map(({ last }) => last));
      await Promise.all(crowd.map((spectator) => spectator.reached(last)));
      const [reference] = crowd;
      const moments = reference?.arrivals ?? [];
      const lastAges = moments.map(({ upTo, lastEventMs }) =>
        Math.max(...crowd.map((spectator) => spectator.arrivalOf(upTo) - lastEventMs)),
      );
      const ages = crowd.flatMap(({ arrivals }) =>
        arrivals.map(({ arrivedMs, lastEventMs }) => arrivedMs - lastEventMs),
      );
      const complete = crowd.filter(({ missed, summarised }) => missed === 0 && summarised === 0).length;
      const events = crowd.reduce((sum, { received }) => sum + received, 0) / SECONDS;
      return [
        {
          figure: `${VIEWERS} viewers, ${WRITES_PER_SECOND} writes/s, ${short(events)} events/s to all: age of a batch`,
          value: summary(ages),
        },
        { figure: '… with the last one of the 50', value: summary(lastAges) },
        { figure: '… who got every number', value: `${complete} of ${VIEWERS}`, limit: 'all' },
      ];
    } finally {
      for (const spectator of crowd) spectator.leave();
    }
  });
}

/** One viewer, who pays for what he gets at once. */
class Spectator {
  readonly arrivals: Arrival[] = [];
  last = 0;
  received = 0;
  /** Numbers that did not come, and those that a snapshot stood for. */
  missed = 0;
  summarised = 0;
  private readonly socket: Socket<ServerToViewer, ViewerToServer>;
  private waiting: (() => void) | null = null;

  private constructor(socket: Socket<ServerToViewer, ViewerToServer>) {
    this.socket = socket;
    socket.on('snapshot', ({ cluster, state, summarised }) => {
      this.summarised += summarised;
      this.took(cluster, state.n);
    });
    socket.on('batch', ({ cluster, after, upTo, events }) => {
      const arrivedMs = machineMs();
      const event = events.at(-1);
      if (event !== undefined) this.arrivals.push({ upTo, lastEventMs: event.atMs, arrivedMs });
      for (const [at, { n }] of events.entries()) if (n !== after + 1 + at) this.missed++;
      this.missed += after - this.last + (upTo - after - events.length);
      this.received += events.length;
      this.took(cluster, upTo);
    });
  }

  /** Resolves when the picture has come. */
  static join(vivarium: Vivarium, number: number): Promise<Spectator> {
    const socket: Socket<ServerToViewer, ViewerToServer> = io(vivarium.origin, {
      transports: ['websocket'],
      forceNew: true,
      auth: { token: vivarium.token, viewer: `spectator-${number}` },
    });
    const spectator = new Spectator(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect_error', reject);
      socket.once('snapshot', () => resolve(spectator));
      socket.once('connect', () => {
        socket.emit('join', { cluster: 'local', topics: ['cluster', 'znodes', 'sessions'] }, (answer) => {
          if (!answer.ok) reject(new Error(answer.error.message));
        });
      });
    });
  }

  /** Resolves when the number has come. */
  reached(n: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = () => {
        if (this.last >= n) resolve();
      };
      this.waiting();
    });
  }

  /** When the event with the number came; infinite where it did not. */
  arrivalOf(n: number): number {
    return this.arrivals.find(({ upTo }) => upTo >= n)?.arrivedMs ?? Number.POSITIVE_INFINITY;
  }

  leave(): void {
    this.socket.disconnect();
  }

  private took(cluster: string, upTo: number): void {
    this.last = upTo;
    this.socket.emit('credit', { cluster, upTo });
    this.waiting?.();
  }
}
