/** What is wrong with a cluster, and words that somebody asks one of its servers. */
import {
  ASKABLE_WORDS,
  HealthQuery,
  type HealthReport,
  WordAnswerSchema,
  WordQuery,
} from '@vivarium/shared/contract/health';
import { typed } from '@vivarium/shared/contract/rest';
import { Type } from 'typebox';
import { apiFailure } from '../api-failure.ts';
import { authorise } from '../auth/authorise.ts';
import type { ClusterHealth } from '../health/cluster-health.ts';
import type { Clusters } from '../sources/clusters.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, failures } from './schemas.ts';

const WordParams = Type.Object({
  ...ClusterParams.properties,
  word: Type.Union(ASKABLE_WORDS.map((word) => Type.Literal(word))),
});
const HealthAnswer = typed<HealthReport>('findings, the most serious first, replicas, and what may be restarted');

export function healthRoutes(app: App, { clusters }: AppParts): void {
  const tags = ['health'];

  app.get(
    '/clusters/:cluster/health',
    {
      schema: {
        tags,
        summary: 'What is wrong with a cluster, now or at an instant',
        params: ClusterParams,
        querystring: HealthQuery,
        response: { 200: HealthAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      authorise(viewerOf(request), cluster, null, 'see');
      return (await healthOf(clusters, cluster)).report(request.query.atMs ?? null);
    },
  );

  app.get(
    '/clusters/:cluster/words/:word',
    {
      schema: {
        tags,
        summary: 'What a server answers to a four-letter word; kept some seconds for all who ask',
        params: WordParams,
        querystring: WordQuery,
        response: { 200: WordAnswerSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster, word } = request.params;
      // `dump`, `wchc` and `wchp` name znodes all over the tree.
      authorise(viewerOf(request), cluster, '/', 'read');
      return (await healthOf(clusters, cluster)).ask(request.query.sid, word);
    },
  );
}

async function healthOf(clusters: Clusters, cluster: string): Promise<ClusterHealth> {
  const source = await clusters.get(cluster);
  if (source.health === undefined) throw apiFailure('notCapable', { cluster, kind: source.info().kind });
  return source.health;
}
