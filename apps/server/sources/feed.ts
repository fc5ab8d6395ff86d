import { randomUUID } from 'node:crypto';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { RecordedPast } from '../recording/recorded-past.ts';
import { DEFAULT_LIMITS, KeptEvents, type KeptLimits } from './kept-events.ts';
import { Listeners } from './listeners.ts';

/** The events of a cluster that lives: what comes in is numbered, kept, and handed on. */
export class Feed {
  readonly instance = randomUUID();
  private readonly events: KeptEvents;
  private past: RecordedPast | null = null;
  private readonly listeners = new Listeners<readonly FeedEvent[]>();

  constructor(limits: KeptLimits = DEFAULT_LIMITS) {
    this.events = new KeptEvents(limits);
  }

  /** The numbers of the first and last event that can be asked for. */
  get kept(): { readonly first: number; readonly last: number } {
    const { first, last } = this.events.kept;
    const before = this.past?.before ?? null;
    return { first: before === null ? first : Math.min(first, before + 1), last };
  }

  /** From now on what memory has no place for is asked of the files. */
  setPast(past: RecordedPast): void {
    this.past = past;
  }

  /** The state after the newest event; it changes with the next one. */
  get latest(): ClusterState {
    return this.events.latest;
  }

  push(events: readonly ClusterEvent[]): void {
    const numbered = events.map((event) => this.events.push(event));
    if (numbered.length > 0) this.listeners.tell(numbered);
  }

  async stateAt(n: number | null): Promise<ClusterState> {
    const past = n === null ? null : this.pastOf(n);
    return past !== null && n !== null ? past.stateAt(n) : this.events.stateAt(n);
  }

  async eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.pastOf(after)?.eventsAfter(after, limit) ?? this.events.after(after, limit);
  }

  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void {
    return this.listeners.add(listener);
  }

  /** The files, where they have what memory has not. */
  private pastOf(n: number): RecordedPast | null {
    const before = this.past?.before ?? null;
    return before !== null && n >= before && n < this.events.kept.first - 1 ? this.past : null;
  }
}
