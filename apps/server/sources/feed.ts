import { randomUUID } from 'node:crypto';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { DEFAULT_LIMITS, KeptEvents, type KeptLimits } from './kept-events.ts';
import { Listeners } from './listeners.ts';

/** The events of a cluster that lives: what comes in is numbered, kept, and handed on. */
export class Feed {
  readonly instance = randomUUID();
  private readonly events: KeptEvents;
  private readonly listeners = new Listeners<readonly FeedEvent[]>();

  constructor(limits: KeptLimits = DEFAULT_LIMITS) {
    this.events = new KeptEvents(limits);
  }

  get kept(): { readonly first: number; readonly last: number } {
    return this.events.kept;
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
    return this.events.stateAt(n);
  }

  async eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.events.after(after, limit);
  }

  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void {
    return this.listeners.add(listener);
  }
}
