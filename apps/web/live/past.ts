/** Stretches of the past that the browser does not hold, from the server. */
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { api } from './api.ts';
import { Timeline } from './timeline.ts';

interface EventsAnswer {
  readonly events: readonly FeedEvent[];
  readonly state?: ClusterState;
}

const STRETCH = 10_000;
/** How much before the wanted instant is fetched too, so that a step back needs nothing. */
const BEFORE = 2_000;

/** The events after a number. */
export async function fetchFrom(cluster: string, after: number): Promise<Timeline> {
  const { events, state } = await get(cluster, after, STRETCH, true);
  if (state === undefined) throw new Error('the server answered without the state that it was asked for');
  const timeline = new Timeline(state);
  timeline.push(events);
  return timeline;
}

/** The events around a time: which numbers they have, a search by halves finds out. */
export async function fetchAround(cluster: string, first: number, last: number, atMs: number): Promise<Timeline> {
  let low = first - 1;
  let high = last;
  while (high - low > BEFORE / 2) {
    const middle = (low + high) >> 1;
    const { events } = await get(cluster, middle, 1, false);
    if ((events[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) low = middle;
    else high = middle;
  }
  return fetchFrom(cluster, Math.max(first - 1, low - BEFORE));
}

function get(cluster: string, after: number, limit: number, state: boolean): Promise<EventsAnswer> {
  return api.get<EventsAnswer>(`api/clusters/${encodeURIComponent(cluster)}/events`, { after, limit, state });
}
