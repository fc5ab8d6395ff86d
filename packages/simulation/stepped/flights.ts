/** The messages under way in a stepped world, and which of them may arrive next. */
import type { MessageId } from './journal.ts';
import type { Flight } from './moment.ts';

/** A connection: one channel from one node to another. Null for a datagram, which is in none. */
function connectionOf(flight: Flight<unknown>): string | null {
  return flight.channel === null ? null : `${flight.from}>${flight.to} ${flight.channel}`;
}

/** Whether one comes before the other where nothing is done about it. */
function isAhead(one: Flight<unknown>, other: Flight<unknown>): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.id < other.id);
}

export class Flights<Message> {
  private readonly byId: Map<MessageId, Flight<Message>>;
  /** What `all` gave last, until something changes. */
  private snapshot: ReadonlyMap<MessageId, Flight<Message>> | null = null;

  constructor(flights: Iterable<readonly [MessageId, Flight<Message>]> = []) {
    this.byId = new Map(flights);
  }

  get(id: MessageId): Flight<Message> | null {
    return this.byId.get(id) ?? null;
  }

  /** All of them by id; the map stays as it is. */
  all(): ReadonlyMap<MessageId, Flight<Message>> {
    this.snapshot ??= new Map(this.byId);
    return this.snapshot;
  }

  /** Adds one, or replaces the one with its id. */
  put(flight: Flight<Message>): void {
    this.byId.set(flight.id, flight);
    this.snapshot = null;
  }

  remove(id: MessageId): void {
    this.byId.delete(id);
    this.snapshot = null;
  }

  /** When a message sent now over this connection arrives, if it overtakes none that is ahead of it. */
  dueBehind(flight: Flight<Message>): number {
    const connection = connectionOf(flight);
    let dueMs = flight.dueMs;
    if (connection === null) return dueMs;
    for (const other of this.byId.values()) {
      if (connectionOf(other) === connection && other.dueMs > dueMs) dueMs = other.dueMs;
    }
    return dueMs;
  }

  /** Later than all that is under way. */
  dueBehindAllMs(nowMs: number): number {
    let dueMs = nowMs;
    for (const flight of this.byId.values()) if (flight.dueMs > dueMs) dueMs = flight.dueMs;
    return dueMs + 1;
  }

  /**
   * The one that is due first of those that can go on: the head of its connection or a datagram, not held, and nothing in its
   * way that `waits` knows of. What is behind a message that waits in its connection waits with it.
   */
  next(waits: (flight: Flight<Message>) => boolean): Flight<Message> | null {
    const heads = new Map<string, Flight<Message>>();
    let first: Flight<Message> | null = null;
    for (const flight of this.byId.values()) {
      const connection = connectionOf(flight);
      if (connection !== null) {
        const head = heads.get(connection);
        if (head === undefined || isAhead(flight, head)) heads.set(connection, flight);
      } else if (!flight.held && (first === null || isAhead(flight, first)) && !waits(flight)) first = flight;
    }
    for (const head of heads.values()) {
      if (!head.held && (first === null || isAhead(head, first)) && !waits(head)) first = head;
    }
    return first;
  }

  /** The same messages, for a world that goes its own way. */
  copy(): Flights<Message> {
    return new Flights(this.byId);
  }
}

/** Whether a message that arrived now would overtake one of its own connection, as none does over TCP. */
export function wouldOvertake(inFlight: ReadonlyMap<MessageId, Flight<unknown>>, id: MessageId): boolean {
  const flight = inFlight.get(id);
  const connection = flight === undefined ? null : connectionOf(flight);
  if (flight === undefined || connection === null) return false;
  for (const other of inFlight.values()) {
    if (other.id !== id && connectionOf(other) === connection && isAhead(other, flight)) return true;
  }
  return false;
}
