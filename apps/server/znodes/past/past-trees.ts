import type { Database } from '@vivarium/ensemble/core/database';
import { maskedAcl } from '@vivarium/ensemble/core/request/access';
import { statOf } from '@vivarium/ensemble/core/tree/znode';
import { RealDisk } from '@vivarium/ensemble/server/real-disk';
import { DiskError } from '@vivarium/ensemble/storage/disk';
import { type Acl, Perms } from '@vivarium/shared/acl';
import { aclJson, dataJson, statJson } from '../znode-json.ts';
import type { PastAnswer, PastQuery } from './past-messages.ts';
import { TreeFault, treeAt } from './tree-at.ts';

export interface PastTreeLimits {
  readonly maxTrees: number;
  /** Of all trees together, and so of each. */
  readonly maxNodes: number;
}

/** A few trees as they were, each of which later instants are reached from without reading a snapshot again. */
export class PastTrees {
  private readonly limits: PastTreeLimits;
  /** By zxid, the least recently used first. */
  private readonly trees = new Map<bigint, Database>();

  constructor(limits: PastTreeLimits) {
    this.limits = limits;
  }

  /** What a znode was at the query's zxid, from the first of its directories that can tell. */
  answer(query: PastQuery): PastAnswer {
    const reasons: string[] = [];
    let early = false;
    for (const directory of query.directories) {
      try {
        return lookUp(this.treeAt(directory, query.zxid), query);
      } catch (error) {
        if (!(error instanceof TreeFault || error instanceof DiskError)) throw error;
        reasons.push(error.message);
        early ||= error instanceof TreeFault && error.early;
      }
    }
    return { ok: false, fault: early ? 'early' : 'unreadable', reason: reasons[0] ?? 'no server keeps a log' };
  }

  private treeAt(directory: string, zxid: bigint): Database {
    const known = this.trees.get(zxid);
    if (known !== undefined) {
      this.keep(known);
      return known;
    }
    const base = this.newestBefore(zxid);
    if (base !== null) this.trees.delete(base.lastZxid);
    const tree = this.rollOrKeep(directory, zxid, base);
    // An epoch's first zxid has no transaction: the tree is that of the last one before.
    tree.lastZxid = zxid;
    this.keep(tree);
    return tree;
  }

  /** A log that ends too early has rolled the base as far as it goes, which is a good base for the next try. */
  private rollOrKeep(directory: string, zxid: bigint, base: Database | null): Database {
    try {
      return treeAt(new RealDisk(directory, false), zxid, base, this.limits);
    } catch (error) {
      if (base !== null && error instanceof TreeFault && error.early) this.keep(base);
      throw error;
    }
  }

  /** The nearest tree that can be rolled forward; to begin anew from a snapshot is rarely shorter. */
  private newestBefore(zxid: bigint): Database | null {
    let newest: Database | null = null;
    for (const tree of this.trees.values()) {
      if (tree.lastZxid < zxid && (newest === null || tree.lastZxid > newest.lastZxid)) newest = tree;
    }
    return newest;
  }

  private keep(tree: Database): void {
    this.trees.delete(tree.lastZxid);
    this.trees.set(tree.lastZxid, tree);
    let nodes = 0;
    for (const { tree: each } of this.trees.values()) nodes += each.nodeCount;
    for (const [zxid, oldest] of this.trees) {
      if (this.trees.size <= this.limits.maxTrees && nodes <= this.limits.maxNodes) break;
      this.trees.delete(zxid);
      nodes -= oldest.tree.nodeCount;
    }
  }
}

function lookUp({ tree }: Database, { path, page }: PastQuery): PastAnswer {
  const node = tree.get(path);
  if (node === undefined) return { ok: false, fault: 'noNode', reason: '' };
  const acl = tree.aclOf(node);
  if (!isOpen(acl, Perms.READ)) return { ok: false, fault: 'noAuth', reason: '' };
  const stat = statJson(statOf(node));
  if (page === null) {
    const data = node.data === null ? null : dataJson(node.data);
    return { ok: true, znode: { path, data, stat, acl: aclJson(isOpen(acl, Perms.ADMIN) ? acl : maskedAcl(acl)) } };
  }
  const names = [...(node.children ?? [])].sort();
  const below = path === '/' ? '' : path;
  const children = names.slice(page.offset, page.offset + page.limit).map((name) => {
    const child = page.stat ? tree.get(`${below}/${name}`) : undefined;
    const isShown = child !== undefined && isOpen(tree.aclOf(child), Perms.READ);
    return { name, stat: isShown ? statJson(statOf(child)) : null };
  });
  return { ok: true, list: { path, stat, total: names.length, offset: page.offset, children } };
}

/** Whether anybody may: files know no ACL, and the past must not tell what a server would keep to itself. */
function isOpen(acl: readonly Acl[], perm: number): boolean {
  return acl.length === 0 || acl.some(({ perms, id }) => (perms & perm) !== 0 && id.scheme === 'world');
}
