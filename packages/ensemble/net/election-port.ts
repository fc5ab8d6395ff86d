/**
 * The election port: one connection to each other server, over which votes go (Java `QuorumCnxManager`). Of two servers
 * the one with the larger sid dials; one with a smaller sid that wants to talk sends its handshake and is dialled back.
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  encodeHandshake,
  encodeNotificationMessage,
  type Handshake,
  type Notification,
  readHandshake,
} from '@vivarium/wire/election';
import { JuteError } from '@vivarium/wire/jute';
import { hostAndPort, parseHostAndPort, remoteAddress, remoteHost } from './address.ts';
import { type ChannelEvents, type ChannelOptions, ElectionChannel } from './election-channel.ts';
import type { LinkFaults } from './link-faults.ts';
import { ListenError, type ListenOptions, listen } from './listening.ts';
import { type PeerAcceptor, type PeerAddress, type PeerTransport, plainTransport } from './peer-transport.ts';
import { plainBytes, RollingBuffer } from './rolling-buffer.ts';

export interface ElectionPortOptions extends Omit<ListenOptions, 'name'> {
  readonly sid: number;
  /** Where others reach this server's election port. */
  readonly address: PeerAddress;
  /** The other servers of the configuration. */
  readonly peers: ReadonlyMap<number, PeerAddress>;
  readonly connectTimeoutMs: number;
  /** How long a new connection may take to say whose it is. */
  readonly handshakeTimeoutMs: number;
  /** How often the port is tried where its host has no address yet; once where nothing is said. */
  readonly bindAttempts?: number;
  /** What disturbs the way to the other servers. */
  readonly faults: LinkFaults;
  /** Plain text where there is none. */
  readonly transport?: PeerTransport;
}

/** What the port tells the driver. */
export interface ElectionPortEvents {
  notification(from: bigint, notification: Notification): void;
  info(message: string): void;
  warn(message: string): void;
}

/** Connections that have not said whose they are. */
const MAX_UNKNOWN = 64;
const NAME = 'the election port';
const BIND_RETRY_MS = 1_000;
/** Servers that no configuration lists and that are connected all the same, as Apache allows. */
const MAX_STRANGERS = 64;
/** The sid that observers without one of their own send (Java `QuorumPeer.OBSERVER_ID`). */
const ANONYMOUS_OBSERVER = 0x7fffffffffffffffn;
/** A server with several addresses has one port, as a rule. */
const MAX_NAMED_PORTS = 4;

export class ElectionPort {
  private readonly options: ElectionPortOptions;
  private readonly sid: bigint;
  private readonly events: ElectionPortEvents;
  private readonly channelOptions: ChannelOptions;
  private readonly channelEvents: ChannelEvents;
  private readonly takeOn: PeerAcceptor;
  private readonly channels = new Map<bigint, ElectionChannel>();
  private readonly unknown = new Set<Socket>();
  private peers: ReadonlyMap<number, PeerAddress> = new Map();
  private server: Server | null = null;
  private nextAnonymous = -1n;
  private reportedOwnSid = false;

  constructor(options: ElectionPortOptions, events: ElectionPortEvents) {
    this.options = options;
    this.sid = BigInt(options.sid);
    this.events = events;
    const address = hostAndPort(options.address.host, options.address.port);
    const handshake = encodeHandshake(this.sid, address);
    const { connectTimeoutMs, faults, transport = plainTransport } = options;
    this.channelOptions = { sid: this.sid, handshake, connectTimeoutMs, faults, transport };
    this.takeOn = transport.acceptor(NAME, events.warn);
    this.channelEvents = { ...events, idle: (channel) => this.forgetStranger(channel) };
    this.setPeers(options.peers);
  }

  /** Rejects with `ListenError`. */
  async listen(): Promise<void> {
    for (let attempt = 1; this.server === null; attempt++) {
      try {
        this.server = await listen({ ...this.options, name: NAME }, (socket) => this.accept(socket), this.events.warn);
      } catch (error) {
        const { bindAttempts = 1 } = this.options;
        if (!(error instanceof ListenError && error.isTransient) || attempt >= bindAttempts) throw error;
        this.events.warn(`${error.message}; it is tried again`);
        await delay(BIND_RETRY_MS);
      }
    }
  }

  /** The port that is listened on: another than the configured one where that is 0. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? this.options.port;
  }

  /** Who the other servers are from now on; one that is no longer among them is a stranger while it is connected. */
  setPeers(peers: ReadonlyMap<number, PeerAddress>): void {
    this.peers = peers;
    for (const [sid, peer] of peers) {
      const channel = this.channels.get(BigInt(sid));
      if (channel === undefined) this.makeChannel(BigInt(sid), [peer]);
      else channel.moveTo([peer]);
    }
    for (const channel of [...this.channels.values()]) if (channel.isIdle) this.forgetStranger(channel);
  }

  /** Queues a notification for a server, in place of the one before it; an unknown server gets none. */
  send(to: bigint, notification: Notification): void {
    this.channels.get(to)?.send(encodeNotificationMessage(notification));
  }

  /** Sids of the servers that are connected. */
  get connected(): bigint[] {
    return [...this.channels.values()].filter((channel) => channel.isConnected).map((channel) => channel.sid);
  }

  /** Stops listening and ends every connection. */
  close(): void {
    this.server?.close();
    for (const socket of this.unknown) socket.destroy();
    for (const channel of [...this.channels.values()]) channel.disconnect();
  }

  private makeChannel(sid: bigint, addresses: readonly PeerAddress[]): ElectionChannel {
    const channel = new ElectionChannel(sid, addresses, this.channelOptions, this.channelEvents);
    this.channels.set(sid, channel);
    return channel;
  }

  private accept(raw: Socket): void {
    raw.on('error', () => {});
    if (this.unknown.size >= MAX_UNKNOWN) {
      // The oldest: a server sends its handshake at once, and a crowd that says nothing must not keep it out.
      const [oldest] = this.unknown;
      if (oldest !== undefined) {
        this.unknown.delete(oldest);
        oldest.destroy();
      }
    }
    this.unknown.add(raw);
    const timer = setTimeout(() => raw.destroy(), this.options.handshakeTimeoutMs);
    const settled = (): void => {
      clearTimeout(timer);
      this.unknown.delete(raw);
    };
    raw.once('close', settled);
    this.takeOn(raw, (socket) => this.awaitHandshake(socket, settled));
  }

  private awaitHandshake(socket: Socket, settled: () => void): void {
    const unread = new RollingBuffer();
    const onData = (chunk: Uint8Array | string): void => {
      unread.append(plainBytes(chunk));
      const handshake = this.readHandshake(socket, unread);
      if (handshake === null) return;
      socket.off('data', onData);
      settled();
      this.greet(socket, handshake, unread);
    };
    socket.on('error', () => {});
    socket.on('data', onData);
  }

  private readHandshake(socket: Socket, unread: RollingBuffer): Handshake | null {
    try {
      const read = readHandshake(unread.unread);
      if (read !== null) unread.consume(read.end);
      return read?.handshake ?? null;
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.events.warn(`closed a connection to the election port from ${remoteAddress(socket)}: ${error.message}`);
      socket.destroy();
      return null;
    }
  }

  /** Keeps the connection, or closes it and dials back: the rule by which both sides keep the same one. */
  private greet(socket: Socket, handshake: Handshake, unread: RollingBuffer): void {
    const sid = handshake.sid === ANONYMOUS_OBSERVER ? this.nextAnonymous-- : handshake.sid;
    if (sid === this.sid) {
      if (!this.reportedOwnSid) {
        this.events.warn(
          `${remoteAddress(socket)} says that it is server ${sid} as well: two servers have the same myid`,
        );
      }
      this.reportedOwnSid = true;
      socket.destroy();
      return;
    }
    const channel = this.channels.get(sid) ?? this.welcomeStranger(sid);
    if (sid > this.sid) {
      channel.adopt(socket, unread);
      return;
    }
    // Where it is configured, then the machine that it comes from, at the ports that it names: a host of its choice would
    // make this server ask name services and dial third parties for whoever can reach this port. (Apache dials that host.)
    const host = remoteHost(socket);
    socket.destroy();
    const ports = new Set(handshake.addresses.map((address) => parseHostAndPort(address)?.port));
    const named = [...ports].filter((port) => port !== undefined).slice(0, MAX_NAMED_PORTS);
    channel.dial(named.map((port) => ({ host, port })));
  }

  /** A server that is not configured. If there is no room for one more, the one that has been here longest must go. */
  private welcomeStranger(sid: bigint): ElectionChannel {
    if (this.channels.size - this.peers.size >= MAX_STRANGERS) {
      const oldest = [...this.channels.values()].find((channel) => !this.peers.has(Number(channel.sid)));
      if (oldest !== undefined) this.channels.delete(oldest.sid);
      oldest?.disconnect();
    }
    return this.makeChannel(sid, []);
  }

  private forgetStranger(channel: ElectionChannel): void {
    if (this.peers.has(Number(channel.sid))) return;
    if (this.channels.get(channel.sid) === channel) this.channels.delete(channel.sid);
  }
}
