/** The tree: read it, now or as it was, and write to it. */
import {
  ChildrenQuery,
  ChildrenSchema,
  CreateBody,
  CreatedSchema,
  DeletedSchema,
  DeleteQuery,
  PathQuery,
  ReadQuery,
  SetBody,
  StatSchema,
  ZnodeSchema,
} from '@vivarium/shared/contract/rest';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { apiFailure } from '../api-failure.ts';
import { audited } from '../audit/audit.ts';
import { authorise } from '../auth/authorise.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, failures } from './schemas.ts';

const DEFAULT_CHILDREN = 500;

export function znodeRoutes(app: App, { stores }: AppParts): void {
  const tags = ['znodes'];
  const url = '/clusters/:cluster/znodes';

  app.get(
    url,
    {
      schema: {
        tags,
        summary: 'A znode: data, Stat and ACL',
        params: ClusterParams,
        querystring: ReadQuery,
        response: { 200: ZnodeSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const { path, at = null } = request.query;
      authorise(viewerOf(request), cluster, path, 'read');
      return (await stores.get(cluster)).read(path, at);
    },
  );

  app.get(
    `${url}/children`,
    {
      schema: {
        tags,
        summary: 'The children of a znode, sorted, a page at a time',
        params: ClusterParams,
        querystring: ChildrenQuery,
        response: { 200: ChildrenSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const { path, at = null, offset = 0, limit = DEFAULT_CHILDREN, stat = false } = request.query;
      authorise(viewerOf(request), cluster, path, 'read');
      return (await stores.get(cluster)).children(path, { offset, limit, stat }, at);
    },
  );

  app.post(
    url,
    {
      schema: {
        tags,
        summary: 'Create a znode',
        description: 'An ephemeral belongs to the session of the tab that the header x-vivarium-viewer names.',
        params: ClusterParams,
        querystring: PathQuery,
        headers: ViewerHeaders,
        body: CreateBody,
        response: { 201: CreatedSchema, ...failures },
      },
    },
    async (request, reply) => {
      refusePast(request);
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      const path = pathOf(request.query, request.body);
      authorise(viewer, cluster, path, 'create');
      const store = await stores.get(cluster);
      const tab = request.headers['x-vivarium-viewer'] ?? null;
      const write = { viewer, cluster, action: 'create', target: path };
      const created = await audited(request.log, write, () => store.create({ ...request.body, path }, tab));
      return reply.code(201).send(created);
    },
  );

  app.put(
    url,
    {
      schema: {
        tags,
        summary: 'Replace the data of a znode that is still at the version',
        params: ClusterParams,
        querystring: PathQuery,
        body: SetBody,
        response: { 200: Type.Object({ stat: StatSchema }), ...failures },
      },
    },
    async (request) => {
      refusePast(request);
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      const path = pathOf(request.query, request.body);
      authorise(viewer, cluster, path, 'write');
      const store = await stores.get(cluster);
      const write = { viewer, cluster, action: 'setData', target: path };
      return { stat: await audited(request.log, write, () => store.set({ ...request.body, path })) };
    },
  );

  app.delete(
    url,
    {
      schema: {
        tags,
        summary: 'Delete a znode, or with `recursive` all below it too',
        params: ClusterParams,
        querystring: DeleteQuery,
        response: { 200: DeletedSchema, ...failures },
      },
    },
    async (request) => {
      refusePast(request);
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      const { path, version = -1, recursive = false } = request.query;
      authorise(viewer, cluster, path, 'delete');
      const store = await stores.get(cluster);
      const write = { viewer, cluster, action: recursive ? 'deleteTree' : 'delete', target: path };
      return { deleted: await audited(request.log, write, () => store.delete(path, version, recursive)) };
    },
  );
}

const ViewerHeaders = Type.Object({
  'x-vivarium-viewer': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'the name that a tab keeps for itself, as on the socket',
    }),
  ),
});

/** The path of a write: in the query as for every other request, or in the body. */
function pathOf(query: { readonly path?: string }, body: { readonly path?: string }): string {
  const path = query.path ?? body.path;
  if (path === undefined)
    throw apiFailure('badRequest', { where: 'path', what: 'is missing, in the query or the body' });
  if (body.path !== undefined && body.path !== path) {
    throw apiFailure('badRequest', { where: 'path', what: 'is another one in the query than in the body' });
  }
  return path;
}

/** Whoever looks at the past and writes has not seen what he overwrites. */
function refusePast({ query }: FastifyRequest): void {
  if (typeof query === 'object' && query !== null && 'at' in query) throw apiFailure('readOnlyPast');
}
