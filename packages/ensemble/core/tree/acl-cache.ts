import type { Acl } from '@vivarium/shared/acl';
import { OPEN_ACL } from '@vivarium/shared/acl';
import { assert } from '@vivarium/shared/assert';
import { OPEN_ACL_ID } from '@vivarium/wire/snapshot';

/**
 * The id of an ACL that nobody knows, and what it allows: nothing, but to the superuser. Apache lists the ACLs of a snapshot
 * before it writes the nodes, so that a node which was made or changed meanwhile may have one that is not listed; the log
 * behind the snapshot brings it (ZOOKEEPER-3306, Java `ReferenceCountedACLCache.addUsage`).
 */
export const UNLISTED_ACL_ID = -2;
const UNLISTED_ACL: readonly Acl[] = [{ perms: 0, id: { scheme: 'world', id: 'anyone' } }];

/**
 * The distinct ACLs of a tree, each kept once under an id that snapshots use too, and counted, so that one which no znode
 * has any more goes (Java `ReferenceCountedACLCache`).
 */
export class AclCache {
  private readonly byId = new Map<number, { readonly acl: readonly Acl[]; readonly key: string; uses: number }>();
  private readonly idByKey = new Map<string, number>();
  private lastId = 0;
  private unlisted = 0;

  /** How many uses there are of ACLs that nobody knows. */
  get unlistedCount(): number {
    return this.unlisted;
  }

  /** Takes one use of the ACL and returns its id. */
  retain(acl: readonly Acl[] | null): number {
    if (acl === null || isOpen(acl)) return OPEN_ACL_ID;
    const key = keyOf(acl);
    const known = this.idByKey.get(key);
    if (known !== undefined) {
      this.retainId(known);
      return known;
    }
    this.lastId++;
    this.byId.set(this.lastId, { acl, key, uses: 1 });
    this.idByKey.set(key, this.lastId);
    return this.lastId;
  }

  /** Takes one more use of an id, and returns it; where the cache does not know it, that of an ACL nobody knows. */
  retainId(id: number): number {
    if (id === OPEN_ACL_ID) return id;
    const entry = this.byId.get(id);
    if (entry === undefined) {
      this.unlisted++;
      return UNLISTED_ACL_ID;
    }
    entry.uses++;
    return id;
  }

  /** Gives one use back. */
  release(id: number): void {
    if (id === OPEN_ACL_ID) return;
    if (id === UNLISTED_ACL_ID) {
      this.unlisted--;
      return;
    }
    const entry = this.byId.get(id);
    assert(entry !== undefined && entry.uses > 0, `ACL ${id} is released more often than it was retained`);
    entry.uses--;
    if (entry.uses === 0) {
      this.byId.delete(id);
      if (this.idByKey.get(entry.key) === id) this.idByKey.delete(entry.key);
    }
  }

  /** The ACL of an id. */
  get(id: number): readonly Acl[] {
    if (id === OPEN_ACL_ID) return OPEN_ACL;
    if (id === UNLISTED_ACL_ID) return UNLISTED_ACL;
    const entry = this.byId.get(id);
    assert(entry !== undefined, `no ACL ${id}`);
    return entry.acl;
  }

  /** Registers an ACL as a snapshot lists it, without a use yet. */
  load(id: number, acl: readonly Acl[]): void {
    const key = keyOf(acl);
    this.byId.set(id, { acl, key, uses: 0 });
    this.idByKey.set(key, id);
    if (id > this.lastId) this.lastId = id;
  }

  /** Drops what no znode of the loaded snapshot uses (Java `purgeUnused`). */
  purgeUnused(): void {
    for (const [id, entry] of this.byId) {
      if (entry.uses > 0) continue;
      this.byId.delete(id);
      if (this.idByKey.get(entry.key) === id) this.idByKey.delete(entry.key);
    }
  }

  /** All ids with their ACLs. */
  list(): [number, readonly Acl[]][] {
    return [...this.byId].map(([id, entry]) => [id, entry.acl]);
  }
}

function isOpen(acl: readonly Acl[]): boolean {
  const [only] = acl;
  return acl.length === 1 && only?.perms === 31 && only.id.scheme === 'world' && only.id.id === 'anyone';
}

function keyOf(acl: readonly Acl[]): string {
  return JSON.stringify(acl.map((entry) => [entry.perms, entry.id.scheme, entry.id.id]));
}
