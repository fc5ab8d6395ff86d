/** The client port: clients' connections and their frames, and the four-letter words (Java `NIOServerCnxnFactory`). */
import type { AddressInfo, Server, Socket } from 'node:net';
import type { ClientId } from '../core/io.ts';
import { remoteHost } from './address.ts';
import { ClientConnection, type ConnectionEvents } from './client-connection.ts';
import { type ClientTlsOptions, clientTlsAcceptor } from './client-tls.ts';
import type { FourLetterWord } from './four-letter-words.ts';
import { type ListenOptions, listen } from './listening.ts';
import type { PeerAcceptor } from './peer-transport.ts';

/** Where one port for clients listens. */
export type ClientListener = Omit<ListenOptions, 'name' | 'backlog'> & { readonly host: string };

export interface ClientPortOptions {
  /** For plain text, and for TLS too where ports are unified; null for none. */
  readonly plain: ClientListener | null;
  /** For TLS alone; null for none. */
  readonly secure: ClientListener | null;
  /** Null where TLS is not spoken. */
  readonly tls: (ClientTlsOptions & { readonly portUnification: boolean }) | null;
  readonly backlog: number | null;
  /** Connections from one address, to both ports; 0 for any number. */
  readonly maxClientCnxns: number;
  /** Connections to both ports; 0 for any number. */
  readonly maxCnxns: number;
  /** Handshakes of TLS at the same time; 0 for any number. */
  readonly maxHandshakes: number;
  /** How long a connection may stay without asking for a session. */
  readonly sessionlessTimeoutMs: number;
  /** The longest frame that is taken. */
  readonly maxFrameBytes: number;
}

/** What the port tells the driver. */
export interface ClientPortEvents {
  connected(client: ClientId, address: string, certificateSubject: string | null): void;
  frame(client: ClientId, frame: Uint8Array): void;
  /** Follows `connected` once, unless `closeClient` was called. */
  closed(client: ClientId): void;
  /** The answer to a four-letter word; null for none but the end of the connection. */
  fourLetterWord(word: FourLetterWord): string | null;
  /** `flush` should be called soon. */
  flushWanted(): void;
  warn(message: string): void;
}

/** What the four-letter words tell of a connection. */
export interface ConnectionInfo {
  readonly client: ClientId;
  readonly host: string;
  readonly address: string;
  /** Whether TLS is spoken. */
  readonly secure: boolean;
  /** Of the certificate that the client has shown. */
  readonly certificateSubject: string | null;
  /** ms since 1970. */
  readonly establishedMs: number;
  /** Java's: 1 to read, 4 to write. */
  readonly interestOps: number;
  readonly received: number;
  readonly sent: number;
}

/** Of the connections refused for their number, one in so many ms is worth a line in the log. */
const REFUSAL_WARNING_INTERVAL_MS = 10_000;

/**
 * How long the frames of clients are worked on, twice in a turn of the event loop, before the links to other servers, whose
 * silence would cost this one its leader, are heard again.
 */
const TURN_MS = 10;
const LENGTH_BYTES = 4;
const NO_RESPONSE = { last: -1, min: -1, max: -1 };
const PLAIN_PORT = 'the client port';
const SECURE_PORT = 'the secure client port';

export class ClientPort {
  private readonly options: ClientPortOptions;
  private readonly events: ClientPortEvents;
  private readonly connections = new Map<ClientId, ClientConnection>();
  /** Sockets by where they come from, with those whose handshake is under way. */
  private readonly socketsByHost = new Map<string, number>();
  /** Connections whose handshake is under way. */
  private readonly shaking = new Set<Socket>();
  private readonly connectionEvents: ConnectionEvents;
  private dirty: ClientConnection[] = [];
  /** On the monotonic clock; 0 where none has begun. */
  private turnEndMs = 0;
  /** Connections with frames for which there was no time, who waits longest first. */
  private readonly ready = new Set<ClientConnection>();
  private plainServer: Server | null = null;
  private secureServer: Server | null = null;
  private lastClient = 0;
  /** Under Apache's names (Java `ServerMetrics`). */
  readonly counters = {
    bytes_received_count: 0,
    connection_rejected: 0,
    response_bytes: 0,
    sessionless_connections_expired: 0,
  };
  private sizes = NO_RESPONSE;
  private packetsReceived = 0;
  private packetsSent = 0;
  private lastRefusalWarningMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClientPortOptions, events: ClientPortEvents) {
    this.options = options;
    this.events = events;
    this.connectionEvents = {
      opened: ({ client, address, certificateSubject }) => events.connected(client, address, certificateSubject),
      frame: (connection, frame) => {
        this.packetsReceived++;
        this.counters.bytes_received_count += frame.length;
        events.frame(connection.client, frame);
      },
      fourLetterWord: (word) => {
        this.packetsReceived++;
        const answer = events.fourLetterWord(word);
        this.packetsSent++;
        return answer;
      },
      sessionless: () => {
        this.counters.sessionless_connections_expired++;
      },
      closed: (connection) => this.forget(connection),
      hasTime: () => this.hasTime(),
      yielded: (connection) => {
        this.ready.add(connection);
        events.flushWanted();
      },
      dirty: (connection) => {
        this.dirty.push(connection);
        events.flushWanted();
      },
      warn: (message) => events.warn(message),
    };
  }

  /** Rejects with `ListenError`. */
  async listen(): Promise<void> {
    const { plain, secure, tls } = this.options;
    const takesPlainText = true;
    const unified = tls?.portUnification ? { ...tls, takesPlainText } : null;
    if (plain !== null) this.plainServer = await this.open(plain, PLAIN_PORT, unified);
    if (secure !== null && tls !== null) {
      this.secureServer = await this.open(secure, SECURE_PORT, { ...tls, takesPlainText: false });
    }
  }

  private open(
    listener: ClientListener,
    name: string,
    tls: (ClientTlsOptions & { readonly takesPlainText: boolean }) | null,
  ): Promise<Server> {
    const warn = (message: string): void => this.events.warn(message);
    const takeOn: PeerAcceptor = tls === null ? (raw, ready) => ready(raw) : clientTlsAcceptor(tls, name, warn);
    // Java's wildcard address stands for both versions of IP.
    const host = listener.host === '0.0.0.0' ? null : listener.host;
    return listen({ ...listener, backlog: this.options.backlog, name, host }, (raw) => this.accept(raw, takeOn), warn);
  }

  /** The port that is listened on for plain text: another than the configured one where that is 0; null for none. */
  get port(): number | null {
    return portOf(this.plainServer);
  }

  /** That for TLS alone. */
  get securePort(): number | null {
    return portOf(this.secureServer);
  }

  /** Connections, with those that have not asked for a session. */
  get connectionCount(): number {
    return this.connections.size;
  }

  get packets(): { readonly received: number; readonly sent: number } {
    return { received: this.packetsReceived, sent: this.packetsSent };
  }

  /** Sizes of answers in bytes, without the length in front; -1 before the first. */
  get responseSizes(): { readonly last: number; readonly min: number; readonly max: number } {
    return this.sizes;
  }

  /** Every connection, the oldest first. */
  list(): ConnectionInfo[] {
    return [...this.connections.values()];
  }

  /** Sets the counters of packets to zero: those of the server, or of every connection. */
  resetCounters(of: 'server' | 'connections'): void {
    if (of === 'server') {
      this.packetsReceived = 0;
      this.packetsSent = 0;
      this.sizes = NO_RESPONSE;
      for (const name of Object.keys(this.counters) as (keyof typeof this.counters)[]) this.counters[name] = 0;
      return;
    }
    for (const connection of this.connections.values()) {
      connection.received = 0;
      connection.sent = 0;
    }
  }

  /** Queues a frame, with its length; `flush` sends it. */
  send(client: ClientId, frame: Uint8Array): void {
    this.packetsSent++;
    this.noteResponse(frame.length - LENGTH_BYTES);
    this.connections.get(client)?.send(frame);
  }

  /** Closes behind what was sent. */
  closeClient(client: ClientId): void {
    const connection = this.connections.get(client);
    if (connection === undefined) return;
    connection.isOpen = false;
    connection.close();
  }

  throttle(client: ClientId, paused: boolean): void {
    this.connections.get(client)?.throttle(paused);
  }

  /** Sends what was queued since the last call: one write for each socket. */
  flush(): void {
    const { dirty } = this;
    this.dirty = [];
    for (const connection of dirty) connection.flush();
    this.turnEndMs = 0;
    for (const connection of this.ready) {
      this.ready.delete(connection);
      connection.takeTurn();
      if (!this.hasTime()) break;
    }
    this.turnEndMs = 0;
    if (this.ready.size > 0) this.events.flushWanted();
  }

  /** The first that asks begins a turn. */
  private hasTime(): boolean {
    const nowMs = performance.now();
    if (this.turnEndMs === 0) this.turnEndMs = nowMs + TURN_MS;
    return nowMs < this.turnEndMs;
  }

  /** Stops listening and ends every connection. */
  close(): void {
    this.plainServer?.close();
    this.secureServer?.close();
    for (const raw of this.shaking) raw.destroy();
    for (const connection of this.connections.values()) connection.close();
  }

  private noteResponse(bytes: number): void {
    const { sizes } = this;
    this.counters.response_bytes += bytes;
    if (sizes === NO_RESPONSE) {
      this.sizes = { last: bytes, min: bytes, max: bytes };
      return;
    }
    sizes.last = bytes;
    if (bytes < sizes.min) sizes.min = bytes;
    if (bytes > sizes.max) sizes.max = bytes;
  }

  private accept(raw: Socket, takeOn: PeerAcceptor): void {
    const host = remoteHost(raw);
    const { maxClientCnxns, maxCnxns, maxHandshakes, sessionlessTimeoutMs, maxFrameBytes } = this.options;
    if (maxClientCnxns > 0 && (this.socketsByHost.get(host) ?? 0) >= maxClientCnxns) {
      this.refuse(raw, host, `maxClientCnxns allows ${maxClientCnxns} from one address`);
      return;
    }
    if (maxCnxns > 0 && this.connections.size + this.shaking.size >= maxCnxns) {
      this.refuse(raw, host, `maxCnxns allows ${maxCnxns}`);
      return;
    }
    if (maxHandshakes > 0 && this.shaking.size >= maxHandshakes) {
      this.refuse(raw, host, `netty.server.outstandingHandshake.limit allows ${maxHandshakes}`);
      return;
    }
    this.count(host, 1);
    this.shaking.add(raw);
    const startedMs = performance.now();
    const timer = setTimeout(() => raw.destroy(), sessionlessTimeoutMs);
    raw.once('close', () => {
      clearTimeout(timer);
      this.shaking.delete(raw);
      this.count(host, -1);
    });
    takeOn(raw, (socket) => {
      clearTimeout(timer);
      this.shaking.delete(raw);
      const leftMs = Math.max(0, sessionlessTimeoutMs - (performance.now() - startedMs));
      const limits = { sessionlessTimeoutMs: leftMs, maxFrameBytes };
      const connection = new ClientConnection(++this.lastClient, socket, limits, this.connectionEvents);
      this.connections.set(connection.client, connection);
    });
  }

  private count(host: string, change: 1 | -1): void {
    const count = (this.socketsByHost.get(host) ?? 0) + change;
    if (count > 0) this.socketsByHost.set(host, count);
    else this.socketsByHost.delete(host);
  }

  private refuse(raw: Socket, host: string, limit: string): void {
    this.counters.connection_rejected++;
    raw.on('error', () => {});
    raw.destroy();
    const nowMs = performance.now();
    if (nowMs - this.lastRefusalWarningMs < REFUSAL_WARNING_INTERVAL_MS) return;
    this.lastRefusalWarningMs = nowMs;
    this.events.warn(`refused a connection from ${host}: ${limit}`);
  }

  private forget(connection: ClientConnection): void {
    this.ready.delete(connection);
    this.connections.delete(connection.client);
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.events.closed(connection.client);
  }
}

function portOf(server: Server | null): number | null {
  return (server?.address() as AddressInfo | null)?.port ?? null;
}
