/** What clusters there are, how they stand, and what happened in them. */
import { EventsQuery, InstantQuery } from '@vivarium/shared/contract/rest';
import { authorise } from '../auth/authorise.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, ClustersAnswer, EventsAnswer, failures, LinksAnswer, ServersAnswer } from './schemas.ts';

const DEFAULT_EVENTS = 1_000;

export function clusterRoutes(app: App, { clusters }: AppParts): void {
  const tags = ['clusters'];

  app.get(
    '/clusters',
    { schema: { tags, summary: 'All clusters and recordings', response: { 200: ClustersAnswer, ...failures } } },
    async (request) => {
      const viewer = viewerOf(request);
      const infos = await clusters.list();
      for (const { id } of infos) authorise(viewer, id, null, 'see');
      return { clusters: [...infos] };
    },
  );

  app.get(
    '/clusters/:cluster/servers',
    {
      schema: {
        tags,
        summary: 'The servers of a cluster, now or after an event',
        params: ClusterParams,
        querystring: InstantQuery,
        response: { 200: ServersAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      authorise(viewerOf(request), cluster, null, 'see');
      const { servers } = await (await clusters.get(cluster)).stateAt(request.query.at ?? null);
      return { servers: Object.values(servers) };
    },
  );

  app.get(
    '/clusters/:cluster/links',
    {
      schema: {
        tags,
        summary: 'What goes between the servers, with the faults that stand',
        params: ClusterParams,
        querystring: InstantQuery,
        response: { 200: LinksAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      authorise(viewerOf(request), cluster, null, 'see');
      const { links } = await (await clusters.get(cluster)).stateAt(request.query.at ?? null);
      return { links: Object.values(links) };
    },
  );

  app.get(
    '/clusters/:cluster/events',
    {
      schema: {
        tags,
        summary: 'Kept events behind a number, and the cluster’s state there',
        params: ClusterParams,
        querystring: EventsQuery,
        response: { 200: EventsAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      authorise(viewerOf(request), cluster, null, 'see');
      const source = await clusters.get(cluster);
      const { after, limit = DEFAULT_EVENTS, state } = request.query;
      const events = await source.eventsAfter(after, limit);
      return {
        instance: source.instance,
        events: [...events],
        ...(state === true ? { state: await source.stateAt(after) } : {}),
        kept: source.info().kept,
      };
    },
  );
}
