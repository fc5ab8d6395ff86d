/** The client port: clients' connections and their frames, and the four-letter words (Java `NIOServerCnxnFactory`). */
import type { AddressInfo, Server, Socket } from 'node:net';
import type { ClientId } from '../core/io.ts';
import { remoteHost } from './address.ts';
import { ClientConnection, type ConnectionEvents } from './client-connection.ts';
import type { FourLetterWord } from './four-letter-words.ts';
import { type ListenOptions, listen } from './listening.ts';

export interface ClientPortOptions extends Omit<ListenOptions, 'name'> {
  /** Connections from one address; 0 for any number. */
  readonly maxClientCnxns: number;
  /** How long a connection may stay without asking for a session. */
  readonly sessionlessTimeoutMs: number;
}

/** What the port tells the driver. */
export interface ClientPortEvents {
  connected(client: ClientId, address: string): void;
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
  /** On the monotonic clock. */
  readonly establishedMs: number;
  /** Java's: 1 to read, 4 to write. */
  readonly interestOps: number;
  readonly received: number;
  readonly sent: number;
}

/** Of the connections refused for their number, one in so many ms is worth a line in the log. */
const REFUSAL_WARNING_INTERVAL_MS = 10_000;

const LENGTH_BYTES = 4;
const NO_RESPONSE = { last: -1, min: -1, max: -1 };

export class ClientPort {
  private readonly options: ClientPortOptions;
  private readonly events: ClientPortEvents;
  private readonly connections = new Map<ClientId, ClientConnection>();
  private readonly connectionsByHost = new Map<string, number>();
  private readonly connectionEvents: ConnectionEvents;
  private dirty: ClientConnection[] = [];
  private server: Server | null = null;
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
      opened: (connection) => events.connected(connection.client, connection.address),
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
      dirty: (connection) => {
        this.dirty.push(connection);
        events.flushWanted();
      },
      warn: (message) => events.warn(message),
    };
  }

  /** Rejects with `ListenError`. */
  async listen(): Promise<void> {
    // Java's wildcard address stands for both versions of IP.
    const host = this.options.host === '0.0.0.0' ? null : this.options.host;
    this.server = await listen(
      { ...this.options, name: 'the client port', host },
      (socket) => this.accept(socket),
      (message) => this.events.warn(message),
    );
  }

  /** The port that is listened on: another than the configured one where that is 0. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? this.options.port;
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
  }

  /** Stops listening and ends every connection. */
  close(): void {
    this.server?.close();
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

  private accept(socket: Socket): void {
    const host = remoteHost(socket);
    const count = this.connectionsByHost.get(host) ?? 0;
    const { maxClientCnxns, sessionlessTimeoutMs } = this.options;
    if (maxClientCnxns > 0 && count >= maxClientCnxns) {
      this.counters.connection_rejected++;
      socket.on('error', () => {});
      socket.destroy();
      this.warnOfRefusal(host, maxClientCnxns);
      return;
    }
    this.connectionsByHost.set(host, count + 1);
    const connection = new ClientConnection(++this.lastClient, socket, sessionlessTimeoutMs, this.connectionEvents);
    this.connections.set(connection.client, connection);
  }

  private warnOfRefusal(host: string, max: number): void {
    const nowMs = performance.now();
    if (nowMs - this.lastRefusalWarningMs < REFUSAL_WARNING_INTERVAL_MS) return;
    this.lastRefusalWarningMs = nowMs;
    this.events.warn(`refused a connection from ${host}: maxClientCnxns allows ${max} from one address`);
  }

  private forget(connection: ClientConnection): void {
    this.connections.delete(connection.client);
    const left = (this.connectionsByHost.get(connection.host) ?? 1) - 1;
    if (left > 0) this.connectionsByHost.set(connection.host, left);
    else this.connectionsByHost.delete(connection.host);
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.events.closed(connection.client);
  }
}
