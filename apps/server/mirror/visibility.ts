import { isPermitted, maskedAcl } from '@vivarium/ensemble/core/request/access';
import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import type { Znode } from '@vivarium/ensemble/core/tree/znode';
import { type Acl, type Id, Perms } from '@vivarium/shared/acl';
import { parentOf } from '@vivarium/shared/path';

const RULES = { skipAcl: false };

/**
 * What of a tree the identities may see, as its servers would let them: data with READ, names with READ on the parent. To be
 * used for one answer, since it remembers what it found.
 */
export class Visibility {
  private readonly tree: DataTree;
  private readonly identities: readonly Id[];
  /** The path that is shown as `/`; its own name and those above it are nobody's business. */
  private readonly root: string;
  private readonly readable = new Map<number, boolean>();
  private readonly listable = new Map<string, boolean>();

  constructor(tree: DataTree, identities: readonly Id[], root: string) {
    this.tree = tree;
    this.identities = identities;
    this.root = root;
  }

  /** Whether its data and Stat, and the names of its children, may be read. */
  reads(node: Znode): boolean {
    let may = this.readable.get(node.aclId);
    if (may === undefined) {
      may = isPermitted(RULES, this.tree.aclOf(node), Perms.READ, this.identities);
      this.readable.set(node.aclId, may);
    }
    return may;
  }

  /** Whether its path may be told to who does not know it: whether every znode above it lists its children. */
  shows(path: string): boolean {
    if (path === this.root) return true;
    return path.length > this.root.length && this.lists(parentOf(path));
  }

  /** The ACL as its servers would show it. */
  aclOf(node: Znode): readonly Acl[] {
    const acl = this.tree.aclOf(node);
    return isPermitted(RULES, acl, Perms.ADMIN, this.identities) ? acl : maskedAcl(acl);
  }

  private lists(path: string): boolean {
    let may = this.listable.get(path);
    if (may === undefined) {
      const node = this.tree.get(path);
      may = node !== undefined && this.shows(path) && this.reads(node);
      this.listable.set(path, may);
    }
    return may;
  }
}
