import type { Socket } from 'node:net';
import { type Notification, readNotificationMessage } from '@vivarium/wire/election';
import { JuteError } from '@vivarium/wire/jute';
import type { LinkFaults } from './link-faults.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { type PeerAddress, type PeerTransport, resetConnection } from './peer-transport.ts';
import { plainBytes, RollingBuffer } from './rolling-buffer.ts';
import { closeUnderFaults } from './socket-writer.ts';

export interface ChannelOptions {
  readonly sid: bigint;
  /** Sent first on every connection that this side dials. */
  readonly handshake: Uint8Array;
  readonly connectTimeoutMs: number;
  /** What disturbs the way to the other servers. */
  readonly faults: LinkFaults;
  readonly transport: PeerTransport;
}

/** What a channel tells its port. */
export interface ChannelEvents {
  notification(from: bigint, notification: Notification): void;
  /** The connection has ended and no other is under way. */
  idle(channel: ElectionChannel): void;
  /** A dial has failed at the last of the addresses; `idle` follows. */
  unreachable?(channel: ElectionChannel, fault: string): void;
  /** It has sent what is no notification; `idle` follows. */
  garbage?(channel: ElectionChannel, fault: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** A dial of the same server may follow the last one after so long: notifications come in bursts. */
const MIN_REDIAL_MS = 100;

/**
 * The way to one other server: at most one connection, and the newest notification only, since a vote says all that the
 * ones before it did (Java `QuorumCnxManager.SendWorker`, `queueSendMap`, `lastMessageSent`).
 */
export class ElectionChannel {
  readonly sid: bigint;
  /** Where to dial, one after the other. */
  private addresses: readonly PeerAddress[];
  private readonly options: ChannelOptions;
  private readonly events: ChannelEvents;
  private connection: Socket | null = null;
  /** Of the connection. */
  private outgoing: OutgoingQueue | null = null;
  /** Gives up the dial that is under way. */
  private dialing: (() => void) | null = null;
  private queued: Uint8Array | null = null;
  private lastSent: Uint8Array | null = null;
  private lastDialMs = Number.NEGATIVE_INFINITY;
  private reportedUnreachable = false;

  constructor(sid: bigint, addresses: readonly PeerAddress[], options: ChannelOptions, events: ChannelEvents) {
    this.sid = sid;
    this.addresses = addresses;
    this.options = options;
    this.events = events;
  }

  /** The server is to be dialled there from now on. */
  moveTo(addresses: readonly PeerAddress[]): void {
    this.addresses = addresses;
  }

  get isConnected(): boolean {
    return this.connection !== null;
  }

  get isIdle(): boolean {
    return this.connection === null && this.dialing === null;
  }

  /** Sends the message, in place of one that has not gone out yet. Without a connection it dials one. */
  send(message: Uint8Array): void {
    this.queued = message;
    if (this.connection !== null) this.flush();
    else if (performance.now() - this.lastDialMs >= MIN_REDIAL_MS) this.dial();
  }

  /** Dials, unless a dial is under way; first where the configuration says, then where the server itself has said. */
  dial(named: readonly PeerAddress[] = []): void {
    if (this.dialing !== null) return;
    if (this.options.faults.isCut(this.sid)) {
      // It would time out; the next notification dials anew.
      if (this.isIdle) this.events.idle(this);
      return;
    }
    this.lastDialMs = performance.now();
    this.dialFirst([...this.addresses, ...named]);
  }

  private dialFirst(addresses: readonly PeerAddress[]): void {
    const [address, ...others] = addresses;
    if (address === undefined) {
      if (this.isIdle) this.events.idle(this);
      return;
    }
    const where = `the election port of server ${this.sid} at ${address.host}:${address.port}`;
    const { transport, connectTimeoutMs } = this.options;
    const ready = (socket: Socket): void => {
      clearTimeout(timer);
      this.dialing = null;
      if (this.reportedUnreachable) this.events.info(`${where} is reachable again`);
      this.reportedUnreachable = false;
      this.dialled(socket);
    };
    const failed = (fault: string): void => {
      clearTimeout(timer);
      this.dialing = null;
      if (others.length === 0) this.events.unreachable?.(this, fault);
      if (others.length === 0 && !this.reportedUnreachable) {
        this.reportedUnreachable = true;
        this.events.info(`${where} is not reachable: ${fault}`);
      }
      this.dialFirst(others);
    };
    const cancel = transport.dial(address, ready, failed);
    const timer = setTimeout(() => {
      cancel();
      failed(`no connection within ${connectTimeoutMs} ms`);
    }, connectTimeoutMs);
    this.dialing = () => {
      clearTimeout(timer);
      this.dialing = null;
      cancel();
    };
  }

  /** Of two servers the one with the larger sid keeps the connection that it dialled; the other only asks to be dialled. */
  private dialled(socket: Socket): void {
    const outgoing = new OutgoingQueue(socket, this.options.faults, this.sid);
    this.transmit(socket, outgoing, this.options.handshake);
    if (this.options.sid > this.sid) {
      this.connect(socket, outgoing, new RollingBuffer());
      return;
    }
    socket.resume();
    outgoing.whenThrough(() => {
      socket.end();
      const timer = setTimeout(() => socket.destroy(), this.options.connectTimeoutMs);
      socket.once('close', () => clearTimeout(timer));
    });
    if (this.isIdle) this.events.idle(this);
  }

  /** Takes a connection on, in place of the present one. `unread`: what arrived behind the other side's handshake. */
  adopt(socket: Socket, unread: RollingBuffer): void {
    this.connect(socket, new OutgoingQueue(socket, this.options.faults, this.sid), unread);
  }

  private connect(socket: Socket, outgoing: OutgoingQueue, unread: RollingBuffer): void {
    const { connection } = this;
    this.dialing?.();
    this.connection = socket;
    this.outgoing = outgoing;
    if (connection !== null) closeUnderFaults(connection, this.options.faults, this.sid);
    socket.on('data', (chunk) => {
      unread.append(plainBytes(chunk));
      this.receive(socket, unread);
    });
    socket.on('drain', () => this.flush());
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.connection !== socket) return;
      this.connection = null;
      this.outgoing = null;
      if (this.isIdle) this.events.idle(this);
    });
    // What the old connection swallowed is not known: the last vote is said again (Java `SendWorker.run`).
    this.queued ??= this.lastSent;
    this.flush();
    this.receive(socket, unread);
  }

  /** Ends the connection. */
  disconnect(): void {
    this.dialing?.();
    this.connection?.destroy();
  }

  private flush(): void {
    const { connection, outgoing, queued } = this;
    if (connection === null || outgoing === null || queued === null) return;
    // Only what the system takes at once leaves the queue: what waits here may still be replaced by a newer vote.
    if (connection.writableLength > 0 || !connection.writable) return;
    this.queued = null;
    this.lastSent = queued;
    this.transmit(connection, outgoing, queued);
  }

  private transmit(socket: Socket, outgoing: OutgoingQueue, bytes: Uint8Array): void {
    const reason = outgoing.push(bytes);
    if (reason === null) {
      outgoing.flush();
      return;
    }
    this.events.info(`reset the election connection of server ${this.sid}: ${reason}`);
    resetConnection(socket);
  }

  private receive(socket: Socket, unread: RollingBuffer): void {
    try {
      const bytes = unread.unread;
      let offset = 0;
      for (let next = readNotificationMessage(bytes, 0); next !== null; next = readNotificationMessage(bytes, offset)) {
        offset = next.end;
        if (this.connection === socket && next.notification !== null) {
          this.events.notification(this.sid, next.notification);
        }
      }
      unread.consume(offset);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.events.warn(`closed the election connection of server ${this.sid}: ${error.message}`);
      this.events.garbage?.(this, error.message);
      socket.destroy();
    }
  }
}
