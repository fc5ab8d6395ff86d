/** What can be done to servers and links: which of it makes sense now, and doing it. */

import type { ClusterState, ServerView } from '@vivarium/shared/cluster-state';
import { errorSentence } from '@vivarium/shared/contract/errors';
import type { ServerAction } from '@vivarium/shared/contract/rest';
import type { Capabilities } from '@vivarium/shared/contract/source';
import type { LinkFault } from '@vivarium/shared/link-fault';
import type { Language } from '../../components/format.ts';
import { toast } from '../../components/toast.ts';
import { ApiFailure, api } from '../../live/api.ts';

/** What can be done to a server, in the order of a menu. */
export function serverActions(
  server: ServerView,
  links: ClusterState['links'],
  capabilities: Capabilities,
): readonly ServerAction[] {
  const actions: ServerAction[] = [];
  if (capabilities.processes) actions.push(...processActions(server));
  if (capabilities.faults) {
    const { isCut, isFaulted } = faultsAround(server.sid, links);
    if (!isCut) actions.push('isolate');
    if (isFaulted) actions.push('heal');
  }
  return actions;
}

function processActions(server: ServerView): readonly ServerAction[] {
  switch (server.process?.state) {
    case 'running':
      return ['kill', 'pause', 'stop', 'restart'];
    case 'paused':
      return ['resume', 'kill', 'stop', 'restart'];
    case 'starting':
      return ['kill', 'stop'];
    case 'stopped':
    case 'killed':
    case 'died':
      return ['start'];
    default:
      return [];
  }
}

/** Whether every link of a server that was used is cut, and whether any is disturbed. */
function faultsAround(sid: number, links: ClusterState['links']): { isCut: boolean; isFaulted: boolean } {
  const own = Object.values(links).filter(({ from, to }) => from === sid || to === sid);
  return {
    isCut: own.length > 0 && own.every(({ fault }) => fault?.kind === 'cut'),
    isFaulted: own.some(({ fault }) => fault !== null),
  };
}

/** Does it to the server; a refusal is shown as a sentence. */
export function actOnServer(cluster: string, sid: number, action: ServerAction, language: Language): Promise<void> {
  return showFailure(language, () => api.post(`${clusterPath(cluster)}/servers/${sid}/${action}`));
}

/** Disturbs what goes from one server to another, or heals it with null; a refusal is shown as a sentence. */
export function setLinkFault(
  cluster: string,
  from: number,
  to: number,
  fault: LinkFault | null,
  language: Language,
): Promise<void> {
  const path = `${clusterPath(cluster)}/links/${from}/${to}`;
  return showFailure(language, () => (fault === null ? api.delete(path) : api.put(path, { fault })));
}

/** Adds an observer to the cluster; a refusal is shown as a sentence. */
export function addObserver(cluster: string, language: Language): Promise<void> {
  return showFailure(language, () => api.post(`${clusterPath(cluster)}/observers`));
}

function clusterPath(cluster: string): string {
  return `api/clusters/${encodeURIComponent(cluster)}`;
}

async function showFailure(language: Language, request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    toast('error', errorSentence(error.error.code, error.error.params, language));
  }
}
