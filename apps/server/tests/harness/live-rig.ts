import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server as HttpServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkPorts } from '@vivarium/ensemble/hosting/free-ports';
import { HostingError } from '@vivarium/ensemble/hosting/hosting-error';
import { planMembers } from '@vivarium/ensemble/hosting/server-files';
import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { apply } from '@vivarium/shared/cluster-reducer';
import { emptyState } from '@vivarium/shared/cluster-state';
import type { ApiError } from '@vivarium/shared/contract/errors';
import type {
  BatchMessage,
  FeedEvent,
  JoinRequest,
  Reply,
  ServerToViewer,
  SnapshotMessage,
  ViewerSession,
  ViewerToServer,
} from '@vivarium/shared/contract/socket';
import { type SocketOptions as ClientOptions, io, type ManagerOptions, type Socket } from 'socket.io-client';
import { attachSocket, type LiveSocket, type SocketOptions } from '../../live/socket.ts';
import { Recordings } from '../../recording/recordings.ts';
import { Clusters } from '../../sources/clusters.ts';
import { type HostedOptions, HostedSource } from '../../sources/hosted.ts';

export const TOKEN = 'the-token-of-the-tests';

/** An HTTP server with the socket, and the viewers that are connected to it. */
export class LiveRig {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'vivarium-live-'));
  readonly recordings = path.join(this.directory, 'recordings');
  readonly clusters = new Clusters(new Recordings(this.recordings));
  readonly left: string[] = [];
  readonly logged: string[] = [];
  private readonly http: HttpServer = createServer((_, response) => response.writeHead(404).end());
  private readonly viewers: TestViewer[] = [];
  private live: LiveSocket | null = null;

  /** Listens on a port of the system's. */
  async open(options: Partial<SocketOptions> = {}): Promise<void> {
    const log = (details: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(details)}`);
    };
    this.live = attachSocket(this.http, {
      clusters: this.clusters,
      authenticate: (headers: IncomingHttpHeaders) =>
        headers.authorization === `Bearer ${TOKEN}` ? { actor: 'token' } : null,
      hostAllowed: () => true,
      originAllowed: ({ origin }) => origin === undefined || origin === this.address,
      authorise: () => {},
      viewers: { arrived: () => {}, left: (tab) => this.left.push(tab) },
      basePath: '/base',
      log: { error: log },
      ...options,
    });
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
  }

  get address(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  get socket(): LiveSocket {
    if (this.live === null) throw new Error('the rig is not open');
    return this.live;
  }

  /** A hosted ensemble of three, started, as cluster `local`. */
  async host(options: Partial<HostedOptions> = {}): Promise<HostedSource> {
    const source = new HostedSource({
      id: 'local',
      name: 'Local',
      ensemble: {
        directory: path.join(this.directory, 'servers'),
        participants: 3,
        basePort: await freeBasePort(),
        host: '127.0.0.1',
        settings: { tickTime: 500 },
      },
      recording: null,
      transactionsFile: path.join(this.directory, 'transactions', 'local.sqlite'),
      transactionsNotice: ({ kind }) => this.logged.push(kind),
      log: () => {},
      recordingFailed: (error) => this.logged.push(error.message),
      ...options,
    });
    this.clusters.add(source);
    await source.start(0n);
    return source;
  }

  /** A viewer that is connecting. */
  viewer(options: Partial<ManagerOptions & ClientOptions> = {}): TestViewer {
    const viewer = new TestViewer(this.address, options);
    this.viewers.push(viewer);
    return viewer;
  }

  /** Settles when the answer is yes; asked anew until then. */
  async until(ask: () => boolean, limitMs = 10_000): Promise<void> {
    await pollUntil(async () => (ask() ? true : undefined), {
      deadlineMs: limitMs,
      intervalMs: 5,
      describe: () => `${ask}`,
    });
  }

  async clean(): Promise<void> {
    for (const viewer of this.viewers) viewer.socket.disconnect();
    await this.live?.close();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
    await this.clusters.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A base port from which on all ports of three servers are free. */
async function freeBasePort(): Promise<number> {
  for (;;) {
    const basePort = 10_000 + Math.floor(Math.random() * 15_000);
    try {
      await checkPorts(planMembers(3, 0, '127.0.0.1', basePort));
      return basePort;
    } catch (error) {
      if (!(error instanceof HostingError)) throw error;
    }
  }
}

/** A viewer as the browser is one, that keeps all it is sent. It gives credits back at once unless it is `slow`. */
export class TestViewer {
  readonly socket: Socket<ServerToViewer, ViewerToServer>;
  readonly snapshots: SnapshotMessage[] = [];
  readonly batches: BatchMessage[] = [];
  readonly faults: ApiError[] = [];
  readonly sessions: ViewerSession[] = [];
  /** From each batch's last event to its arrival, in ms. */
  readonly lags: number[] = [];
  /** The picture that all this makes. */
  state = emptyState();
  slow = false;
  private readonly waiting = new Set<() => void>();

  constructor(address: string, options: Partial<ManagerOptions & ClientOptions>) {
    this.socket = io(address, {
      path: '/base/socket.io',
      transports: ['websocket'],
      auth: { token: TOKEN, viewer: randomUUID() },
      forceNew: true,
      reconnectionDelay: 50,
      ...options,
    });
    this.socket.on('snapshot', (message) => {
      this.snapshots.push(message);
      this.state = structuredClone(message.state);
      this.taken(message.cluster, message.state.n);
    });
    this.socket.on('batch', (message) => {
      this.batches.push(message);
      for (const { n, ...event } of message.events) apply(this.state, n, event);
      this.lags.push(machineMs() - (message.events.at(-1)?.atMs ?? message.sentAtMs));
      this.taken(message.cluster, message.upTo);
    });
    this.socket.on('fault', (error) => this.faults.push(error));
    this.socket.on('viewerSession', (session) => this.sessions.push(session));
    // These are called before the listeners above.
    this.socket.onAny(() => queueMicrotask(() => this.look()));
  }

  /** Everything that came, in its order. */
  get events(): FeedEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  /** The last number that came. */
  get last(): number {
    return Math.max(this.snapshots.at(-1)?.state.n ?? 0, this.batches.at(-1)?.upTo ?? 0);
  }

  join(request: Partial<JoinRequest> = {}): Promise<Reply<{ readonly resumed: boolean }>> {
    return this.socket.emitWithAck('join', { cluster: 'local', topics: ['cluster', 'znodes', 'sessions'], ...request });
  }

  /** Says anything, and settles with the answer. */
  ask(name: string, ...parts: unknown[]): Promise<unknown> {
    return (this.socket as Socket).emitWithAck(name, ...parts);
  }

  /** Says anything. */
  send(name: string, ...parts: unknown[]): void {
    (this.socket as Socket).emit(name, ...parts);
  }

  /** Leaves what comes in the buffers of the system. */
  stopReading(): void {
    const { transport } = this.socket.io.engine as unknown as { transport: { ws: { pause(): void } } };
    transport.ws.pause();
  }

  async connected(): Promise<void> {
    if (this.socket.connected) return;
    await new Promise<void>((resolve) => this.socket.once('connect', resolve));
  }

  /** Settles with the first answer that is not undefined; asked anew at each message. */
  until<T>(ask: () => T | undefined, what: string, limitMs = 30_000): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = (): void => {
      const answer = ask();
      if (answer === undefined) return;
      this.waiting.delete(look);
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      this.waiting.delete(look);
      const seen = `${this.snapshots.length} snapshots, ${this.batches.length} batches up to ${this.last}`;
      reject(new Error(`not within ${limitMs} ms: ${what}; ${seen}`));
    }, limitMs);
    this.waiting.add(look);
    look();
    return promise;
  }

  /** Settles with the refusal of the connection. */
  async refusal(): Promise<unknown> {
    const [error] = await new Promise<[Error & { data?: unknown }]>((resolve) => {
      this.socket.once('connect_error', (cause) => resolve([cause]));
    });
    return error.data;
  }

  private taken(cluster: string, upTo: number): void {
    if (!this.slow) this.socket.emit('credit', { cluster, upTo });
  }

  private look(): void {
    for (const look of [...this.waiting]) look();
  }
}
