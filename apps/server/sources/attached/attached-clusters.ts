/** The clusters that somebody else runs: which there are, and their beginning and end. */
import { apiFailure } from '../../api-failure.ts';
import { ZnodeStore } from '../../znodes/znode-store.ts';
import type { ZnodeStores } from '../../znodes/znode-stores.ts';
import type { Clusters } from '../clusters.ts';
import { AttachedSource } from './attached-source.ts';
import { type ClusterDefinition, defaultDefinition, idOfConnect } from './cluster-definition.ts';

export interface AttachedClustersOptions {
  readonly clusters: Clusters;
  readonly stores: ZnodeStores;
  /** Connect strings of the command line: for this run. */
  readonly connectStrings: readonly string[];
}

export class AttachedClusters {
  private readonly options: AttachedClustersOptions;
  private readonly sources = new Map<string, AttachedSource>();

  constructor(options: AttachedClustersOptions) {
    this.options = options;
  }

  /** Begins with all that are configured. None of them needs to be there. */
  start(): void {
    for (const connect of this.options.connectStrings) {
      const id = idOfConnect(connect);
      if (!this.sources.has(id)) this.begin(defaultDefinition(connect, { id }));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources.values()].map((source) => source.close()));
  }

  private begin(definition: ClusterDefinition): void {
    const { clusters, stores } = this.options;
    const source = new AttachedSource({ definition });
    const { id } = source;
    this.sources.set(id, source);
    clusters.add(source);
    stores.add(
      id,
      new ZnodeStore({
        session: source.session,
        viewers: NO_VIEWERS,
        past: pastOf(id),
        attached: { mirror: () => null, seen: (changes) => source.seen(changes) },
        mayWrite: () => {
          if (source.readOnly) throw apiFailure('readOnlyCluster', { cluster: source.info().name });
        },
      }),
    );
    source.start();
  }
}

const NO_VIEWERS = {
  clientOf: () => {
    throw apiFailure('ephemeralNeedsViewer');
  },
};

/** What was in an attached cluster earlier is in nobody's logs that we can read. */
function pastOf(cluster: string) {
  const refuse = async (): Promise<never> => {
    throw apiFailure('notCapable', { cluster, kind: 'attached' });
  };
  return { read: refuse, children: refuse };
}
