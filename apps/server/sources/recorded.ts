import { apply } from '@vivarium/shared/cluster-reducer';
import { type ClusterState, copyState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { apiFailure } from '../api-failure.ts';
import type { RecordingPart } from '../recording/part.ts';
import { provenanceOf, type Source } from './source.ts';

/** States that are remembered, so that the way to the next instant is short; and the events between two of them. */
const MAX_CHECKPOINTS = 64;
const CHECKPOINT_EVENTS = 8_000;

/** The id of the source that a recording is. */
export function recordingId(recording: string): string {
  return `recording-${recording}`;
}

/** A recording, all its parts as one. Numbers are those of the events when they were recorded. */
export class RecordedSource implements Source {
  readonly id: string;
  readonly instance: string;
  /** In their order, one at least. */
  private parts: readonly RecordingPart[];
  /** By number, the least recently used first. */
  private readonly checkpoints = new Map<number, ClusterState>();

  constructor(recording: string, parts: readonly RecordingPart[]) {
    this.id = recordingId(recording);
    this.instance = recording;
    this.parts = parts;
  }

  /** What is there now of a recording that still grows, or loses its oldest parts. */
  replaceParts(parts: readonly RecordingPart[]): void {
    this.parts = parts;
  }

  info(): ClusterInfo {
    const [first] = this.parts;
    const { name = '', connectString = null } = first?.header.cluster ?? {};
    return {
      id: this.id,
      name: `${name} ${new Date(first?.header.startedWallMs ?? 0).toISOString()}`,
      kind: 'recorded',
      capabilities: {
        live: false,
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
      provenance: provenanceOf('recording'),
      kept: { first: (first?.before ?? 0) + 1, last: this.parts.at(-1)?.last ?? 0 },
      recording: false,
      connectString,
      attached: null,
    };
  }

  async stateAt(n: number | null): Promise<ClusterState> {
    const wanted = n ?? this.info().kept.last;
    this.check(wanted);
    const part = this.parts.findLast(({ before }) => before <= wanted);
    if (part === undefined) throw apiFailure('instantUnknown', { at: wanted, last: 0 });
    const state = await this.checkpointBefore(part, wanted);
    const end = Math.min(wanted, part.last);
    while (state.n < end) {
      for (const event of await part.eventsFrom(state.n + 1)) {
        if (state.n === end) break;
        apply(state, state.n + 1, event);
      }
      if ((state.n - part.before) % CHECKPOINT_EVENTS === 0) this.remember(state);
    }
    // Between two parts events may be missing: the cluster as it was before them is what is known.
    state.n = wanted;
    return state;
  }

  async eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    this.check(after);
    const found: FeedEvent[] = [];
    let last = after;
    for (const part of this.parts) {
      if (part.last <= last || found.length >= limit) continue;
      if (part.before > last) {
        found.push(await this.lost(last, part));
        last = part.before;
      }
      while (last < part.last && found.length < limit) {
        const events = await part.eventsFrom(last + 1);
        for (const event of events.slice(0, limit - found.length)) found.push({ n: ++last, ...event });
      }
    }
    return found;
  }

  /** Nothing comes: a recording is played from what is there. */
  subscribe(): () => void {
    return () => {};
  }

  onInfoChanged(): () => void {
    return () => {};
  }

  async close(): Promise<void> {}

  private check(n: number): void {
    const { first, last } = this.info().kept;
    if (n < first - 1) throw apiFailure('instantNotKept', { at: n, first });
    if (n > last) throw apiFailure('instantUnknown', { at: n, last });
  }

  /** The nearest state of the part that is known without reading its events; the caller's. */
  private async checkpointBefore(part: RecordingPart, n: number): Promise<ClusterState> {
    const known = [...this.checkpoints.keys()].filter((at) => at > part.before && at <= n);
    const nearest = Math.max(...known);
    const checkpoint = this.checkpoints.get(nearest);
    if (checkpoint === undefined) return part.state();
    this.checkpoints.delete(nearest);
    this.checkpoints.set(nearest, checkpoint);
    return copyState(checkpoint);
  }

  private remember(state: ClusterState): void {
    this.checkpoints.set(state.n, copyState(state));
    for (const oldest of this.checkpoints.keys()) {
      if (this.checkpoints.size <= MAX_CHECKPOINTS) return;
      this.checkpoints.delete(oldest);
    }
  }

  /** The event that stands for those that were left out before the part: its number is that of the last of them. */
  private async lost(after: number, part: RecordingPart): Promise<FeedEvent> {
    const { atMs, wallMs } = await part.state();
    return {
      n: part.before,
      sid: 0,
      sequence: -1,
      atMs,
      wallMs,
      body: { kind: 'dropped', count: part.before - after },
    };
  }
}
