/**
 * The events of many servers in one order. Each source's own come in their order; between sources the machine's clock
 * decides, for which events are held back a moment, since batches arrive late and not all at once.
 */
import type { ClusterEvent } from '@vivarium/shared/cluster-event';

/** The clock and the timer that the merger lives by; tests hand in others. */
export interface MergerClock {
  /** The clock of `ClusterEvent.atMs`. */
  nowMs(): number;
  /** Calls back once, after so long; the returned function calls it off. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface EventMergerOptions {
  /** So long after it happened an event goes out; one that comes even later goes out as it comes. */
  readonly windowMs: number;
  readonly clock: MergerClock;
  emit(event: ClusterEvent): void;
}

interface Held {
  readonly event: ClusterEvent;
  /** By what it is ordered: when it happened, but not later than it came, should its clock be ahead. */
  readonly orderMs: number;
  /** Order of arrival, for ties. */
  readonly arrival: number;
}

/** Who observed the events: a server, by its sid, or its host, which tells of the same servers on its own account. */
export type EventSource = number | 'host';

export class EventMerger {
  private readonly options: EventMergerOptions;
  /** What is held of each source, oldest first. */
  private readonly queues = new Map<EventSource, HeldQueue>();
  private arrivals = 0;
  private callOff: (() => void) | null = null;

  constructor(options: EventMergerOptions) {
    this.options = options;
  }

  /** Takes events of one source, in their order. */
  push(source: EventSource, events: readonly ClusterEvent[]): void {
    const nowMs = this.options.clock.nowMs();
    let queue = this.queues.get(source);
    if (queue === undefined) {
      queue = new HeldQueue();
      this.queues.set(source, queue);
    }
    for (const event of events) {
      queue.push({ event, orderMs: Math.min(event.atMs, nowMs), arrival: this.arrivals++ });
    }
    this.drain(nowMs);
  }

  /** Emits all that is held. */
  flush(): void {
    this.drain(Number.POSITIVE_INFINITY);
  }

  private drain(nowMs: number): void {
    const dueMs = nowMs - this.options.windowMs;
    for (let next = this.next(); next !== null && next.head.orderMs <= dueMs; next = this.next()) {
      next.queue.shift();
      this.options.emit(next.head.event);
    }
    this.arm();
  }

  private arm(): void {
    this.callOff?.();
    this.callOff = null;
    const next = this.next();
    if (next === null) return;
    const { clock, windowMs } = this.options;
    const delayMs = Math.max(next.head.orderMs + windowMs - clock.nowMs(), 0);
    this.callOff = clock.after(delayMs, () => {
      this.callOff = null;
      this.drain(clock.nowMs());
    });
  }

  /** The oldest of the queues' heads; of several at one instant the first that came, but nothing before what it answers. */
  private next(): { queue: HeldQueue; head: Held } | null {
    let best: { queue: HeldQueue; head: Held } | null = null;
    for (const queue of this.queues.values()) {
      const { head } = queue;
      if (head === undefined) continue;
      if (best === null || this.isBefore(head, best.head)) best = { queue, head };
    }
    return best;
  }

  private isBefore(a: Held, b: Held): boolean {
    if (a.orderMs !== b.orderMs) return a.orderMs < b.orderMs;
    const aWaits = this.awaitsSend(a);
    const bWaits = this.awaitsSend(b);
    return aWaits === bWaits ? a.arrival < b.arrival : bWaits;
  }

  /** Whether the event is the receipt of what another server sends at the same instant, and that is still held. */
  private awaitsSend({ event: { sid, body }, orderMs }: Held): boolean {
    if (body.kind !== 'packetReceived' && body.kind !== 'voteReceived') return false;
    const sent = body.kind === 'packetReceived' ? 'packetSent' : 'voteSent';
    for (const other of this.queues.get(body.from)?.list() ?? []) {
      if (other.orderMs > orderMs) return false;
      if (other.event.body.kind === sent && other.event.body.to === sid) return true;
    }
    return false;
  }
}

/** A queue whose front is taken without moving the rest each time. */
class HeldQueue {
  private entries: Held[] = [];
  private front = 0;

  get head(): Held | undefined {
    return this.entries[this.front];
  }

  push(entry: Held): void {
    this.entries.push(entry);
  }

  shift(): void {
    this.front++;
    if (this.front * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.front);
    this.front = 0;
  }

  *list(): Iterable<Held> {
    for (let at = this.front; at < this.entries.length; at++) yield this.entries[at] as Held;
  }
}
