import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import { isSessionOwner, type Znode } from '@vivarium/ensemble/core/tree/znode';
import { parentOf } from '@vivarium/shared/path';

/** What is below a znode, at any depth, without itself. */
export interface Sum {
  znodes: number;
  /** Of data. */
  bytes: number;
  ephemerals: number;
}

const NOTHING: Readonly<Sum> = { znodes: 0, bytes: 0, ephemerals: 0 };

/** What a znode alone counts; nothing where it is missing. */
export function countOf(node: Znode | undefined): Readonly<Sum> {
  if (node === undefined) return NOTHING;
  return {
    znodes: 1,
    bytes: node.data === null ? 0 : node.data.length,
    ephemerals: isSessionOwner(node.ephemeralOwner) ? 1 : 0,
  };
}

/** The sums below every znode that has, or had, children. */
export class SubtreeSums {
  /** Parents before children. */
  private readonly sums = new Map<string, Sum>();

  constructor(tree: DataTree) {
    let parent = '';
    let sum: Sum | null = null;
    for (const [path, node] of tree.entries()) {
      if (path === '/') continue;
      // In a snapshot sisters follow one another.
      const slash = path.lastIndexOf('/');
      if (sum === null || slash !== (parent === '/' ? 0 : parent.length) || !path.startsWith(parent)) {
        parent = parentOf(path);
        sum = this.at(parent);
      }
      sum.znodes++;
      sum.bytes += node.data === null ? 0 : node.data.length;
      if (isSessionOwner(node.ephemeralOwner)) sum.ephemerals++;
    }
    for (const [path, below] of [...this.sums].reverse()) if (path !== '/') add(this.at(parentOf(path)), below);
  }

  below(path: string): Readonly<Sum> {
    return this.sums.get(path) ?? NOTHING;
  }

  /** A znode has changed, come or gone. */
  changed(path: string, before: Readonly<Sum>, after: Readonly<Sum>): void {
    const difference = {
      znodes: after.znodes - before.znodes,
      bytes: after.bytes - before.bytes,
      ephemerals: after.ephemerals - before.ephemerals,
    };
    if (after.znodes === 0) this.sums.delete(path);
    if (difference.znodes === 0 && difference.bytes === 0 && difference.ephemerals === 0) return;
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) add(this.at(at), difference);
  }

  private at(path: string): Sum {
    let sum = this.sums.get(path);
    if (sum === undefined) {
      sum = { ...NOTHING };
      this.sums.set(path, sum);
    }
    return sum;
  }
}

function add(sum: Sum, other: Readonly<Sum>): void {
  sum.znodes += other.znodes;
  sum.bytes += other.bytes;
  sum.ephemerals += other.ephemerals;
}
