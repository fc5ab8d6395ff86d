import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo, Field, Origin } from '@vivarium/shared/contract/source';
import type { ClusterHealth } from '../health/cluster-health.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { ClusterTransactions } from '../transactions/cluster-transactions.ts';

/** Where the events of one cluster come from: our own servers, a recording, or a load generator. */
export interface Source {
  readonly id: string;
  /** What the numbers of the events are numbers in: another one after each start of the server. */
  readonly instance: string;

  /** Its committed transactions, where they are kept. */
  readonly transactions?: ClusterTransactions | undefined;

  /** What is wrong with it, where that is looked for. */
  readonly health?: ClusterHealth;

  info(): ClusterInfo;

  /** The tree in memory, where it is held now. */
  readonly mirror?: Mirror | null;

  /**
   * The cluster just after event `n`, or after the newest one for null. The state is the caller's.
   * Rejects with `ApiFailure` `instantNotKept` or `instantUnknown`.
   */
  stateAt(n: number | null): Promise<ClusterState>;

  /**
   * Up to `limit` events that follow number `after`, in their order; none where `after` is the newest one.
   * Rejects with `ApiFailure` `instantNotKept` or `instantUnknown`.
   */
  eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]>;

  /** Hands over new events as they come, one or more at a time; returns what ends it. */
  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void;

  /** Called when `info()` has changed in more than what is kept; returns what ends it. */
  onInfoChanged(listener: () => void): () => void;

  /** Ends all that the source runs or holds open. */
  close(): Promise<void>;
}

/** Every field from the one origin. */
export function provenanceOf(origin: Origin): Readonly<Record<Field, Origin>> {
  return {
    process: origin,
    role: origin,
    votes: origin,
    messages: origin,
    proposals: origin,
    sessions: origin,
    watches: origin,
    znodes: origin,
    latency: origin,
    digest: origin,
  };
}
