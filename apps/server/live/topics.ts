import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { FeedEvent, Topic } from '@vivarium/shared/contract/socket';

/** The part of the stream that each kind of event belongs to. */
const TOPICS: Readonly<Record<ClusterEventBody['kind'], Topic>> = {
  stateChanged: 'cluster',
  voteSent: 'cluster',
  voteReceived: 'cluster',
  electionWon: 'cluster',
  packetSent: 'cluster',
  packetReceived: 'cluster',
  proposed: 'cluster',
  logged: 'cluster',
  acked: 'cluster',
  committed: 'cluster',
  synchronised: 'cluster',
  warning: 'cluster',
  processChanged: 'cluster',
  linkFaulted: 'cluster',
  memberAdded: 'cluster',
  dropped: 'cluster',
  memberRemoved: 'cluster',
  reachabilityChanged: 'cluster',
  applied: 'znodes',
  znodeSeen: 'znodes',
  writeRequested: 'sessions',
  writeReplied: 'sessions',
  clientConnected: 'sessions',
  clientClosed: 'sessions',
  sessionCreated: 'sessions',
  sessionClosed: 'sessions',
  watchSet: 'sessions',
  watchFired: 'sessions',
  watchRemoved: 'sessions',
};

/** How many topics there are. */
const TOPIC_COUNT = new Set(Object.values(TOPICS)).size;

/** The events of the topics; an unknown kind, of a newer release, goes to everyone. */
export function eventsOfTopics(events: readonly FeedEvent[], topics: ReadonlySet<Topic>): readonly FeedEvent[] {
  if (topics.size === TOPIC_COUNT) return events;
  return events.filter(({ body }) => topics.has(TOPICS[body.kind] ?? 'cluster'));
}
