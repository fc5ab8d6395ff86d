/** The watches that a client believes to have, as Apache's client keeps them (Java `ZKWatchManager`): each fires once. */
import { WatchEventType } from '@vivarium/wire/replies';
import type { Database } from '../core/database.ts';

export class WatchBook {
  /** By path: the mzxid that was read when the watch was set. */
  readonly data = new Map<string, bigint>();
  /** Watches on nodes that did not exist, since 0. */
  readonly absent = new Map<string, bigint>();
  /** By path: the pzxid that was read. */
  readonly children = new Map<string, bigint>();

  get isEmpty(): boolean {
    return this.data.size === 0 && this.absent.size === 0 && this.children.size === 0;
  }

  clear(): void {
    this.data.clear();
    this.absent.clear();
    this.children.clear();
  }

  /** Takes away what an event of this type at this path stands for; false where nothing does. */
  trigger(type: number, path: string): boolean {
    const { data, absent, children } = this;
    switch (type) {
      case WatchEventType.created:
      case WatchEventType.dataChanged:
        return [data.delete(path), absent.delete(path)].includes(true);
      case WatchEventType.deleted:
        return [data.delete(path), absent.delete(path), children.delete(path)].includes(true);
      default:
        return children.delete(path);
    }
  }

  /** As setWatches wants them. */
  lists(): { dataWatches: string[]; existWatches: string[]; childWatches: string[] } {
    return {
      dataWatches: [...this.data.keys()],
      existWatches: [...this.absent.keys()],
      childWatches: [...this.children.keys()],
    };
  }

  /** A watch that should have fired, given the state that all has come to; null where there is none. */
  missed({ tree }: Database): string | null {
    for (const [path, mzxid] of this.data) if ((tree.get(path)?.mzxid ?? mzxid + 1n) > mzxid) return `data of ${path}`;
    for (const path of this.absent.keys()) if (tree.get(path) !== undefined) return `creation of ${path}`;
    for (const [path, pzxid] of this.children) {
      if ((tree.get(path)?.pzxid ?? pzxid + 1n) > pzxid) return `children of ${path}`;
    }
    return null;
  }
}
