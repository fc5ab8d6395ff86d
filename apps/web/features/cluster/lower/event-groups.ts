/** What kinds of events the feed can be narrowed to. */
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { FeedEvent } from '@vivarium/shared/contract/socket';

export type EventGroup = 'states' | 'votes' | 'writes' | 'messages' | 'sessions' | 'watches';

/** The order in which the filter names them. */
export const EVENT_GROUPS: readonly EventGroup[] = ['states', 'votes', 'writes', 'messages', 'sessions', 'watches'];

const GROUP_OF: Readonly<Record<ClusterEventBody['kind'], EventGroup>> = {
  stateChanged: 'states',
  electionWon: 'states',
  synchronised: 'states',
  processChanged: 'states',
  linkFaulted: 'states',
  memberAdded: 'states',
  memberRemoved: 'states',
  reachabilityChanged: 'states',
  warning: 'states',
  dropped: 'states',
  voteSent: 'votes',
  voteReceived: 'votes',
  packetSent: 'messages',
  packetReceived: 'messages',
  writeRequested: 'writes',
  proposed: 'writes',
  logged: 'writes',
  acked: 'writes',
  committed: 'writes',
  applied: 'writes',
  znodeSeen: 'writes',
  writeReplied: 'writes',
  clientConnected: 'sessions',
  clientClosed: 'sessions',
  sessionCreated: 'sessions',
  sessionClosed: 'sessions',
  watchSet: 'watches',
  watchFired: 'watches',
  watchRemoved: 'watches',
};

/** What the feed shows; an empty list of servers is all of them, `text` is looked for in the sentence. */
export interface EventFilter {
  readonly groups: readonly EventGroup[];
  readonly sids: readonly number[];
  readonly text: string;
}

/** The group of an event. */
export function groupOf(event: FeedEvent): EventGroup {
  return GROUP_OF[event.body.kind];
}

/** The events that pass the filter; `sentence` is only asked for where there is a text to look for. */
export function filterEvents(
  events: readonly FeedEvent[],
  filter: EventFilter,
  sentence: (event: FeedEvent) => string,
): readonly FeedEvent[] {
  const wanted = filter.text.trim().toLowerCase();
  return events.filter(
    (event) =>
      filter.groups.includes(groupOf(event)) &&
      (filter.sids.length === 0 || filter.sids.includes(event.sid)) &&
      (wanted === '' || sentence(event).toLowerCase().includes(wanted)),
  );
}
