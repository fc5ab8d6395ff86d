/** What can be done to the servers and links of a cluster that we host. */
import type { ProcessState } from '@vivarium/shared/cluster-event';
import { linkKey } from '@vivarium/shared/cluster-state';
import { LinkBody, type ServerAction } from '@vivarium/shared/contract/rest';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { Capabilities } from '@vivarium/shared/contract/source';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { apiFailure } from '../api-failure.ts';
import { audited } from '../audit/audit.ts';
import type { Viewer } from '../auth/authenticator.ts';
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
      const write = { viewer, cluster, action, target: `server ${sid}` };
      const act = () => source.act(sid, action, viewer.actor);
      await audited(request.log, write, () => told(source, (event) => tellsOf(action, sid, event), act));
      const { servers } = await source.stateAt(null);
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
      const act = async () => {
        sid = await source.addObserver(viewer.actor);
      };
      await audited(request.log, write, () => told(source, ({ body }) => body.kind === 'memberAdded', act));
      const { servers } = await source.stateAt(null);
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
    async (request) => {
      const { cluster, from, to } = request.params;
      const { fault } = request.body;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'disturb');
      const source = await hosted(clusters, cluster, 'faults');
      const write = { viewer, cluster, action: fault.kind, target: linkKey(from, to) };
      await audited(request.log, write, () => changeLink(source, from, to, fault, viewer));
      const { links } = await source.stateAt(null);
      return { link: links[linkKey(from, to)] ?? null };
    },
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
    async (request) => {
      const { cluster, from, to } = request.params;
      const viewer = viewerOf(request);
      authorise(viewer, cluster, null, 'disturb');
      const source = await hosted(clusters, cluster, 'faults');
      const write = { viewer, cluster, action: 'heal', target: linkKey(from, to) };
      await audited(request.log, write, () => changeLink(source, from, to, null, viewer));
      const { links } = await source.stateAt(null);
      return { link: links[linkKey(from, to)] ?? null };
    },
  );
}

/** What a process becomes by an action. */
const OUTCOMES: Readonly<Record<Exclude<ServerAction, 'isolate' | 'heal'>, readonly ProcessState[]>> = {
  kill: ['killed'],
  stop: ['stopped', 'killed'],
  start: ['starting'],
  restart: ['starting'],
  pause: ['paused'],
  resume: ['running', 'starting'],
};

function tellsOf(action: ServerAction, sid: number, event: FeedEvent): boolean {
  const { body } = event;
  if (action === 'isolate' || action === 'heal') {
    return body.kind === 'linkFaulted' && (event.sid === sid || body.to === sid);
  }
  return event.sid === sid && body.kind === 'processChanged' && OUTCOMES[action].includes(body.process);
}

function changeLink(
  source: HostedSource,
  from: number,
  to: number,
  fault: LinkFault | null,
  viewer: Viewer,
): Promise<void> {
  const tells = ({ sid, body }: FeedEvent) => sid === from && body.kind === 'linkFaulted' && body.to === to;
  return told(source, tells, () => source.setLinkFault(from, to, fault, viewer.actor));
}

/** The cluster, where it is one of ours and can do this. Rejects with `unknownCluster` and `notCapable`. */
async function hosted(clusters: Clusters, id: string, capability: keyof Capabilities): Promise<HostedSource> {
  const source = await clusters.get(id);
  const { kind, capabilities } = source.info();
  if (source instanceof HostedSource && capabilities[capability]) return source;
  throw apiFailure('notCapable', { cluster: id, kind });
}
