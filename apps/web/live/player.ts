/**
 * The one clock of all views: the state of the chosen cluster at the time bar's instant, whichever the source. Views read
 * it with `usePlayer` and never ask whether the picture is live.
 */
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { ApiError } from '@vivarium/shared/contract/errors';
import type { FeedEvent, ViewerSession } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { Message } from './messages.ts';

/** `refused`: the server wants the token again. */
export type Connection = 'connecting' | 'connected' | 'reconnecting' | 'refused';

export interface PlayerView {
  readonly cluster: string;
  /** Null until the first snapshot: the loading state of every page. */
  readonly info: ClusterInfo | null;
  readonly connection: Connection;
  /** Why the cluster cannot be shown; null where it can. */
  readonly error: ApiError | null;
  /** The cluster at the instant. Another object after each change; what is inside is never changed. */
  readonly state: ClusterState;
  /** `live`: the instant is now. `playing`: it moves at `speed`, behind now. `paused`: it stands. */
  readonly mode: 'live' | 'playing' | 'paused';
  /** From 0.001 to 10. */
  readonly speed: number;
  /** The instant on the cluster's monotonic clock, and as wall clock. */
  readonly headMs: number;
  readonly headWallMs: number;
  /** The newest instant that is known. */
  readonly liveMs: number;
  readonly liveWallMs: number;
  readonly liveN: number;
  /** The newest marks and rates (`ClusterState.marks`, `.rates`), also while the instant is in the past. */
  readonly latest: ClusterState;
  /** Set while an election is replayed slowly by itself. */
  readonly replay: { readonly election: number; readonly untilMs: number } | null;
  /** Whether elections are replayed slowly by themselves. */
  readonly autoReplay: boolean;
  /** Events that this viewer was not sent because it was too slow. */
  readonly summarised: number;
  /** From the last event's time to its picture; null before the first. */
  readonly lagMs: number | null;
  readonly viewerSession: ViewerSession;
}

export interface PlayerControls {
  pause(): void;
  /** Goes on from the instant at the speed; from `live` it does nothing. */
  play(): void;
  goLive(): void;
  /** The instant nearest to the time that is kept; pauses. Fetches what the browser does not hold. */
  seek(atMs: number): void;
  /** To just after the event with the number; pauses. */
  seekToEvent(n: number): void;
  /** To the next or previous event that shows (a message, vote, state or commit). */
  step(direction: 1 | -1): void;
  /** In live mode a speed below 1 begins to fall behind: the mode becomes `playing`. */
  setSpeed(speed: number): void;
  setAutoReplay(on: boolean): void;
  /** Whether the page draws elections: where it does not, none is replayed, and who works there stays live. */
  allowReplay(allowed: boolean): void;
}

/** What the drawings ask for beyond the state, at any instant. */
export interface PlayerHistory {
  /** Messages that are drawn at the instant: under way, or so short that they are shown for the least visible time. */
  messagesAt(headMs: number, speed: number): readonly Message[];
  /** Events with fromMs ≤ atMs ≤ toMs that the browser holds, the oldest first, the newest `limit` of them. */
  eventsBetween(fromMs: number, toMs: number, limit: number): readonly FeedEvent[];
  /** The newest `limit` events up to the instant, the newest last. */
  eventsBefore(headMs: number, limit: number): readonly FeedEvent[];
  /** Messages sent or received in the time, for the space–time diagram, the newest `limit` of them. */
  messagesBetween(fromMs: number, toMs: number, limit: number): readonly Message[];
  /** Follows each event as it is applied live (not on seek); returns what ends it. */
  follow(listener: (event: FeedEvent) => void): () => void;
}
