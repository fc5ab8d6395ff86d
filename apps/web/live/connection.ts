/** The socket to the server: joins a cluster, goes on where it left off after a break, and pays for what it is sent. */
import type { ApiError } from '@vivarium/shared/contract/errors';
import type {
  BatchMessage,
  ServerToViewer,
  SnapshotMessage,
  Topic,
  ViewerSession,
  ViewerToServer,
} from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { io, type Socket } from 'socket.io-client';
import { addressOf, viewerName } from './api.ts';
import { setOwnActor } from './own-actor.ts';
import type { Connection } from './player.ts';

export interface FeedEvents {
  connection(connection: Connection): void;
  snapshot(message: SnapshotMessage): void;
  /** What follows what came before it. */
  batch(message: BatchMessage): void;
  info(info: ClusterInfo): void;
  viewerSession(session: ViewerSession): void;
  /** A cluster has come or gone. */
  clusters(): void;
  /** What was read of these open paths may be old. */
  refresh(paths: readonly string[]): void;
  /** The cluster cannot be shown. */
  refused(error: ApiError): void;
}

const TOPICS: readonly Topic[] = ['cluster', 'znodes', 'sessions'];

export class FeedConnection {
  private readonly socket: Socket<ServerToViewer, ViewerToServer>;
  private readonly events: FeedEvents;
  private cluster: string | null = null;
  private openPaths: readonly string[] = [];
  private place: { instance: string; after: number } | null = null;

  constructor(events: FeedEvents) {
    this.events = events;
    const base = addressOf('');
    this.socket = io(base.origin, {
      path: `${base.pathname}socket.io`,
      transports: ['websocket', 'polling'],
      auth: { viewer: viewerName },
      reconnectionDelay: 200,
      reconnectionDelayMax: 3_000,
      autoConnect: false,
    });
    this.listen();
  }

  /** Shows a cluster in place of the present one. */
  show(cluster: string): void {
    const before = this.cluster;
    this.cluster = cluster;
    this.place = null;
    if (!this.socket.connected) {
      this.socket.connect();
      return;
    }
    if (before !== null && before !== cluster) this.socket.emit('leave', { cluster: before }, () => {});
    this.join();
  }

  /** What is open on the screen now, the most important first: the server tells what happens to it. */
  open(paths: readonly string[]): void {
    this.openPaths = paths;
    if (this.socket.connected) this.sendOpen();
  }

  private sendOpen(): void {
    if (this.cluster !== null) this.socket.emit('open', { cluster: this.cluster, paths: this.openPaths });
  }

  private listen(): void {
    const { socket, events } = this;
    socket.on('connect', () => {
      events.connection('connected');
      this.join();
    });
    socket.on('disconnect', (reason) => {
      events.connection('reconnecting');
      // The server has closed it: the client by itself would not dial again.
      if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 1_000);
    });
    socket.on('connect_error', (error) => {
      const { error: told } = ((error as Error & { data?: unknown }).data ?? {}) as { error?: ApiError };
      const isRefused = told?.code === 'unauthorised';
      events.connection(isRefused ? 'refused' : 'reconnecting');
      if (isRefused) socket.disconnect();
    });
    socket.on('snapshot', (message) => {
      if (message.cluster !== this.cluster) return;
      this.place = { instance: message.instance, after: message.state.n };
      events.snapshot(message);
      this.pay(message.cluster, message.state.n);
    });
    socket.on('batch', (message) => {
      if (message.cluster !== this.cluster || this.place === null) return;
      if (message.after > this.place.after) {
        this.join();
        return;
      }
      if (message.upTo > this.place.after) events.batch(message);
      this.place.after = Math.max(this.place.after, message.upTo);
      this.pay(message.cluster, message.upTo);
    });
    socket.on('info', (info) => {
      if (info.id === this.cluster) events.info(info);
    });
    socket.on('refresh', ({ cluster, paths }) => {
      if (cluster === this.cluster) events.refresh(paths);
    });
    // The shown cluster is there no more.
    socket.on('fault', (error) => {
      if (error.code === 'unknownCluster' && error.params.cluster === this.cluster) events.refused(error);
    });
    socket.on('clusters', () => events.clusters());
    socket.on('viewerSession', (session) => events.viewerSession(session));
  }

  private pay(cluster: string, upTo: number): void {
    this.socket.emit('credit', { cluster, upTo });
  }

  private join(): void {
    const { cluster, place } = this;
    if (cluster === null) return;
    const resume = place === null ? {} : { resume: { ...place } };
    this.socket.emit('join', { cluster, topics: TOPICS, ...resume }, (answer) => {
      if (answer.ok) {
        setOwnActor(answer.value.actor);
        if (this.cluster === cluster && this.openPaths.length > 0) this.sendOpen();
      } else if (this.cluster === cluster) this.events.refused(answer.error);
    });
  }
}
