/**
 * Brings the events of the clusters to their viewers: one timer for all, and each batch made once for all viewers that are
 * at the same place. Nothing is queued for a viewer: there is its number, and what it has not given back yet.
 */
import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import {
  type BatchMessage,
  CREDITS,
  type JoinRequest,
  MAX_BATCH_EVENTS,
  type SnapshotMessage,
  type Topic,
} from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { ApiFailure } from '../api-failure.ts';
import type { Source } from '../sources/source.ts';
import { eventsOfTopics } from './topics.ts';

/** Carries a message to the connections of viewers. */
export interface Outlet {
  snapshot(to: readonly string[], message: SnapshotMessage): void;
  batch(to: readonly string[], message: BatchMessage): void;
  info(to: readonly string[], message: ClusterInfo): void;
  /** Whether the connection has not taken yet what it was sent. */
  isBlocked(connection: string): boolean;
  /** The source cannot say how its cluster is; these viewers are sent nothing more of it. */
  failed(to: readonly string[], error: unknown): void;
}

export interface DistributionOptions {
  /** At least so much lies between two messages to one viewer. */
  readonly intervalMs: number;
  /** A viewer that is further behind gets a snapshot. */
  readonly maxLagEvents: number;
}

export const DEFAULT_DISTRIBUTION: DistributionOptions = { intervalMs: 50, maxLagEvents: 20_000 };

/** What follows closely on the first event after a pause, such as all steps of one write, goes with it. */
const GATHER_MS = 8;

/** One viewer of one cluster. A viewer that joins again takes another seat. */
interface Seat {
  readonly connection: string;
  readonly topics: ReadonlySet<Topic>;
  /** The last number that it was sent; null: it needs a snapshot. */
  after: number | null;
  /** The last number of each message that it has not given the credit back of. */
  underWay: number[];
}

/** The viewers of one cluster. */
interface Room {
  readonly source: Source;
  readonly seats: Map<string, Seat>;
  readonly unsubscribe: () => void;
  /** A round is under way. */
  busy: boolean;
}

export class Distributor {
  private readonly outlet: Outlet;
  private readonly options: DistributionOptions;
  private readonly rooms = new Map<string, Room>();
  private timer: NodeJS.Timeout | null = null;
  private lastRoundMs = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(outlet: Outlet, options: DistributionOptions = DEFAULT_DISTRIBUTION) {
    this.outlet = outlet;
    this.options = options;
  }

  /** Begins to send to a viewer; where it was one of the cluster already, anew. Says whether it goes on where it was. */
  join(connection: string, source: Source, request: Pick<JoinRequest, 'topics' | 'resume'>): boolean {
    const { topics, resume } = request;
    const room = this.rooms.get(source.id) ?? this.openRoom(source);
    const { first, last } = source.info().kept;
    const resumed =
      resume !== undefined &&
      resume.instance === source.instance &&
      resume.after >= Math.max(first - 1, last - this.options.maxLagEvents) &&
      resume.after <= last;
    const after = resumed ? resume.after : null;
    room.seats.set(connection, { connection, topics: new Set(topics), after, underWay: [] });
    this.schedule();
    return resumed;
  }

  /** Whether the connection follows the cluster. */
  follows(connection: string, cluster: string): boolean {
    return this.rooms.get(cluster)?.seats.has(connection) === true;
  }

  leave(connection: string, cluster: string): void {
    const room = this.rooms.get(cluster);
    if (!room?.seats.delete(connection) || room.seats.size > 0) return;
    room.unsubscribe();
    this.rooms.delete(cluster);
  }

  /** The connection has ended; returns the clusters that it followed. */
  leaveAll(connection: string): string[] {
    const followed = [...this.rooms.keys()].filter((cluster) => this.follows(connection, cluster));
    for (const cluster of followed) this.leave(connection, cluster);
    return followed;
  }

  /** The cluster is there no more: its viewers are told why. */
  end(cluster: string, error: unknown): void {
    const room = this.rooms.get(cluster);
    if (room !== undefined) this.dismiss(room, [...room.seats.values()], error);
  }

  /** The viewer has applied all up to the number. */
  credit(connection: string, cluster: string, upTo: number): void {
    const seat = this.rooms.get(cluster)?.seats.get(connection);
    if (seat === undefined) return;
    seat.underWay = seat.underWay.filter((n) => n > upTo);
    this.schedule();
  }

  /** How many clusters the connection follows beside the one. */
  followed(connection: string, beside: string): number {
    return [...this.rooms.values()].filter(({ source, seats }) => source.id !== beside && seats.has(connection)).length;
  }

  /** Sends nothing more. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const room of this.rooms.values()) room.unsubscribe();
    this.rooms.clear();
  }

  private openRoom(source: Source): Room {
    const seats = new Map<string, Seat>();
    const endEvents = source.subscribe(() => this.schedule());
    const endInfo = source.onInfoChanged(() => this.outlet.info([...seats.keys()], source.info()));
    const unsubscribe = (): void => {
      endEvents();
      endInfo();
    };
    const room = { source, seats, unsubscribe, busy: false };
    this.rooms.set(source.id, room);
    return room;
  }

  private schedule(): void {
    if (this.closed) return;
    const delayMs = Math.max(this.lastRoundMs + this.options.intervalMs - machineMs(), GATHER_MS);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.lastRoundMs = machineMs();
      for (const room of this.rooms.values()) void this.round(room);
    }, delayMs);
  }

  /** Sends each viewer of the room that has credits what it lacks: a snapshot, or one batch. */
  private async round(room: Room): Promise<void> {
    if (room.busy) {
      this.schedule();
      return;
    }
    room.busy = true;
    const { first, last } = room.source.info().kept;
    const oldest = Math.max(first - 1, last - this.options.maxLagEvents);
    const ready = waitingSeats(room).filter(({ connection }) => !this.outlet.isBlocked(connection));
    const places = Map.groupBy(ready, ({ after }) => (after === null || after < oldest ? null : after));
    for (const [after, seats] of places) {
      try {
        if (after === null) await this.sendSnapshot(room, seats);
        else await this.sendBatch(room, after, seats);
      } catch (error) {
        this.giveUp(room, seats, error);
      }
    }
    room.busy = false;
    if (waitingSeats(room).length > 0) this.schedule();
  }

  private async sendBatch(room: Room, after: number, seats: readonly Seat[]): Promise<void> {
    const { source } = room;
    const events = await source.eventsAfter(after, MAX_BATCH_EVENTS);
    const upTo = events.at(-1)?.n ?? after;
    const alike = Map.groupBy(stillThere(room, seats), ({ topics }) => [...topics].sort().join());
    for (const group of alike.values()) {
      const topics = group[0]?.topics ?? new Set();
      const sentAtMs = machineMs();
      const message = { cluster: source.id, after, upTo, events: eventsOfTopics(events, topics), sentAtMs };
      this.outlet.batch(connectionsOf(group), message);
      for (const seat of group) wasSent(seat, upTo);
    }
  }

  private async sendSnapshot(room: Room, seats: readonly Seat[]): Promise<void> {
    const { source } = room;
    const state = await source.stateAt(null);
    const alike = Map.groupBy(stillThere(room, seats), ({ after }) => (after === null ? 0 : state.n - after));
    for (const [summarised, group] of alike) {
      const message = {
        cluster: source.id,
        instance: source.instance,
        info: source.info(),
        state,
        summarised,
        sentAtMs: machineMs(),
      };
      this.outlet.snapshot(connectionsOf(group), message);
      for (const seat of group) wasSent(seat, state.n);
    }
  }

  private giveUp(room: Room, seats: readonly Seat[], error: unknown): void {
    // The ring has gone on meanwhile: the next round sends a snapshot.
    if (error instanceof ApiFailure && error.error.code === 'instantNotKept') return;
    this.dismiss(room, stillThere(room, seats), error);
  }

  private dismiss(room: Room, left: readonly Seat[], error: unknown): void {
    for (const { connection } of left) this.leave(connection, room.source.id);
    this.outlet.failed(connectionsOf(left), error);
  }
}

function connectionsOf(seats: readonly Seat[]): string[] {
  return seats.map(({ connection }) => connection);
}

/** The seats that lack something and have a credit. */
function waitingSeats({ seats, source }: Room): Seat[] {
  const { last } = source.info().kept;
  return [...seats.values()].filter(
    ({ after, underWay }) => (after === null || after < last) && underWay.length < CREDITS,
  );
}

/** Those that have neither left nor joined anew. */
function stillThere({ seats }: Room, of: readonly Seat[]): Seat[] {
  return of.filter((seat) => seats.get(seat.connection) === seat);
}

function wasSent(seat: Seat, upTo: number): void {
  seat.after = upTo;
  seat.underWay.push(upTo);
}
