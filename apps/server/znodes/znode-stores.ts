import type { OpenRequest } from '@vivarium/shared/contract/socket';
import { apiFailure } from '../api-failure.ts';
import type { Clusters } from '../sources/clusters.ts';
import type { ZnodeStore } from './znode-store.ts';

/** The trees of those clusters that have one we can get at. */
export class ZnodeStores {
  private readonly clusters: Clusters;
  private readonly stores = new Map<string, ZnodeStore>();
  private refresh: (connection: string, message: OpenRequest) => void = () => {};

  constructor(clusters: Clusters) {
    this.clusters = clusters;
  }

  add(cluster: string, store: ZnodeStore): void {
    this.stores.set(cluster, store);
    store.onRefresh = (connection, paths) => this.refresh(connection, { cluster, paths });
  }

  remove(cluster: string): void {
    this.stores.get(cluster)?.close();
    this.stores.delete(cluster);
  }

  /** Rejects with `unknownCluster` and `notCapable`. */
  async get(cluster: string): Promise<ZnodeStore> {
    const source = await this.clusters.get(cluster);
    const store = this.stores.get(cluster);
    if (store === undefined) throw apiFailure('notCapable', { cluster, kind: source.info().kind });
    return store;
  }

  /** What a connection of a viewer has open on its screen now; nothing once it has gone. */
  open(cluster: string, connection: string, paths: readonly string[]): void {
    this.stores.get(cluster)?.open(connection, paths);
  }

  /** Forgets who looks at what. */
  close(): void {
    for (const store of this.stores.values()) store.close();
  }

  /** Calls the listener, which takes the place of the one before, with what a connection should read again. */
  onRefresh(listener: (connection: string, message: OpenRequest) => void): void {
    this.refresh = listener;
  }
}
