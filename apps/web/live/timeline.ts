/** A stretch of events without a gap, and the state of the cluster at each instant of it. */
import { apply } from '@vivarium/shared/cluster-reducer';
import { type ClusterState, copyState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { MessageTrack } from './messages.ts';

const CHECKPOINT_EVERY = 1_000;
/** Beyond so many events the oldest are forgotten; the server still has them. */
const MAX_EVENTS = 60_000;

export class Timeline {
  readonly messages = new MessageTrack();
  /** The state after the last event; changed by `push`. */
  readonly latest: ClusterState;
  /** States between events, the first one before all of them: `[events before it, state]`. */
  private checkpoints: { n: number; state: ClusterState }[];
  private kept: FeedEvent[] = [];
  private readonly maxEvents: number;

  /** Begins after the state. */
  constructor(state: ClusterState, maxEvents = MAX_EVENTS) {
    this.latest = copyState(state);
    this.checkpoints = [{ n: state.n, state: copyState(state) }];
    this.maxEvents = maxEvents;
  }

  /** The number of the last event before this stretch. */
  get startN(): number {
    return this.checkpoints[0]?.n ?? 0;
  }

  /** The time of the first event; infinite while there is none. */
  get startMs(): number {
    return this.kept[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  get lastN(): number {
    return this.latest.n;
  }

  /** The time of the last event, or of the state it begins with. */
  get lastMs(): number {
    return this.latest.atMs;
  }

  get events(): readonly FeedEvent[] {
    return this.kept;
  }

  /** Takes events that follow the last one. */
  push(events: readonly FeedEvent[]): void {
    for (const event of events) {
      apply(this.latest, event.n, event);
      this.kept.push(event);
      this.messages.push(event);
      const last = this.checkpoints.at(-1);
      if (last !== undefined && event.n - last.n >= CHECKPOINT_EVERY) {
        this.checkpoints.push({ n: event.n, state: copyState(this.latest) });
      }
    }
    if (this.kept.length > this.maxEvents) this.prune();
  }

  /** The index of the first event after the instant. */
  indexAfter(atMs: number): number {
    return lowerBound(this.kept, (event) => event.atMs <= atMs);
  }

  /** The index of the first event with a higher number. */
  indexAfterN(n: number): number {
    return lowerBound(this.kept, (event) => event.n <= n);
  }

  /** The cluster after the events before an index. */
  stateBefore(index: number): ClusterState {
    const n = index === 0 ? this.startN : (this.kept[index - 1]?.n ?? this.lastN);
    const checkpoint = this.checkpoints.findLast((candidate) => candidate.n <= n) ?? this.checkpoints[0];
    const state = copyState(checkpoint?.state ?? this.latest);
    for (let i = this.indexAfterN(state.n); i < index; i++) {
      const event = this.kept[i];
      if (event !== undefined) apply(state, event.n, event);
    }
    return state;
  }

  /** Forgets a quarter, so that it need not be done for every event. */
  private prune(): void {
    const wanted = this.kept[Math.floor(this.kept.length / 4)]?.n ?? 0;
    const first = this.checkpoints.findIndex(({ n }) => n >= wanted);
    if (first <= 0) return;
    this.checkpoints = this.checkpoints.slice(first);
    this.kept = this.kept.slice(this.indexAfterN(this.startN));
    this.messages.prune(this.startN);
  }
}

/** A place in a timeline that moves forward cheaply. */
export class Cursor {
  readonly timeline: Timeline;
  /** The state at the place; changed by `advance`. */
  readonly state: ClusterState;

  /** At the place before the event with the index. */
  constructor(timeline: Timeline, index: number) {
    this.timeline = timeline;
    this.state = timeline.stateBefore(index);
  }

  /** The next event; undefined at the end. */
  get next(): FeedEvent | undefined {
    const { timeline } = this;
    return timeline.events[timeline.indexAfterN(this.state.n)];
  }

  /** Applies the events up to the instant; false where what it stands on has been forgotten. */
  advance(atMs: number): boolean {
    const { timeline, state } = this;
    if (state.n < timeline.startN) return false;
    for (let i = timeline.indexAfterN(state.n); i < timeline.events.length; i++) {
      const event = timeline.events[i];
      if (event === undefined || event.atMs > atMs) break;
      apply(state, event.n, event);
    }
    return true;
  }
}

function lowerBound(events: readonly FeedEvent[], isBefore: (event: FeedEvent) => boolean): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const event = events[middle];
    if (event !== undefined && isBefore(event)) low = middle + 1;
    else high = middle;
  }
  return low;
}
