/** Schemas of what only the routes need: parameters in paths, and answers that other modules of the contract describe. */
import type { ClusterState, LinkView, ServerView } from '@vivarium/shared/cluster-state';
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { ErrorSchema, ServerActionSchema, typed } from '@vivarium/shared/contract/rest';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { Type } from 'typebox';

const Cluster = Type.String({ maxLength: 100, description: 'id of a cluster, such as local' });
const Sid = Type.Integer({ minimum: 1, maximum: 255, description: 'number of a server' });

export const ClusterParams = Type.Object({ cluster: Cluster });
export const ActionParams = Type.Object({ cluster: Cluster, sid: Sid, action: ServerActionSchema });
export const LinkParams = Type.Object({ cluster: Cluster, from: Sid, to: Sid });

export const ClustersAnswer = Type.Object({
  clusters: Type.Array(typed<ClusterInfo>('what it is, what it can know and what can be done to it')),
});
export const ServersAnswer = Type.Object({
  servers: Type.Array(typed<ServerView>('a server as its cluster’s events tell of it')),
});
export const ServerAnswer = Type.Object({ server: typed<ServerView | null>('the server after the action') });
export const LinksAnswer = Type.Object({
  links: Type.Array(typed<LinkView>('what goes from one server to another, and its fault')),
});
export const LinkAnswer = Type.Object({ link: typed<LinkView | null>('the link after the change') });
export const EventsAnswer = Type.Object({
  instance: Type.String({ description: 'numbers mean the same only within one instance' }),
  events: Type.Array(typed<FeedEvent>('an event with its number')),
  state: Type.Optional(typed<ClusterState>('the cluster at `after`, where it was asked for')),
  kept: Type.Object({ first: Type.Integer(), last: Type.Integer() }),
});

export const SubtreeAnswer = typed<SubtreeJson>('a znode with all below it, and the largest of its children');

/** The answers of every route that are not its own. */
export const failures = { '4xx': ErrorSchema, '5xx': ErrorSchema };
