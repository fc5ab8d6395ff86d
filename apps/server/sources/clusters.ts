import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { apiFailure } from '../api-failure.ts';
import type { Recordings } from '../recording/recordings.ts';
import { Listeners } from './listeners.ts';
import type { Source } from './source.ts';

/** All clusters that can be looked at: those that live, and recordings. */
export class Clusters {
  private readonly living = new Map<string, Source>();
  private readonly recordings: Recordings | null;
  private readonly removals = new Listeners<string>();
  private readonly changes = new Listeners<null>();

  constructor(recordings: Recordings | null = null) {
    this.recordings = recordings;
  }

  /** Takes in a source; it is closed with the others. */
  add(source: Source): void {
    this.living.set(source.id, source);
    this.changes.tell(null);
  }

  /** Takes out a source, for its owner to close. */
  remove(id: string): void {
    if (!this.living.delete(id)) return;
    this.removals.tell(id);
    this.changes.tell(null);
  }

  /** Calls the listener with the id of each cluster that is taken out; returns what ends it. */
  onRemoved(listener: (id: string) => void): () => void {
    return this.removals.add(listener);
  }

  /** Calls the listener when a cluster has come or gone; returns what ends it. */
  onChanged(listener: () => void): () => void {
    return this.changes.add(listener);
  }

  /** The source with the id. Rejects with `ApiFailure` `unknownCluster`, or what a recording cannot be read for. */
  async get(id: string): Promise<Source> {
    const found = this.living.get(id) ?? (await this.recordings?.find(id));
    if (found === undefined) throw apiFailure('unknownCluster', { cluster: id });
    return found;
  }

  /** What there is, the living ones first, then recordings, the newest first. */
  async list(): Promise<readonly ClusterInfo[]> {
    const recorded = (await this.recordings?.list()) ?? [];
    return [...this.living.values(), ...recorded].map((source) => source.info());
  }

  /** Closes every source. */
  async close(): Promise<void> {
    await Promise.all([...this.living.values()].map((source) => source.close()));
  }
}
