import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { Feed } from './feed.ts';
import type { KeptLimits } from './kept-events.ts';
import { provenanceOf, type Source } from './source.ts';
import { syntheticSteps } from './synthetic-events.ts';

export interface SyntheticOptions {
  readonly eventsPerSecond: number;
  readonly limits?: KeptLimits;
}

const TICK_MS = 10;
/** After a longer pause of the process the missed time is not made up for. */
const MAX_TICK_MS = 200;

/** A cluster `synthetic` that nobody runs, whose events come at a steady rate: to measure what is behind the sources. */
export function createSynthetic(options: SyntheticOptions): Source {
  return new SyntheticSource(options);
}

class SyntheticSource implements Source {
  readonly id = 'synthetic';
  private readonly feed: Feed;
  private readonly steps = syntheticSteps();
  private readonly sequences = new Map<number, number>();
  private readonly eventsPerMs: number;
  private readonly timer: NodeJS.Timeout;
  /** The time up to which events are made. */
  private madeMs = machineMs();

  constructor({ eventsPerSecond, limits }: SyntheticOptions) {
    this.feed = new Feed(limits);
    this.eventsPerMs = eventsPerSecond / 1_000;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  get instance(): string {
    return this.feed.instance;
  }

  info(): ClusterInfo {
    return {
      id: this.id,
      name: 'Synthetic',
      kind: 'simulated',
      capabilities: {
        live: true,
        processes: false,
        faults: false,
        addObserver: false,
        readZnodes: false,
        readPast: false,
        writeZnodes: false,
        search: false,
        transactions: false,
        health: false,
      },
      provenance: { ...provenanceOf('trace'), process: 'host', znodes: 'missing' },
      kept: this.feed.kept,
      recording: false,
      connectString: null,
      attached: null,
    };
  }

  stateAt(n: number | null): Promise<ClusterState> {
    return this.feed.stateAt(n);
  }

  eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.feed.eventsAfter(after, limit);
  }

  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void {
    return this.feed.subscribe(listener);
  }

  onInfoChanged(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
  }

  private tick(): void {
    const nowMs = machineMs();
    this.madeMs = Math.max(this.madeMs, nowMs - MAX_TICK_MS);
    const count = Math.floor((nowMs - this.madeMs) * this.eventsPerMs);
    const aheadMs = Date.now() - nowMs;
    const events = Array.from({ length: count }, (_, index) => {
      const { sid, body } = this.steps.next().value;
      const sequence = this.sequences.get(sid) ?? 0;
      this.sequences.set(sid, sequence + 1);
      const atMs = this.madeMs + (index + 1) / this.eventsPerMs;
      return { sid, sequence, atMs, wallMs: Math.floor(atMs + aheadMs), body };
    });
    this.madeMs += count / this.eventsPerMs;
    this.feed.push(events);
  }
}
