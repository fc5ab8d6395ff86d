/**
 * One session: it finds a server, comes back after a loss with the same id and password, and sends what callers ask for
 * (Java `ClientCnxn`). On each new connection the authentications go first, then the watches, then all else.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import type { ConnectResponse } from '@vivarium/wire/connect';
import { JuteError } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { WatcherEvent } from '@vivarium/wire/replies';
import { encodeRequest, Xid } from '@vivarium/wire/requests';
import { formatAddress, type ServerAddress } from './connect-string.ts';
import { Connection, type Exchange } from './connection.ts';
import type { ConnectionFailure } from './connection-failure.ts';
import type { TlsContext } from './dial.ts';
import { ClientError, ZooKeeperError } from './errors.ts';
import { Operation } from './operation.ts';
import { ReadWriteSearch } from './read-write-search.ts';
import { Watches } from './watches.ts';

/**
 * `disconnected`: not started yet, or the connection is lost and being sought; `connecting`: started, and no session yet.
 * `connectedReadOnly`: the server has no quorum, so that it answers reads only; one that takes writes is being sought.
 * `expired`, `authFailed` and `closed` are final.
 */
export type ClientState =
  | 'connecting'
  | 'connected'
  | 'connectedReadOnly'
  | 'disconnected'
  | 'expired'
  | 'closed'
  | 'authFailed';

export interface SessionOptions {
  readonly servers: readonly ServerAddress[];
  /** Null for plain text. */
  readonly tls: TlsContext | null;
  /** Whether a server without a quorum will do, as long as there is no other. */
  readonly readOnly: boolean;
  readonly sessionTimeoutMs: number;
  readonly maxReplyBytes: number;
  readonly maxRequestBytes: number;
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
}

export interface SessionEvents {
  state(state: ClientState): void;
  /** A watch event that the server sent. */
  notified(event: WatcherEvent, zxid: bigint): void;
  /** A connection failed, or was lost. */
  failed(failure: ConnectionFailure): void;
}

const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;
/** A connection that lasted so long was a good one: after its loss the next server is tried at once. */
const STABLE_MS = 1_000;
const MIN_HANDSHAKE_TIMEOUT_MS = 250;
/** A longer timeout than this, or than was asked for, is not waited for. */
const MAX_BELIEVED_TIMEOUT_MS = 120_000;
/** How long `close` waits for the server at most. */
const MAX_CLOSE_MS = 5_000;
const PASSWORD_BYTES = 16;
const LENGTH_BYTES = 4;

export class Session {
  readonly watches = new Watches();
  private readonly options: SessionOptions;
  private readonly events: SessionEvents;
  /** In random order, so that many clients spread over the servers. */
  private readonly servers: readonly ServerAddress[];
  /** What has not been sent on the present connection, in its order. */
  private queue = new Set<Operation>();
  private queueBytes = 0;
  /** Sent again on each connection: a server knows who a client is only as long as its connection lasts. */
  private readonly auths: Operation[] = [];
  private currentState: ClientState = 'disconnected';
  private started = false;
  private id = 0n;
  private password: Uint8Array = new Uint8Array(PASSWORD_BYTES);
  private timeoutMs: number;
  private newestZxid = 0n;
  private connection: Connection | null = null;
  private openedMs = 0;
  private attempts = 0;
  private failures = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private closing: Promise<void> | null = null;
  /** A session that a server without a quorum has made is known to nobody else (Java `ClientCnxn.seenRwServerBefore`). */
  private isOfEnsemble = false;
  private search: ReadWriteSearch | null = null;

  constructor(options: SessionOptions, events: SessionEvents) {
    this.options = options;
    this.events = events;
    this.servers = shuffled(options.servers);
    this.timeoutMs = options.sessionTimeoutMs;
  }

  get state(): ClientState {
    return this.currentState;
  }

  get sessionId(): bigint {
    return this.id;
  }

  get negotiatedTimeoutMs(): number {
    return this.timeoutMs;
  }

  get server(): string | null {
    return this.isConnected ? formatAddress(this.serverAt(this.attempts - 1)) : null;
  }

  get lastZxid(): bigint {
    const { connection } = this;
    return connection !== null && connection.lastZxid > this.newestZxid ? connection.lastZxid : this.newestZxid;
  }

  start(): void {
    if (this.started || this.closing !== null) return;
    this.started = true;
    this.enter('connecting');
    this.connect();
  }

  /** Sends an operation, or keeps it until there is a connection. What speaks against it rejects its promise. */
  submit(operation: Operation): void {
    const refusal = this.refusalOf(operation);
    if (refusal !== null) {
      operation.reject(refusal);
      return;
    }
    if (operation.isSettled) return;
    if (operation.xid === Xid.auth) this.remember(operation);
    else this.enqueue(operation);
    if (this.isConnected) {
      if (operation.xid === Xid.auth) this.authenticate(operation);
      else this.flush();
    }
  }

  /** Ends the session: ephemerals go at once where a server can be told, after the session's timeout where it cannot. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private refusalOf(operation: Operation): Error | null {
    const { path } = operation.spec;
    if (this.closing !== null || !this.started) return new ClientError('closed', path);
    if (this.currentState === 'expired') return new ZooKeeperError(ErrorCode.SESSIONEXPIRED, path);
    if (this.currentState === 'authFailed') return new ZooKeeperError(ErrorCode.AUTHFAILED, path);
    const { maxRequestBytes, maxQueuedRequests, maxQueuedBytes } = this.options;
    const bytes = operation.frame.length;
    if (bytes - LENGTH_BYTES > maxRequestBytes) return new ClientError('requestTooLarge', path, maxRequestBytes);
    const count = this.queue.size + (this.connection?.pendingCount ?? 0);
    if (count >= maxQueuedRequests) return new ClientError('queueFull', path, maxQueuedRequests);
    const waitingBytes = this.queueBytes + (this.connection?.pendingBytes ?? 0);
    if (waitingBytes + bytes > maxQueuedBytes) return new ClientError('queueFull', path, maxQueuedBytes);
    return null;
  }

  private enqueue(operation: Operation): void {
    this.queue.add(operation);
    this.queueBytes += operation.frame.length;
    operation.onSettled = () => this.dequeue(operation);
  }

  /** An identity that is added again takes the place of the former, so that the list stays as short as it can be. */
  private remember(auth: Operation): void {
    const index = this.auths.findIndex(({ frame, isSettled }) => isSettled && Buffer.compare(frame, auth.frame) === 0);
    this.auths.splice(index < 0 ? this.auths.length : index, 1, auth);
  }

  private dequeue(operation: Operation): void {
    if (this.queue.delete(operation)) this.queueBytes -= operation.frame.length;
  }

  private flush(): void {
    for (const operation of this.queue) {
      this.dequeue(operation);
      this.send(operation);
    }
  }

  private send(operation: Operation): void {
    operation.markSent();
    this.connection?.send(operation);
  }

  private connect(): void {
    const { tls, readOnly, sessionTimeoutMs, maxReplyBytes } = this.options;
    const address = this.serverAt(this.attempts++);
    const maxTimeoutMs = Math.max(sessionTimeoutMs, MAX_BELIEVED_TIMEOUT_MS);
    const timeoutMs = Math.min(this.timeoutMs, maxTimeoutMs);
    const handshakeTimeoutMs = Math.max(timeoutMs / this.servers.length, MIN_HANDSHAKE_TIMEOUT_MS);
    const hello = {
      protocolVersion: 0,
      lastZxidSeen: this.newestZxid,
      timeoutMs: sessionTimeoutMs,
      sessionId: this.isOfEnsemble ? this.id : 0n,
      password: this.password,
      readOnly,
    };
    this.connection = new Connection(
      { address, tls, hello, handshakeTimeoutMs, maxReplyBytes, maxTimeoutMs },
      {
        opened: (response) => this.opened(response),
        expired: () => this.finish('expired', (path) => new ZooKeeperError(ErrorCode.SESSIONEXPIRED, path)),
        notified: (event, zxid) => this.events.notified(event, zxid),
        closed: (reason, unanswered) => {
          this.lost(unanswered);
          // Behind the state that it leads to: it is why.
          if (reason !== null) this.events.failed({ address: formatAddress(address), reason });
        },
      },
    );
  }

  private serverAt(attempt: number): ServerAddress {
    return this.servers[attempt % this.servers.length] as ServerAddress;
  }

  private opened(response: ConnectResponse): void {
    this.openedMs = performance.now();
    this.id = response.sessionId;
    this.password = response.password;
    this.timeoutMs = response.timeoutMs;
    for (const auth of this.auths) this.authenticate(auth);
    for (const request of this.watches.toRequests(this.newestZxid)) {
      this.connection?.send(setWatchesExchange(encodeRequest(Xid.setWatches, request)));
    }
    const isReadOnly = response.readOnly === true;
    if (isReadOnly) this.seekReadWrite();
    else this.isOfEnsemble = true;
    this.enter(isReadOnly ? 'connectedReadOnly' : 'connected');
    this.flush();
  }

  private get isConnected(): boolean {
    return this.currentState === 'connected' || this.currentState === 'connectedReadOnly';
  }

  /** Reads are answered meanwhile; the session moves when another server says that it takes writes. */
  private seekReadWrite(): void {
    const others = this.servers.filter((server) => server !== this.serverAt(this.attempts - 1));
    this.search = new ReadWriteSearch(others, this.options.tls, (found) => {
      const ahead = this.servers.indexOf(found) - (this.attempts % this.servers.length);
      this.attempts += ahead < 0 ? ahead + this.servers.length : ahead;
      this.failures = -1;
      this.connection?.close();
    });
  }

  /** The server closes a connection whose authentication it refuses, and would refuse it again (Java `AUTH_FAILED`). */
  private authenticate(auth: Operation): void {
    this.connection?.send({
      frame: auth.frame,
      xid: Xid.auth,
      answered: (header, body) => {
        auth.answered(header, body);
        if (header.err !== ErrorCode.OK) {
          this.finish('authFailed', (path) => new ZooKeeperError(ErrorCode.AUTHFAILED, path));
        }
      },
      unreadable: (fault, limit, cause) => auth.unreadable(fault, limit, cause),
    });
  }

  private lost(unanswered: readonly Exchange[]): void {
    this.newestZxid = this.lastZxid;
    this.connection = null;
    this.search?.close();
    this.search = null;
    const wasOpen = this.isConnected;
    const isStable = wasOpen && performance.now() - this.openedMs >= STABLE_MS;
    this.failures = isStable ? 0 : this.failures + 1;
    const later = [...this.queue];
    this.queue.clear();
    this.queueBytes = 0;
    for (const exchange of unanswered) {
      if (!(exchange instanceof Operation) || exchange.isSettled) continue;
      if (exchange.spec.repeatable) this.enqueue(exchange);
      else exchange.lost();
    }
    for (const operation of later) this.enqueue(operation);
    if (this.isOver) return;
    if (wasOpen) this.enter('disconnected');
    if (this.closing === null) this.retryTimer = setTimeout(() => this.connect(), this.backoffMs());
  }

  private get isOver(): boolean {
    return this.currentState === 'expired' || this.currentState === 'authFailed' || this.currentState === 'closed';
  }

  /** Nothing while there are servers not yet tried; then longer and longer, and never the same for two clients. */
  private backoffMs(): number {
    const rounds = Math.floor(this.failures / this.servers.length);
    if (rounds === 0) return 0;
    return Math.min(MIN_BACKOFF_MS * 2 ** (rounds - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);
  }

  private enter(state: ClientState): void {
    if (state === this.currentState) return;
    this.currentState = state;
    this.events.state(state);
  }

  /** Enters a final state: nothing is sent any more, and whoever waits is told why. */
  private finish(state: 'expired' | 'authFailed' | 'closed', why: (path: string | null) => Error): void {
    clearTimeout(this.retryTimer);
    this.search?.close();
    this.enter(state);
    this.connection?.close();
    this.watches.clear();
    for (const operation of [...this.queue, ...this.auths]) operation.reject(why(operation.spec.path));
    this.auths.length = 0;
  }

  private async end(): Promise<void> {
    clearTimeout(this.retryTimer);
    if (this.isConnected) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.min(this.timeoutMs, MAX_CLOSE_MS));
      const goodbye = new Operation<unknown>(
        { request: { type: OpCode.closeSession }, path: null, repeatable: false, result: () => null },
        MAX_CLOSE_MS,
        undefined,
      );
      goodbye.promise.then(
        () => resolve(),
        () => resolve(),
      );
      this.send(goodbye);
      await promise;
      clearTimeout(timer);
    }
    this.finish('closed', (path) => new ClientError('closed', path));
  }
}

/** What has changed is told by events before the reply, which itself tells nothing. */
function setWatchesExchange(frame: Uint8Array): Exchange {
  return {
    frame,
    xid: Xid.setWatches,
    answered: ({ err }) => {
      if (err !== ErrorCode.OK) throw new JuteError(`setWatches was refused: ${err}`);
    },
    unreadable: () => {},
  };
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items];
  const result: T[] = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(Math.random() * rest.length), 1));
  return result;
}
