/**
 * The tree as it will be once all transactions under way are applied (Java `PrepRequestProcessor.outstandingChanges`):
 * requests are validated against it, so that pipelined writes see one another.
 */
import type { Acl } from '@vivarium/shared/acl';
import type { StatPersisted } from '@vivarium/shared/stat';
import type { Database } from '../database.ts';
import type { DataTree } from '../tree/data-tree.ts';
import { nodeDigest, replaceDigest } from '../tree/digest.ts';
import { isSessionOwner } from '../tree/znode.ts';
import { PendingCharges } from './pending-charges.ts';

/** A node as it will be. */
export interface FutureNode {
  readonly stat: Readonly<StatPersisted>;
  readonly childCount: number;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly digest: number;
}

interface Change {
  /** Null: deleted. */
  readonly node: FutureNode | null;
  readonly zxid: bigint;
}

/** What to put back if a request is refused half-way. */
interface Mark {
  readonly digest: bigint;
  readonly charges: number;
  readonly before: Map<string, Change | undefined>;
}

export class OutstandingChanges {
  private readonly database: Database;
  private readonly digestEnabled: boolean;
  private readonly changes = new Map<string, Change>();
  /** In order of zxid; a path may stand here several times. */
  private order: { readonly zxid: bigint; readonly path: string }[] = [];
  private orderStart = 0;
  private futureDigest: bigint;
  /** What is under way to subtrees with quotas. */
  readonly charges = new PendingCharges();
  /** The innermost last. */
  private readonly marks: Mark[] = [];

  constructor(database: Database, digestEnabled: boolean) {
    this.database = database;
    this.digestEnabled = digestEnabled;
    this.futureDigest = database.tree.digest;
  }

  /** The tree as it is. */
  get tree(): DataTree {
    return this.database.tree;
  }

  /** The digest of the tree as it will be. */
  get digest(): bigint {
    return this.futureDigest;
  }

  /** The node as it will be; undefined where there will be none. The empty path is the root. */
  get(path: string): FutureNode | undefined {
    const key = path === '' ? '/' : path;
    const change = this.changes.get(key);
    if (change !== undefined) return change.node ?? undefined;
    const node = this.database.tree.get(key);
    if (node === undefined) return undefined;
    return {
      stat: node,
      childCount: node.children?.size ?? 0,
      data: node.data,
      acl: this.database.tree.aclOf(node),
      digest: node.digest,
    };
  }

  /** Notes what a transaction will make of a node. Null deletes it. */
  set(path: string, zxid: bigint, node: Omit<FutureNode, 'digest'> | null): void {
    const key = path === '' ? '/' : path;
    const before = this.get(key);
    const digest = node === null || !this.digestEnabled ? 0 : nodeDigest(key, node.data, node.stat);
    for (const { before: kept } of this.marks) if (!kept.has(key)) kept.set(key, this.changes.get(key));
    this.changes.set(key, { node: node === null ? null : { ...node, digest }, zxid });
    this.order.push({ zxid, path: key });
    if (this.digestEnabled) this.futureDigest = replaceDigest(this.futureDigest, before?.digest ?? 0, digest);
  }

  /** Forgets what has been applied up to a zxid. */
  applied(zxid: bigint): void {
    this.charges.applied(zxid);
    for (let next = this.order[this.orderStart]; next !== undefined && next.zxid <= zxid; ) {
      const change = this.changes.get(next.path);
      if (change !== undefined && change.zxid <= zxid) this.changes.delete(next.path);
      this.orderStart++;
      next = this.order[this.orderStart];
    }
    if (this.orderStart > 1024) {
      this.order = this.order.slice(this.orderStart);
      this.orderStart = 0;
    }
  }

  /**
   * Ephemerals that the session will have: those in the tree, plus pending creates, minus pending deletes. Only the last change
   * of a path is known here, so what another session will have created there was deleted before.
   */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.database.tree.ephemeralsOf(sessionId));
    for (const [path, { node }] of this.changes) {
      if (node !== null && isSessionOwner(node.stat.ephemeralOwner) && node.stat.ephemeralOwner === sessionId)
        paths.add(path);
      else paths.delete(path);
    }
    return [...paths];
  }

  /** Begins what may be refused as a whole: `rollback` returns to here, `keep` goes on. A multi is one inside its request. */
  begin(): void {
    this.marks.push({ digest: this.futureDigest, charges: this.charges.length, before: new Map() });
  }

  keep(): void {
    this.marks.pop();
  }

  rollback(): void {
    const mark = this.marks.pop();
    if (mark === undefined) return;
    for (const [path, before] of mark.before) {
      if (before === undefined) this.changes.delete(path);
      else this.changes.set(path, before);
    }
    this.futureDigest = mark.digest;
    this.charges.rollback(mark.charges);
  }
}
