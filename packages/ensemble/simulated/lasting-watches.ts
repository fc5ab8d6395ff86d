/**
 * The watches of a client that stay until it removes them, persistent and recursive ones, and what it was told through
 * them: from the zxid at which one was set no change may be missing.
 */
import { parentOf } from '@vivarium/shared/path';
import { WatchEventType } from '@vivarium/wire/replies';
import { AddWatchMode } from '@vivarium/wire/requests';
import type { Database } from '../core/database.ts';

export class LastingWatches {
  /** By path: the zxid that the server was at when it set the watch. */
  private readonly since: Readonly<Record<AddWatchMode, Map<string, bigint>>> = {
    [AddWatchMode.persistent]: new Map(),
    [AddWatchMode.recursive]: new Map(),
  };
  /** zxids of the newest events of nodes, and of lists of children, by path. */
  private readonly toldOfNode = new Map<string, bigint>();
  private readonly toldOfChildren = new Map<string, bigint>();

  get isEmpty(): boolean {
    return this.paths(AddWatchMode.persistent).length + this.paths(AddWatchMode.recursive).length === 0;
  }

  paths(mode: AddWatchMode): string[] {
    return [...this.since[mode].keys()];
  }

  has(mode: AddWatchMode, path: string): boolean {
    return this.since[mode].has(path);
  }

  /** A server at this zxid has set the watch; one that it has already it leaves as it is. */
  added(mode: AddWatchMode, path: string, zxid: bigint): void {
    if (!this.has(mode, path)) this.since[mode].set(path, zxid);
  }

  removed(mode: AddWatchMode, path: string): void {
    this.since[mode].delete(path);
  }

  /** Another server has set all of them, at this zxid. What came in between is not told. */
  setAgain(zxid: bigint): void {
    for (const watches of Object.values(this.since)) for (const path of watches.keys()) watches.set(path, zxid);
    this.toldOfNode.clear();
    this.toldOfChildren.clear();
  }

  clear(): void {
    for (const watches of Object.values(this.since)) watches.clear();
    this.toldOfNode.clear();
    this.toldOfChildren.clear();
  }

  /** An event has come. False where no watch that stays is for it. */
  told(type: number, path: string, zxid: bigint): boolean {
    const ofChildren = type === WatchEventType.childrenChanged;
    (ofChildren ? this.toldOfChildren : this.toldOfNode).set(path, zxid);
    return this.watchedSince(path, ofChildren) !== null;
  }

  /** Whether a change of a node, or of its children, at this zxid should have been told by now, and was not. */
  isMissing(path: string, ofChildren: boolean, zxid: bigint): boolean {
    const since = this.watchedSince(path, ofChildren);
    if (since === null || zxid <= since) return false;
    return ((ofChildren ? this.toldOfChildren : this.toldOfNode).get(path) ?? 0n) < zxid;
  }

  /** What was never told, given the state that all have come to; null where there is nothing. */
  missed({ tree }: Database): string | null {
    for (const path of tree.paths()) {
      const node = tree.get(path);
      if (node === undefined) continue;
      if (this.isMissing(path, false, node.mzxid)) return `data of ${path}`;
      // A node is born with the zxid of its birth as that of its children.
      if (node.pzxid > node.czxid && this.isMissing(path, true, node.pzxid)) return `children of ${path}`;
    }
    return null;
  }

  private watchedSince(path: string, ofChildren: boolean): bigint | null {
    const zxids = [this.since[AddWatchMode.persistent].get(path)];
    const recursive = this.since[AddWatchMode.recursive];
    if (!ofChildren) for (let at = path; at !== ''; at = parentOf(at)) zxids.push(recursive.get(at));
    return zxids.reduce<bigint | null>((min, zxid) => {
      return zxid === undefined || (min !== null && min <= zxid) ? min : zxid;
    }, null);
  }
}
