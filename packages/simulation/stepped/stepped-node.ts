/** One node of a stepped world: what it runs, what its disk holds, and what it waits for. */
import type { Random } from '@vivarium/shared/random';
import type { NodeMoment, NodeStatus } from './moment.ts';

interface PendingTimer {
  readonly dueMs: number;
  /** The entry that set it. */
  readonly setN: number;
  /** Breaks ties between things that are due at once: what was asked for first comes first. */
  readonly order: number;
}

/** A write that is not durable yet. */
export interface PendingWrite<Disk> {
  readonly write: number;
  readonly what: string;
  /** What will be on the disk; null where a forced write behind it has already put something newer there. */
  readonly content: { readonly disk: Disk } | null;
  readonly dueMs: number;
  readonly askedN: number;
  readonly order: number;
}

export class SteppedNode<State, Disk> {
  status: NodeStatus = 'down';
  state: State | null = null;
  disk: Disk;
  readonly random: Random;
  readonly timers: Map<string, PendingTimer>;
  /** In the order in which they were asked for. */
  writes: readonly PendingWrite<Disk>[] = [];
  /** What `moment` gave last, until something changes. */
  private snapshot: NodeMoment<State, Disk> | null = null;

  constructor(disk: Disk, random: Random, timers: Iterable<readonly [string, PendingTimer]> = []) {
    this.disk = disk;
    this.random = random;
    this.timers = new Map(timers);
  }

  /** To be called by whoever changed something here. */
  changed(): void {
    this.snapshot = null;
  }

  /** What may be seen of it; stays as it is, but for a state that its program changes in place. */
  moment(): NodeMoment<State, Disk> {
    this.snapshot ??= {
      status: this.status,
      state: this.state,
      disk: this.disk,
      timers: [...this.timers].map(([timer, { dueMs, setN }]) => ({ timer, dueMs, setN })),
      writes: this.writes.map(({ write, what }) => ({ write, what })),
    };
    return this.snapshot;
  }

  /** Puts something on the disk by force: writes that are asked for already do not come after it. */
  force(disk: Disk): void {
    this.disk = disk;
    this.writes = this.writes.map((write) => ({ ...write, content: null }));
  }

  /** The end of a life: what is not on the disk is gone. */
  die(): void {
    this.status = 'down';
    this.state = null;
    this.timers.clear();
    this.writes = [];
    this.changed();
  }

  /** An equal node that goes its own way. */
  copy(copyState: (state: State) => State): SteppedNode<State, Disk> {
    const twin = new SteppedNode<State, Disk>(this.disk, this.random.copy(), this.timers);
    twin.status = this.status;
    twin.state = this.state === null ? null : copyState(this.state);
    twin.writes = this.writes;
    return twin;
  }
}
