/** Committed transactions: a list with filters, and each with its data. */
import { TransactionDetailSchema, TransactionsQuery, TransactionsSchema } from '@vivarium/shared/contract/transactions';
import { type Static, Type } from 'typebox';
import { apiFailure } from '../api-failure.ts';
import { authorise } from '../auth/authorise.ts';
import type { Clusters } from '../sources/clusters.ts';
import type { ClusterTransactions } from '../transactions/cluster-transactions.ts';
import type { TransactionFilter } from '../transactions/transaction-store.ts';
import { checkPath } from '../znodes/path-check.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, failures } from './schemas.ts';

const DEFAULT_TRANSACTIONS = 100;

const TransactionParams = Type.Object({
  ...ClusterParams.properties,
  zxid: Type.String({ pattern: '^0x[0-9a-f]{1,16}$' }),
});

export function transactionRoutes(app: App, { clusters }: AppParts): void {
  const tags = ['transactions'];
  const url = '/clusters/:cluster/transactions';

  app.get(
    url,
    {
      schema: {
        tags,
        summary: 'Committed transactions, the newest first, a page at a time',
        params: ClusterParams,
        querystring: TransactionsQuery,
        response: { 200: TransactionsSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      const { path, below } = request.query;
      authorise(viewer, cluster, path ?? below ?? null, 'read');
      for (const named of [path, below]) if (named !== undefined) checkPath(named);
      return (await transactionsOf(clusters, cluster)).find(filterOf(request.query));
    },
  );

  app.get(
    `${url}/:zxid`,
    {
      schema: {
        tags,
        summary: 'A transaction, with the data before and after it',
        params: TransactionParams,
        response: { 200: TransactionDetailSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster, zxid } = request.params;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'read');
      const detail = await (await transactionsOf(clusters, cluster)).detail(BigInt(zxid));
      for (const { path } of detail.transaction.changes) authorise(viewer, cluster, path, 'read');
      return detail;
    },
  );
}

async function transactionsOf(clusters: Clusters, cluster: string): Promise<ClusterTransactions> {
  const source = await clusters.get(cluster);
  if (source.transactions === undefined) throw apiFailure('notCapable', { cluster, kind: source.info().kind });
  return source.transactions;
}

function filterOf(query: Static<typeof TransactionsQuery>): TransactionFilter {
  const { session, before, after, until, limit = DEFAULT_TRANSACTIONS, ...rest } = query;
  return {
    ...rest,
    limit,
    ...(session === undefined ? {} : { session: BigInt(session) }),
    ...(before === undefined ? {} : { before: BigInt(before) }),
    ...(after === undefined ? {} : { after: BigInt(after) }),
    ...(until === undefined ? {} : { until: BigInt(until) }),
  };
}
