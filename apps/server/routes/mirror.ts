/** The tree in memory: search, and the sizes of subtrees. */
import { SearchQuery, SearchSchema, SubtreeQuery } from '@vivarium/shared/contract/mirror';
import { apiFailure } from '../api-failure.ts';
import { authorise } from '../auth/authorise.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { Clusters } from '../sources/clusters.ts';
import { checkPath } from '../znodes/path-check.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, failures, SubtreeAnswer } from './schemas.ts';

const DEFAULT_HITS = 100;
const DEFAULT_DEPTH = 2;
const DEFAULT_CHILDREN = 24;

export function mirrorRoutes(app: App, { clusters }: AppParts): void {
  const tags = ['znodes'];

  app.get(
    '/clusters/:cluster/search',
    {
      schema: {
        tags,
        summary: 'Znodes by name, path pattern or content',
        params: ClusterParams,
        querystring: SearchQuery,
        response: { 200: SearchSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const { text, in: where, below = '/', limit = DEFAULT_HITS } = request.query;
      checkPath(below);
      authorise(viewerOf(request), cluster, below, 'read');
      return (await mirrorOf(clusters, cluster)).ask('search', { text, in: where, below, limit });
    },
  );

  app.get(
    '/clusters/:cluster/subtree',
    {
      schema: {
        tags,
        summary: 'What a znode and all below it come to, with its largest children',
        params: ClusterParams,
        querystring: SubtreeQuery,
        response: { 200: SubtreeAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const { path, by = 'bytes', depth = DEFAULT_DEPTH, limit = DEFAULT_CHILDREN } = request.query;
      checkPath(path);
      authorise(viewerOf(request), cluster, path, 'read');
      return (await mirrorOf(clusters, cluster)).ask('subtree', { path, by, depth, limit });
    },
  );
}

/** Rejects with `unknownCluster` and `notCapable`. */
async function mirrorOf(clusters: Clusters, cluster: string): Promise<Mirror> {
  const source = await clusters.get(cluster);
  if (!source.mirror) throw apiFailure('notCapable', { cluster, kind: source.info().kind });
  return source.mirror;
}
