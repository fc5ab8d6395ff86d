/** Clusters that somebody else runs come, go, and are opened for changes. */
import { AttachBody, AttachedSchema, ReadOnlyBody } from '@vivarium/shared/contract/attach';
import { apiFailure } from '../api-failure.ts';
import { audited } from '../audit/audit.ts';
import { authorise } from '../auth/authorise.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ClusterParams, failures } from './schemas.ts';

export function attachRoutes(app: App, { attached, clusters }: AppParts): void {
  const tags = ['clusters'];

  app.post(
    '/clusters',
    {
      schema: {
        tags,
        summary: 'Attach a cluster that somebody else runs',
        description: 'Its hosts have to be ones that --attach-hosts allows: loopback only by default.',
        body: AttachBody,
        response: { 201: AttachedSchema, ...failures },
      },
    },
    async (request, reply) => {
      const viewer = viewerOf(request);
      const { body } = request;
      const write = { viewer, cluster: body.name ?? '', action: 'attach', target: body.connect };
      authorise(viewer, '', null, 'attach');
      const id = await audited(request.log, write, () => attached.add(body));
      return reply.code(201).send({ id });
    },
  );

  app.delete(
    '/clusters/:cluster',
    {
      schema: {
        tags,
        summary: 'Let go of an attached cluster; what was kept of it stays on disk',
        params: ClusterParams,
        response: { 200: AttachedSchema, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'attach');
      await attachedOnly(cluster);
      await audited(request.log, { viewer, cluster, action: 'detach', target: cluster }, () =>
        attached.remove(cluster),
      );
      return { id: cluster };
    },
  );

  app.put(
    '/clusters/:cluster/read-only',
    {
      schema: {
        tags,
        summary: 'Refuse changes of an attached cluster’s znodes, or allow them',
        params: ClusterParams,
        body: ReadOnlyBody,
        response: { 200: ReadOnlyBody, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const { readOnly } = request.body;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'attach');
      await attachedOnly(cluster);
      const action = readOnly ? 'closeForWrites' : 'openForWrites';
      await audited(request.log, { viewer, cluster, action, target: cluster }, () =>
        attached.setReadOnly(cluster, readOnly),
      );
      return { readOnly };
    },
  );

  /** Rejects with `unknownCluster` and `notCapable`. */
  async function attachedOnly(id: string): Promise<void> {
    const { kind } = (await clusters.get(id)).info();
    if (kind !== 'attached') throw apiFailure('notCapable', { cluster: id, kind });
  }
}
