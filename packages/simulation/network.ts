/**
 * Connections between nodes. Inside a connection messages arrive in their order, each after a delay of its own; between
 * connections nothing is ordered. As under TCP nothing is lost in the middle: a lost message takes all later ones of its
 * connection with it, and each side learns of the end in its own time.
 */
import type { Random } from '@vivarium/shared/random';
import type { Clock } from './clock.ts';
import type { Process } from './process.ts';

/** What a network does to messages; times in ms, rates are probabilities for one message. */
export interface NetworkOptions {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How often a message takes up to twenty times as long as the slowest usual one. */
  readonly slowRate: number;
  /** How often a message, and with it its connection, is lost. */
  readonly lossRate: number;
  /** Within which time either side of a broken connection learns of it. */
  readonly breakNoticeMs: number;
  /** How long a dial into silence takes to fail. */
  readonly dialTimeoutMs: number;
}

/** What one side does with what arrives. After `closed` nothing more comes. */
export interface ConnectionHandler {
  message(message: unknown): void;
  /** The other side has closed, or the connection is broken. Not called after this side has closed. */
  closed(reason: string): void;
}

/** One side of a connection. */
export interface Connection {
  /** The name of the node at the other side. */
  readonly peer: string;
  /** Sends behind all that was sent before. A message must not be changed afterwards. */
  send(message: unknown): void;
  /** Closes behind all that was sent. */
  close(): void;
}

/** The outcome of a dial: one of the two is called, once. */
export interface DialHandler {
  /** What is returned hears what arrives. */
  opened(connection: Connection): ConnectionHandler;
  failed(reason: string): void;
}

/** Takes a connection in. */
export type Accept = (connection: Connection) => ConnectionHandler;

/** One way through a connection. */
class Channel {
  /** No message overtakes this instant. */
  lastArrivalMs = 0;
  /** Nothing sent from now on arrives. */
  cut = false;
  /** Nothing on its way arrives either. */
  dropped = false;
  /** What was sent while the way was blocked, to be sent again once it is free. */
  waiting: (() => void)[] = [];
}

class Side implements Connection {
  readonly peer: string;
  readonly node: string;
  readonly port: string;
  readonly process: Process;
  readonly outgoing = new Channel();
  private readonly network: Network;
  handler: ConnectionHandler | null = null;
  other: Side | null = null;
  open = true;

  constructor(network: Network, node: string, peer: string, port: string, process: Process) {
    this.network = network;
    this.node = node;
    this.peer = peer;
    this.port = port;
    this.process = process;
  }

  send(message: unknown): void {
    if (!this.open) return;
    this.network.transmit(this, (receiver) => receiver.handler?.message(message));
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.network.transmitEnd(this, 'closed by the other side');
  }

  /** This side learns that the connection is over. */
  end(reason: string): void {
    if (!this.open) return;
    this.open = false;
    this.network.forget(this);
    this.process.deliver(() => this.handler?.closed(reason));
  }
}

export class Network {
  options: NetworkOptions;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly listeners = new Map<string, { process: Process; accept: Accept }>();
  /** How many blocks there are on each way, by `from>to` for all ports and `from>to:port` for one. */
  private readonly blocked = new Map<string, number>();
  /** Sides of connections that can still break. */
  private readonly sides = new Set<Side>();
  /** Sides with something to send once the way is free. */
  private readonly stalled = new Set<Side>();

  constructor(clock: Clock, random: Random, options: NetworkOptions) {
    this.clock = clock;
    this.random = random;
    this.options = options;
  }

  /** Takes connections in at a port of a node until the process dies. */
  listen(node: string, process: Process, port: string, accept: Accept): void {
    const key = `${node}:${port}`;
    const listener = { process, accept };
    this.listeners.set(key, listener);
    process.onDeath(() => {
      if (this.listeners.get(key) === listener) this.listeners.delete(key);
    });
  }

  /** Opens a connection from a process of one node to a port of another. */
  dial(from: string, process: Process, to: string, port: string, handler: DialHandler): void {
    if (this.isBlocked(from, to, port) || this.isBlocked(to, from, port)) {
      process.after(this.options.dialTimeoutMs, () => handler.failed('timed out'));
      return;
    }
    this.clock.after(this.delay(), () => this.arriveAtPort(from, process, to, port, handler));
  }

  private arriveAtPort(from: string, process: Process, to: string, port: string, handler: DialHandler): void {
    const listener = this.listeners.get(`${to}:${port}`);
    if (!process.isAlive) return;
    if (listener === undefined) {
      process.after(this.delay(), () => handler.failed('refused'));
      return;
    }
    const near = new Side(this, from, to, port, process);
    const far = new Side(this, to, from, port, listener.process);
    near.other = far;
    far.other = near;
    this.sides.add(near);
    this.sides.add(far);
    listener.process.deliver(() => {
      // A side that has ended while its process was paused is taken in all the same: it hears of the end next.
      far.handler = listener.accept(far);
    });
    // A process that was paused meanwhile hears of the answer and of the timeout at once: the first of them counts.
    let settled = false;
    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      timeout.cancel();
      outcome();
    };
    const timeout = process.after(this.options.dialTimeoutMs, () => {
      settle(() => {
        near.close();
        handler.failed('timed out');
      });
    });
    // Until the answer is there, the end of the connection is a failure to open it.
    near.handler = {
      message: () => {},
      closed: (reason) => settle(() => handler.failed(reason)),
    };
    // The answer is the first thing on the way back, so that nothing overtakes it.
    this.enqueue(far, (receiver) => {
      settle(() => {
        receiver.handler = handler.opened(receiver);
      });
    });
  }

  /** Sends something through a side's outgoing channel: it happens at the other side, if it arrives. */
  transmit(from: Side, arrive: (receiver: Side) => void): void {
    const channel = from.outgoing;
    if (channel.cut) return;
    if (this.random.chance(this.options.lossRate)) {
      channel.cut = true;
      this.breakSoon(from, 'a message was lost');
      return;
    }
    this.enqueue(from, arrive);
  }

  /** As `transmit`, for the end of a connection. */
  transmitEnd(from: Side, reason: string): void {
    this.forget(from);
    if (!from.outgoing.cut) this.enqueue(from, (receiver) => receiver.end(reason));
  }

  private enqueue(from: Side, arrive: (receiver: Side) => void): void {
    const receiver = from.other;
    if (receiver === null) return;
    const channel = from.outgoing;
    if (this.isBlocked(from.node, receiver.node, from.port) || channel.waiting.length > 0) {
      channel.waiting.push(() => this.enqueue(from, arrive));
      this.stalled.add(from);
      return;
    }
    const atMs = Math.max(channel.lastArrivalMs, this.clock.nowMs + this.delay());
    channel.lastArrivalMs = atMs;
    this.clock.at(atMs, () => {
      if (channel.dropped || !receiver.open) return;
      receiver.process.deliver(() => {
        if (receiver.open) arrive(receiver);
      });
    });
  }

  private delay(): number {
    const { minDelayMs, maxDelayMs, slowRate } = this.options;
    const usual = this.random.between(minDelayMs, maxDelayMs);
    return this.random.chance(slowRate) ? usual + this.random.below(20 * maxDelayMs) : usual;
  }

  /** Both sides learn that a connection is broken, each in its own time. */
  private breakSoon(side: Side, reason: string): void {
    for (const end of [side, side.other]) {
      if (end === null) continue;
      this.clock.after(this.random.below(this.options.breakNoticeMs), () => {
        end.outgoing.cut = true;
        end.end(reason);
      });
    }
  }

  /** Ends all connections of a process that has died. */
  processDied(process: Process): void {
    for (const side of [...this.sides]) if (side.process === process) this.sideDied(side);
    for (const side of [...this.stalled]) if (side.process === process) this.stalled.delete(side);
  }

  private sideDied(side: Side): void {
    this.sides.delete(side);
    const peer = side.other;
    if (!side.open || peer === null) return;
    side.open = false;
    const silent = this.isBlocked(side.node, peer.node, side.port) || this.random.chance(0.2);
    side.outgoing.cut = true;
    // What a dead process has sent still arrives, unless its whole machine went down.
    side.outgoing.dropped = silent;
    const lastMs = Math.max(0, side.outgoing.lastArrivalMs - this.clock.nowMs);
    const noticeMs = silent ? this.random.below(10 * this.options.breakNoticeMs) : lastMs + this.delay();
    this.clock.after(noticeMs, () => peer.end('the other side died'));
  }

  /** No longer part of a connection that can break. */
  forget(side: Side): void {
    this.sides.delete(side);
  }

  /**
   * Lets nothing through from one node to another, at one port or at all (null), until as many calls of `unblock`, or `heal`.
   * Of the connections between them some break, the others stall: what is sent into them arrives after the healing.
   */
  block(from: string, to: string, port: string | null = null): void {
    const way = wayOf(from, to, port);
    this.blocked.set(way, (this.blocked.get(way) ?? 0) + 1);
    for (const side of [...this.sides]) {
      if (side.node !== from || side.peer !== to || (port !== null && side.port !== port)) continue;
      if (this.random.chance(0.5)) this.breakSoon(side, 'timed out');
    }
  }

  private isBlocked(from: string, to: string, port: string): boolean {
    if (this.blocked.size === 0) return false;
    return this.blocked.has(wayOf(from, to, null)) || this.blocked.has(wayOf(from, to, port));
  }

  /** Takes one block back. */
  unblock(from: string, to: string, port: string | null = null): void {
    const way = wayOf(from, to, port);
    const left = (this.blocked.get(way) ?? 0) - 1;
    if (left > 0) this.blocked.set(way, left);
    else this.blocked.delete(way);
    this.resend();
  }

  /** Ends all blocks. */
  heal(): void {
    this.blocked.clear();
    this.resend();
  }

  /**
   * Breaks every connection between two nodes in the middle of whatever it carries: nothing that is on its way arrives, half
   * a frame of it no more than none. `a` learns of it soon, as does `b` unless `silentMs` is given: then `b` goes on in good
   * faith for that long (a half-open connection).
   */
  reset(a: string, b: string, silentMs: number | null): void {
    for (const side of [...this.sides]) {
      if (side.node !== a || side.peer !== b) continue;
      const peer = side.other;
      for (const end of [side, peer]) {
        if (end === null) continue;
        end.outgoing.cut = true;
        end.outgoing.dropped = true;
        const soonMs = this.random.below(this.options.breakNoticeMs);
        const noticeMs = end === peer && silentMs !== null ? silentMs : soonMs;
        this.clock.after(noticeMs, () => end.end('connection reset'));
      }
    }
  }

  private resend(): void {
    for (const side of [...this.stalled]) {
      if (this.isBlocked(side.node, side.peer, side.port)) continue;
      this.stalled.delete(side);
      const { waiting } = side.outgoing;
      side.outgoing.waiting = [];
      for (const resend of waiting) resend();
    }
  }
}

function wayOf(from: string, to: string, port: string | null): string {
  return port === null ? `${from}>${to}` : `${from}>${to}:${port}`;
}
