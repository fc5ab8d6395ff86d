/**
 * What the browser and `apps/server` say to one another over socket.io, at `<base path>/socket.io`. The handshake carries
 * the cookie (or `auth.token`) and `auth.viewer`, a random name that a tab keeps for itself.
 *
 * A viewer joins a cluster and is sent a `snapshot`, or, where it resumes and its number is still kept, only what came
 * since; then `batch`es. A batch costs one credit; `credit` gives it back when the batch has been applied. Without credits
 * nothing is sent; a viewer that is too far behind by then is sent a new `snapshot` with the count of what it did not see.
 */
import type { ClusterEvent } from '../cluster-event.ts';
import type { ClusterState } from '../cluster-state.ts';
import type { ApiError } from './errors.ts';
import type { ClusterInfo } from './source.ts';

/** An event with its number: numbers of one cluster rise by one, without a gap. */
export interface FeedEvent extends ClusterEvent {
  readonly n: number;
}

/** Parts of the stream, each a room. A viewer gets the events of the topics it asked for. */
export type Topic = 'cluster' | 'znodes' | 'sessions';

/** Batches that may be under way to a viewer. */
export const CREDITS = 8;
/** The most events of one batch. */
export const MAX_BATCH_EVENTS = 2_000;

export interface JoinRequest {
  readonly cluster: string;
  readonly topics: readonly Topic[];
  /** Where a viewer left off: the instance that numbered the events and the last number it has. */
  readonly resume?: { readonly instance: string; readonly after: number };
}

/** The most paths that one viewer can have open. */
export const MAX_OPEN_PATHS = 200;

/** All that is open now; it takes the place of what was. */
export interface OpenRequest {
  readonly cluster: string;
  /** Up to `MAX_OPEN_PATHS`, those that matter most first. */
  readonly paths: readonly string[];
}

export interface JoinReply {
  readonly resumed: boolean;
  /** What this viewer is called in events (`by`). */
  readonly actor: string;
}

export interface SnapshotMessage {
  readonly cluster: string;
  /** Numbers mean the same only within one instance: another one after each start of the server. */
  readonly instance: string;
  readonly info: ClusterInfo;
  readonly state: ClusterState;
  /** Events that this viewer was not sent because it was too slow; 0 where it just joins. */
  readonly summarised: number;
  /** On the host's monotonic clock: where nothing happens, this tells what time it is. */
  readonly sentAtMs: number;
}

export interface BatchMessage {
  readonly cluster: string;
  /** All events of the viewer's topics with `after` < n ≤ `upTo`. */
  readonly after: number;
  readonly upTo: number;
  readonly events: readonly FeedEvent[];
  /** The host's monotonic clock when it sent this: what the age of the picture is measured by. */
  readonly sentAtMs: number;
}

/** The viewer's own ZooKeeper session with a cluster, which its ephemerals belong to; null while it has none. */
export interface ViewerSession {
  /** Null: it has none with any cluster. */
  readonly cluster: string | null;
  readonly session: string | null;
  readonly state: 'none' | 'connecting' | 'connected' | 'disconnected' | 'expired';
  readonly server: string | null;
}

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

export interface ServerToViewer {
  snapshot(message: SnapshotMessage): void;
  batch(message: BatchMessage): void;
  /** The cluster's info has changed (a recording began, …). */
  info(message: ClusterInfo): void;
  /** A cluster has come or gone: the list is to be asked for anew. */
  clusters(): void;
  viewerSession(message: ViewerSession): void;
  /** What the viewer has read of these open paths may be old, though no event tells of a change. */
  refresh(message: OpenRequest): void;
  /** Something went wrong with what this viewer asked for earlier. */
  fault(message: ApiError): void;
}

export interface ViewerToServer {
  join(request: JoinRequest, reply: (answer: Reply<JoinReply>) => void): void;
  leave(request: { readonly cluster: string }, reply: (answer: Reply<null>) => void): void;
  credit(request: { readonly cluster: string; readonly upTo: number }): void;
  /** Which znodes are open on the viewer's screen: what happens to these is told, where not everything is known anyway. */
  open(request: OpenRequest): void;
}
