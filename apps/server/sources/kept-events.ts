import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import { apply } from '@vivarium/shared/cluster-reducer';
import { type ClusterState, copyState, emptyState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { apiFailure } from '../api-failure.ts';
import { eventBytes } from './event-bytes.ts';

/** How much is kept; the oldest events go first. */
export interface KeptLimits {
  readonly events: number;
  /** As `eventBytes` estimates them. */
  readonly bytes: number;
  /** Events between two states that the ring keeps: the most that is replayed to know a state. */
  readonly checkpointEvents: number;
}

export const DEFAULT_LIMITS: KeptLimits = { events: 200_000, bytes: 96 << 20, checkpointEvents: 2_000 };

/** A block is full at this part of all bytes too, so that dropping one leaves most of what is kept. */
const BYTES_BLOCKS = 24;

/** Consecutive events, and the state before the first of them. The block is what is kept or dropped as a whole. */
interface Block {
  readonly start: ClusterState;
  readonly events: FeedEvent[];
  bytes: number;
}

/** Numbers the events of one cluster, from 1 without a gap, and keeps the newest ones and the state at each of them. */
export class KeptEvents {
  private readonly limits: KeptLimits;
  private readonly state = emptyState();
  private readonly blocks: Block[] = [];
  private block: Block;
  private count = 0;
  private bytes = 0;

  constructor(limits: KeptLimits = DEFAULT_LIMITS) {
    this.limits = limits;
    this.block = this.openBlock();
  }

  /** The numbers of the first and last event that is kept; `first` is `last + 1` where none is. */
  get kept(): { readonly first: number; readonly last: number } {
    return { first: this.oldest.start.n + 1, last: this.state.n };
  }

  /** The state after the newest event; it changes with the next one. */
  get latest(): ClusterState {
    return this.state;
  }

  /** Takes the next event. */
  push(event: ClusterEvent): FeedEvent {
    if (this.isFull(this.block)) this.block = this.openBlock();
    const numbered = { n: this.state.n + 1, ...event };
    apply(this.state, numbered.n, event);
    const bytes = eventBytes(event);
    this.block.events.push(numbered);
    this.block.bytes += bytes;
    this.bytes += bytes;
    this.count++;
    this.dropOldest();
    return numbered;
  }

  /** The state just after event `n`; null: after the newest. The state is the caller's. Throws `ApiFailure`. */
  stateAt(n: number | null): ClusterState {
    if (n === null || n === this.state.n) return copyState(this.state);
    const { start, events } = this.blockAfter(n);
    const state = copyState(start);
    for (const event of events) {
      if (event.n > n) break;
      apply(state, event.n, event);
    }
    return state;
  }

  /** Up to `limit` events after number `after`. Throws `ApiFailure`. */
  after(after: number, limit: number): FeedEvent[] {
    const found: FeedEvent[] = [];
    let at = this.blocks.indexOf(this.blockAfter(after));
    for (let block = this.blocks[at]; block !== undefined && found.length < limit; block = this.blocks[++at]) {
      const from = Math.max(after - block.start.n, 0);
      for (const event of block.events.slice(from, from + limit - found.length)) found.push(event);
    }
    return found;
  }

  /** The block with the event after number `n`, or the newest one. */
  private blockAfter(n: number): Block {
    const { first, last } = this.kept;
    if (n < first - 1) throw apiFailure('instantNotKept', { at: n, first });
    if (n > last) throw apiFailure('instantUnknown', { at: n, last });
    return this.blocks.findLast(({ start }) => start.n <= n) ?? this.block;
  }

  private get oldest(): Block {
    return this.blocks[0] ?? this.block;
  }

  private isFull({ events, bytes }: Block): boolean {
    return events.length >= this.limits.checkpointEvents || bytes >= this.limits.bytes / BYTES_BLOCKS;
  }

  private openBlock(): Block {
    const block = { start: copyState(this.state), events: [], bytes: 0 };
    this.blocks.push(block);
    return block;
  }

  private dropOldest(): void {
    while (this.blocks.length > 1 && (this.count > this.limits.events || this.bytes > this.limits.bytes)) {
      const { events, bytes } = this.oldest;
      this.count -= events.length;
      this.bytes -= bytes;
      this.blocks.shift();
    }
  }
}
