/** A network card for a scenario: messages that it names wait, and whatever follows on their connection waits behind them. */
import type { Connection, ConnectionHandler } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { type PacketType, packetName, readPacket } from '@vivarium/wire/quorum-packet';
import { asLinkMessage, Port } from '../../../simulated/messages.ts';

/** Which messages; what is left out matches all. */
export interface MessageRule {
  /** Names of nodes, such as `s1`. */
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  /** Types of packets on the quorum port. */
  readonly packets?: readonly (keyof typeof PacketType)[];
}

/** Messages that wait because of one rule. */
export class Hold {
  readonly rule: MessageRule;
  private readonly stalled = new Set<HeldConnection>();
  private over = false;

  constructor(rule: MessageRule) {
    this.rule = rule;
  }

  /** Whether anything waits. */
  get caught(): boolean {
    return this.stalled.size > 0;
  }

  stalls(connection: HeldConnection, port: string, message: unknown): boolean {
    if (this.over || !matches(this.rule, connection, port, message)) return false;
    this.stalled.add(connection);
    return true;
  }

  /** Lets everything go on its way, in its order. */
  release(): void {
    this.over = true;
    for (const connection of this.stalled) connection.flush();
    this.stalled.clear();
  }

  /** The connections break: what waits is never sent. */
  drop(): void {
    this.over = true;
    for (const connection of this.stalled) connection.dropHeld();
    this.stalled.clear();
  }
}

function matches(rule: MessageRule, connection: HeldConnection, port: string, message: unknown): boolean {
  if (rule.from !== undefined && rule.from !== connection.from) return false;
  if (rule.to !== undefined && rule.to !== connection.peer) return false;
  if (rule.port !== undefined && rule.port !== port) return false;
  if (rule.packets === undefined) return true;
  if (port !== Port.quorum) return false;
  const { kind, bytes } = asLinkMessage(message);
  if (kind !== 'packet') return false;
  const read = bytes[0] === undefined ? null : readPacket(bytes[0], 0);
  const name = read === null ? null : packetName(read.packet.type);
  return rule.packets.some((wanted) => wanted === name);
}

/** One side of a connection, whose messages may be held. */
export class HeldConnection implements Connection {
  readonly from: string;
  readonly peer: string;
  private readonly real: Connection;
  private readonly port: string;
  private readonly holds: ReadonlySet<Hold>;
  /** What waits, the end of the connection included; null while nothing is held. */
  private waiting: (() => void)[] | null = null;

  constructor(from: string, real: Connection, port: string, holds: ReadonlySet<Hold>) {
    this.from = from;
    this.peer = real.peer;
    this.real = real;
    this.port = port;
    this.holds = holds;
  }

  send(message: unknown): void {
    if (this.waiting === null && [...this.holds].some((hold) => hold.stalls(this, this.port, message)))
      this.waiting = [];
    this.do(() => this.real.send(message));
  }

  close(): void {
    this.do(() => this.real.close());
  }

  private do(action: () => void): void {
    if (this.waiting === null) action();
    else this.waiting.push(action);
  }

  flush(): void {
    const { waiting } = this;
    this.waiting = null;
    for (const action of waiting ?? []) action();
  }

  dropHeld(): void {
    this.waiting = [];
    this.real.close();
  }
}

/** The host of a server, whose connections obey the holds. */
export function heldHost(host: Host, holds: ReadonlySet<Hold>): Host {
  const held = (connection: Connection, port: string): HeldConnection =>
    new HeldConnection(host.name, connection, port, holds);
  return {
    name: host.name,
    get monotonicMs() {
      return host.monotonicMs;
    },
    get wallMs() {
      return host.wallMs;
    },
    after: (delayMs, action) => host.after(delayMs, action),
    exit: (reason) => host.exit(reason),
    listen: (port, accept) => host.listen(port, (connection): ConnectionHandler => accept(held(connection, port))),
    dial: (peer, port, handler) =>
      host.dial(peer, port, {
        opened: (connection) => handler.opened(held(connection, port)),
        failed: (reason) => handler.failed(reason),
      }),
  };
}
