import { apiFailure } from '../api-failure.ts';
import type { Clusters } from '../sources/clusters.ts';
import type { ZnodeStore } from './znode-store.ts';

/** The trees of those clusters that have one we can get at. */
export class ZnodeStores {
  private readonly clusters: Clusters;
  private readonly stores = new Map<string, ZnodeStore>();

  constructor(clusters: Clusters) {
    this.clusters = clusters;
  }

  add(cluster: string, store: ZnodeStore): void {
    this.stores.set(cluster, store);
  }

  /** Rejects with `unknownCluster` and `notCapable`. */
  async get(cluster: string): Promise<ZnodeStore> {
    const source = await this.clusters.get(cluster);
    const store = this.stores.get(cluster);
    if (store === undefined) throw apiFailure('notCapable', { cluster, kind: source.info().kind });
    return store;
  }
}
