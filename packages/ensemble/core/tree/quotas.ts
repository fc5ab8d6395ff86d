/**
 * Which subtrees have a quota, by the nodes `/zookeeper/quota<subtree>/zookeeper_limits`; what is in each is counted in the data
 * of its `zookeeper_stats` (Java `Quotas`, `PathTrie`).
 */
import { nameOf, parentOf } from '@vivarium/shared/path';

const QUOTAS = '/zookeeper/quota';
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** Where the limits of a subtree stand. */
export function limitsPath(subtree: string): string {
  return `${QUOTAS}${subtree}/${LIMITS}`;
}

/** Where it stands what is in a subtree. */
export function statsPath(subtree: string): string {
  return `${QUOTAS}${subtree}/${STATS}`;
}

/** What a path is to quotas: the limits or the stats of a subtree, which is empty where the node stands too high to be of any. */
export function quotaNodeOf(path: string): { readonly kind: 'limits' | 'stats'; readonly subtree: string } | null {
  if (!path.startsWith(`${QUOTAS}/`)) return null;
  const name = nameOf(path);
  if (name !== LIMITS && name !== STATS) return null;
  return { kind: name === LIMITS ? 'limits' : 'stats', subtree: parentOf(path).slice(QUOTAS.length) };
}

/** The subtrees that have limits. */
export class Quotas {
  private readonly subtrees = new Set<string>();

  add(subtree: string): void {
    this.subtrees.add(subtree);
  }

  remove(subtree: string): void {
    this.subtrees.delete(subtree);
  }

  /** The smallest subtree with limits that a path is in, or the root of; null where there is none. The root has no quota. */
  subtreeOf(path: string): string | null {
    if (this.subtrees.size === 0) return null;
    for (let at = path; at.length > 1; at = parentOf(at)) if (this.subtrees.has(at)) return at;
    return null;
  }
}
