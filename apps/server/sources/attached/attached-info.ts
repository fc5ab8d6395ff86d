/** What viewers are told of an attached cluster beside its events: what can be asked of it, and which way each thing comes. */
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { provenanceOf } from '../source.ts';
import type { AttachedTree } from './attached-tree.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import type { ServerStates } from './server-states.ts';
import type { Ways } from './ways.ts';

export interface InfoParts {
  readonly definition: ClusterDefinition;
  readonly ways: Ways;
  readonly states: ServerStates;
  readonly tree: AttachedTree;
  readonly versions: ReadonlyMap<number, string>;
  readonly kept: ClusterInfo['kept'];
  readonly readOnly: boolean;
}

export function attachedInfo({ definition, ways, states, tree, versions, kept, readOnly }: InfoParts): ClusterInfo {
  const { id, name, connect } = definition;
  const observer = ways.isOpen('observer') ? ('observer' as const) : ('missing' as const);
  const words = ways.isOpen('words') ? 'words' : ways.isOpen('admin') ? 'admin' : ('missing' as const);
  return {
    id,
    name,
    kind: 'attached',
    capabilities: {
      live: true,
      processes: false,
      faults: false,
      addObserver: false,
      readZnodes: true,
      readPast: false,
      writeZnodes: !readOnly,
      search: tree.mirror !== null,
      transactions: tree.transactions !== null,
      health: true,
    },
    provenance: {
      ...provenanceOf('missing'),
      role: states.origin,
      votes: ways.isOpen('election') ? 'election' : 'missing',
      sessions: words,
      watches: words,
      latency: words,
      proposals: observer,
      digest: observer,
      znodes: tree.mirrorReads === null ? 'client' : 'observer',
    },
    kept,
    recording: false,
    connectString: connect,
    attached: { readOnly, ways: ways.infos(), versions: Object.fromEntries(versions), mirror: tree.info },
  };
}
