/** What can be done to the servers and links of a cluster that we host. */
import type { ProcessState } from '@vivarium/shared/cluster-event';
import { type ClusterState, linkKey } from '@vivarium/shared/cluster-state';
import { LinkBody, type ServerAction } from '@vivarium/shared/contract/rest';
import type { Capabilities } from '@vivarium/shared/contract/source';
import type { LinkFault } from '@vivarium/shared/link-fault';
import type { FastifyRequest } from 'fastify';
import { apiFailure } from '../api-failure.ts';
import { audited } from '../audit/audit.ts';
import { authorise } from '../auth/authorise.ts';
import type { Clusters } from '../sources/clusters.ts';
import { HostedSource } from '../sources/hosted.ts';
import { type App, type AppParts, viewerOf } from './parts.ts';
import { ActionParams, ClusterParams, failures, LinkAnswer, LinkParams, ServerAnswer } from './schemas.ts';
import { told } from './told.ts';

export function controlRoutes(app: App, { clusters }: AppParts): void {
  const tags = ['control'];

  app.post(
    '/clusters/:cluster/servers/:sid/:action',
    {
      schema: {
        tags,
        summary: 'Kill, stop, start, restart, pause, resume, isolate or heal a server',
        description: 'Kill, stop and restart are answered when the process has ended.',
        params: ActionParams,
        response: { 200: ServerAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster, sid, action } = request.params;
      const viewer = viewerOf(request);
      const isFault = action === 'isolate' || action === 'heal';
      authorise(viewer, cluster, null, isFault ? 'disturb' : 'control');
      const source = await hosted(clusters, cluster, isFault ? 'faults' : 'processes');
      const pidBefore = (await source.stateAt(null)).servers[sid]?.process?.pid ?? null;
      const write = { viewer, cluster, action, target: `server ${sid}` };
      const { servers } = await audited(request.log, write, () =>
        told(
          source,
          (state) => showsAction(state, sid, action, pidBefore),
          () => source.act(sid, action, viewer.actor),
        ),
      );
      return { server: servers[sid] ?? null };
    },
  );

  app.post(
    '/clusters/:cluster/observers',
    {
      schema: {
        tags,
        summary: 'Add an observer, for good, and start it',
        params: ClusterParams,
        response: { 200: ServerAnswer, ...failures },
      },
    },
    async (request) => {
      const { cluster } = request.params;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'control');
      const source = await hosted(clusters, cluster, 'addObserver');
      const write = { viewer, cluster, action: 'addObserver', target: cluster };
      let sid = 0;
      const add = async (): Promise<void> => {
        sid = await source.addObserver(viewer.actor);
      };
      const { servers } = await audited(request.log, write, () =>
        told(source, (state) => state.servers[sid]?.process?.state === 'starting', add),
      );
      return { server: servers[sid] ?? null };
    },
  );

  app.put(
    '/clusters/:cluster/links/:from/:to',
    {
      schema: {
        tags,
        summary: 'Cut, slow or thin out what one server sends to another',
        params: LinkParams,
        body: LinkBody,
        response: { 200: LinkAnswer, ...failures },
      },
    },
    (request) => setLinkFault(request, request.params, request.body.fault),
  );

  app.delete(
    '/clusters/:cluster/links/:from/:to',
    {
      schema: {
        tags,
        summary: 'Heal what one server sends to another',
        params: LinkParams,
        response: { 200: LinkAnswer, ...failures },
      },
    },
    (request) => setLinkFault(request, request.params, null),
  );

  async function setLinkFault(request: FastifyRequest, { cluster, from, to }: LinkPlace, fault: LinkFault | null) {
    const viewer = viewerOf(request);
    authorise(viewer, cluster, null, 'disturb');
    const source = await hosted(clusters, cluster, 'faults');
    const key = linkKey(from, to);
    const write = { viewer, cluster, action: fault?.kind ?? 'heal', target: key };
    const { links } = await audited(request.log, write, () =>
      told(
        source,
        (state) => JSON.stringify(state.links[key]?.fault ?? null) === JSON.stringify(fault),
        () => source.setLinkFault(from, to, fault, viewer.actor),
      ),
    );
    return { link: links[key] ?? null };
  }
}

interface LinkPlace {
  readonly cluster: string;
  readonly from: number;
  readonly to: number;
}

/** What a process becomes by an action. */
const OUTCOMES: Readonly<Record<Exclude<ServerAction, 'isolate' | 'heal'>, readonly ProcessState[]>> = {
  kill: ['killed'],
  stop: ['stopped', 'killed'],
  start: ['starting', 'running'],
  restart: ['starting', 'running'],
  pause: ['paused'],
  resume: ['running', 'starting'],
};

/** Whether the state shows what the action has done. */
function showsAction(state: ClusterState, sid: number, action: ServerAction, pidBefore: number | null): boolean {
  if (action === 'isolate' || action === 'heal') {
    const others = Object.values(state.servers).filter((server) => server.sid !== sid);
    const links = others.flatMap((server) => [linkKey(sid, server.sid), linkKey(server.sid, sid)]);
    const faults = links.map((key) => state.links[key]?.fault ?? null);
    return faults.every((fault) => (action === 'heal' ? fault === null : fault?.kind === 'cut'));
  }
  const view = state.servers[sid]?.process;
  if (view === undefined || view === null || !OUTCOMES[action].includes(view.state)) return false;
  return (action !== 'start' && action !== 'restart') || view.pid !== pidBefore;
}

/** The cluster, where it is one of ours and can do this. Rejects with `unknownCluster` and `notCapable`. */
async function hosted(clusters: Clusters, id: string, capability: keyof Capabilities): Promise<HostedSource> {
  const source = await clusters.get(id);
  const { kind, capabilities } = source.info();
  if (source instanceof HostedSource && capabilities[capability]) return source;
  throw apiFailure('notCapable', { cluster: id, kind });
}
