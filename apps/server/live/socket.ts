/** The socket that viewers follow clusters by. What they may say, and what they are told, is `contract/socket.ts`. */
import { randomUUID } from 'node:crypto';
import type { Server as HttpServer, IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ApiError, apiError } from '@vivarium/shared/contract/errors';
import type {
  JoinReply,
  JoinRequest,
  OpenRequest,
  Reply,
  ServerToViewer,
  ViewerSession,
  ViewerToServer,
} from '@vivarium/shared/contract/socket';
import { Server, type Socket } from 'socket.io';
import { ApiFailure, apiFailure } from '../api-failure.ts';
import type { Viewer } from '../auth/authenticator.ts';
import type { Action } from '../auth/authorise.ts';
import type { Clusters } from '../sources/clusters.ts';
import { DEFAULT_DISTRIBUTION, type DistributionOptions, Distributor, type Outlet } from './distributor.ts';
import { type Check, creditRequest, handshakeAuth, joinRequest, leaveRequest, openRequest } from './messages.ts';

export interface SocketOptions {
  readonly clusters: Clusters;
  /** Who sent the headers; null for nobody we know. A token of the handshake comes as a Bearer token. */
  authenticate(headers: IncomingHttpHeaders): Viewer | null;
  hostAllowed(headers: IncomingHttpHeaders): boolean;
  originAllowed(headers: IncomingHttpHeaders): boolean;
  /** Throws `ApiFailure` where the viewer may not. */
  authorise(viewer: Viewer, cluster: string, path: string | null, action: Action): void;
  /** Told when a tab connects, and when no connection of it is left; `tab` is the name that it keeps for itself. */
  readonly viewers: { arrived(tab: string): void; left(tab: string): void };
  /** Told which paths a connection has open on its screen; none: it has left the cluster. */
  readonly opened?: (cluster: string, connection: string, paths: readonly string[]) => void;
  /** Empty, or with a slash in front and none behind. */
  readonly basePath: string;
  readonly log: { error(details: object, message: string): void };
  /** Default 200. */
  readonly maxViewers?: number;
  readonly distribution?: DistributionOptions;
}

/** What the rest of the server says to viewers. */
export interface LiveSocket {
  /** Tells a tab about the ZooKeeper session that is its own. */
  sendViewerSession(tab: string, session: ViewerSession): void;
  /** Tells a connection what it has open and should read again. */
  sendRefresh(connection: string, message: OpenRequest): void;
  /** How many connections there are. */
  readonly connections: number;
  /** Ends all connections; the HTTP server stays open. */
  close(): Promise<void>;
}

const DEFAULT_MAX_VIEWERS = 200;
/** Beyond every request of the contract, so that a longer message costs its sender the connection and nothing else. */
const MAX_MESSAGE_BYTES = 64 << 10;
const MAX_CLUSTERS_OF_A_VIEWER = 8;
/** Requests in a row of a connection that takes no answers. */
const MAX_UNTAKEN = 512;
/** As much of a message's name as is said back. */
const MAX_NAME_LENGTH = 32;
/** Whoever has not said by then who he is has to connect anew. */
const HANDSHAKE_LIMIT_MS = 5_000;

interface SocketData {
  viewer: Viewer;
  /** The name that the viewer's tab keeps for itself, over all its connections. */
  tab: string;
  /** Requests since the connection last took what it was sent. */
  untaken: number;
}
type NoEvents = Record<never, never>;
type ViewerSocket = Socket<ViewerToServer, ServerToViewer, NoEvents, SocketData>;
type ViewerServer = Server<ViewerToServer, ServerToViewer, NoEvents, SocketData>;

/** Opens the socket beside what the HTTP server serves already. */
export function attachSocket(httpServer: HttpServer, options: SocketOptions): LiveSocket {
  return new AttachedSocket(httpServer, options);
}

class AttachedSocket implements LiveSocket {
  private readonly options: SocketOptions;
  private readonly io: ViewerServer;
  private readonly distributor: Distributor;
  private readonly undo: readonly (() => void)[];
  /** Connections that are no longer the HTTP server's own. */
  private readonly upgraded = new Set<Duplex>();

  constructor(httpServer: HttpServer, options: SocketOptions) {
    this.options = options;
    this.io = new Server(httpServer, {
      path: `${options.basePath}/socket.io`,
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      connectTimeout: HANDSHAKE_LIMIT_MS,
    });
    this.distributor = new Distributor(this.outlet(), options.distribution ?? DEFAULT_DISTRIBUTION);
    this.io.use((socket, next) => {
      const refusal = this.welcome(socket);
      if (refusal === null) next();
      else next(Object.assign(new Error(refusal.message), { data: { error: refusal } }));
    });
    this.io.on('connection', (socket) => this.follow(socket));
    this.undo = [
      options.clusters.onRemoved((id) => this.distributor.end(id, apiFailure('unknownCluster', { cluster: id }))),
      options.clusters.onChanged(() => this.io.emit('clusters')),
    ];
    httpServer.on('upgrade', (_, connection) => {
      this.upgraded.add(connection);
      connection.once('close', () => this.upgraded.delete(connection));
    });
  }

  get connections(): number {
    return this.io.of('/').sockets.size;
  }

  sendViewerSession(tab: string, session: ViewerSession): void {
    this.io.to(roomOf(tab)).emit('viewerSession', session);
  }

  sendRefresh(connection: string, message: OpenRequest): void {
    this.io.to(connection).emit('refresh', message);
  }

  async close(): Promise<void> {
    for (const end of this.undo) end();
    this.distributor.close();
    this.io.disconnectSockets(true);
    this.io.engine.close();
    // A viewer that does not answer would keep its connection for half a minute.
    for (const connection of this.upgraded) connection.destroy();
  }

  /** Lets a connection in, or says why not. */
  private welcome(socket: ViewerSocket): ApiError | null {
    const { headers } = socket.request;
    const { maxViewers = DEFAULT_MAX_VIEWERS } = this.options;
    if (!this.options.hostAllowed(headers)) return apiError('foreignHost', { host: headers.host ?? '' });
    if (!this.options.originAllowed(headers)) return apiError('foreignOrigin', { origin: headers.origin ?? '' });
    const auth: unknown = socket.handshake.auth;
    if (!handshakeAuth.Check(auth)) return badMessage('handshake', whatIsWrong(handshakeAuth, auth));
    const bearer = auth.token === undefined ? {} : { authorization: `Bearer ${auth.token}` };
    const viewer = this.options.authenticate({ ...headers, ...bearer });
    if (viewer === null) return apiError('unauthorised');
    if (this.connections >= maxViewers) return apiError('tooManyViewers', { limit: maxViewers });
    socket.data.viewer = viewer;
    socket.data.tab = auth.viewer;
    socket.data.untaken = 0;
    return null;
  }

  private follow(socket: ViewerSocket): void {
    const { tab } = socket.data;
    void socket.join(roomOf(tab));
    this.options.viewers.arrived(tab);
    socket.on('disconnect', () => {
      for (const cluster of this.distributor.leaveAll(socket.id)) this.options.opened?.(cluster, socket.id, []);
      if (!this.io.of('/').adapter.rooms.has(roomOf(tab))) this.options.viewers.left(tab);
    });
    // Not by the names of the contract: what comes in has been checked by nobody yet.
    socket.onAny((name: string, ...parts: unknown[]) => this.receive(socket, name, parts));
  }

  private receive(socket: ViewerSocket, name: string, [request, reply, ...rest]: readonly unknown[]): void {
    if (!this.mayAnswer(socket)) return;
    const answer = (result: Reply<unknown>): void => {
      if (typeof reply === 'function') reply(result);
      else if (!result.ok) socket.emit('fault', result.error);
    };
    const isWhole = rest.length === 0 && (reply === undefined || typeof reply === 'function');
    void this.handle(socket, name, isWhole ? request : undefined).then(
      (value) => answer({ ok: true, value }),
      (error) => answer({ ok: false, error: this.errorOf(error) }),
    );
  }

  /** Does what a viewer asks for. Rejects with `ApiFailure` where it cannot be done, and then has changed nothing. */
  private async handle(socket: ViewerSocket, name: string, request: unknown): Promise<unknown> {
    switch (name) {
      case 'join':
        return this.join(socket, checked(name, joinRequest, request));
      case 'leave': {
        const { cluster } = checked(name, leaveRequest, request);
        this.distributor.leave(socket.id, cluster);
        this.options.opened?.(cluster, socket.id, []);
        return null;
      }
      case 'open':
        this.open(socket, checked(name, openRequest, request));
        return null;
      case 'credit': {
        const { cluster, upTo } = checked(name, creditRequest, request);
        this.distributor.credit(socket.id, cluster, upTo);
        return null;
      }
      default:
        throw new ApiFailure(badMessage(name.slice(0, MAX_NAME_LENGTH), 'there is no such message'));
    }
  }

  private async join(socket: ViewerSocket, request: JoinRequest): Promise<JoinReply> {
    const { authorise, clusters } = this.options;
    const { viewer } = socket.data;
    authorise(viewer, request.cluster, null, 'see');
    // Events of every topic name znodes.
    authorise(viewer, request.cluster, '/', 'read');
    const source = await clusters.get(request.cluster);
    const { actor } = viewer;
    if (socket.disconnected) return { resumed: false, actor };
    if (this.distributor.followed(socket.id, request.cluster) >= MAX_CLUSTERS_OF_A_VIEWER) {
      throw new ApiFailure(badMessage('join', `leave another cluster first, ${MAX_CLUSTERS_OF_A_VIEWER} are the most`));
    }
    return { resumed: this.distributor.join(socket.id, source, request), actor };
  }

  private open({ id, data }: ViewerSocket, { cluster, paths }: OpenRequest): void {
    for (const path of paths) this.options.authorise(data.viewer, cluster, path, 'read');
    // Whoever has left is forgotten, and tells us nothing more.
    if (this.distributor.follows(id, cluster)) this.options.opened?.(cluster, id, paths);
  }

  /** A connection that asks and asks and takes no answer is given up. */
  private mayAnswer(socket: ViewerSocket): boolean {
    socket.data.untaken = socket.conn.transport.writable ? 0 : socket.data.untaken + 1;
    if (socket.data.untaken <= MAX_UNTAKEN) return true;
    socket.disconnect(true);
    return false;
  }

  private outlet(): Outlet {
    // To no room would mean to everybody.
    const to = (connections: readonly string[]) => (connections.length === 0 ? null : this.io.to([...connections]));
    return {
      snapshot: (connections, message) => to(connections)?.emit('snapshot', message),
      batch: (connections, message) => to(connections)?.emit('batch', message),
      info: (connections, message) => to(connections)?.emit('info', message),
      isBlocked: (connection) => this.io.of('/').sockets.get(connection)?.conn.transport.writable !== true,
      failed: (connections, error) => to(connections)?.emit('fault', this.errorOf(error)),
    };
  }

  /** What a viewer is told of an error; what is no business of viewers goes to the log. */
  private errorOf(error: unknown): ApiError {
    if (error instanceof ApiFailure) return error.error;
    const id = randomUUID();
    this.options.log.error({ err: error, id }, 'a request over the socket failed');
    return apiError('internal', { id });
  }
}

/** The request, where it is as agreed. Throws `badMessage`. */
function checked<Request>(name: string, validator: Check<Request>, request: unknown): Request {
  if (validator.Check(request)) return request;
  throw new ApiFailure(badMessage(name, whatIsWrong(validator, request)));
}

function whatIsWrong(validator: Check<unknown>, value: unknown): string {
  const [fault] = validator.Errors(value);
  return fault === undefined ? 'it is not as agreed' : `${fault.instancePath || 'it'} ${fault.message}`;
}

function badMessage(message: string, what: string): ApiError {
  return apiError('badMessage', { message, what });
}

function roomOf(tab: string): string {
  return `tab:${tab}`;
}
