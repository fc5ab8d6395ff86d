/**
 * The tree of znodes (Java `DataTree`): a map from path to node, so that every operation costs the same however large the
 * tree is. Only transactions change it; each method here is one kind of change and leaves digest, ephemerals and counters
 * right. Requests were validated before, so a change that does not fit comes from replaying a log over a snapshot which
 * already holds it, and is answered with an error code and no harm.
 */
import { type Acl, Perms } from '@vivarium/shared/acl';
import { assert } from '@vivarium/shared/assert';
import { ErrorCode } from '@vivarium/shared/error-code';
import { nameOf, parentOf } from '@vivarium/shared/path';
import { WatchEventType } from '@vivarium/wire/replies';
import { OPEN_ACL_ID, type SnapshotNode } from '@vivarium/wire/snapshot';
import { AclCache, UNLISTED_ACL_ID } from './acl-cache.ts';
import { nodeDigest, replaceDigest } from './digest.ts';
import { formatQuota, numberOf, parseQuota, QuotaKey } from './quota-text.ts';
import { Quotas, quotaNodeOf, statsPath } from './quotas.ts';
import { type Below, isSessionOwner, ttlOf, type Znode } from './znode.ts';

/** Nodes that always exist and that clients cannot delete. */
export const ROOT = '/';
export const ZOOKEEPER_NODE = '/zookeeper';
export const QUOTA_NODE = '/zookeeper/quota';
export const CONFIG_NODE = '/zookeeper/config';

/** Everybody may read the configuration; nobody but the superuser may write it (Java `DataTree.addConfigNode`). */
const CONFIG_ACL: readonly Acl[] = [{ perms: Perms.READ, id: { scheme: 'world', id: 'anyone' } }];

/** Told of each change that watches may wait for, with the ACL that says who may know. */
export type ChangeListener = (type: WatchEventType, path: string, acl: readonly Acl[]) => void;

/** What the tree held when a snapshot was begun, of the nodes that have changed since. */
interface HeldImage {
  readonly zxid: bigint;
  /** Paths that the reader has passed; their later changes are of no interest. */
  readonly passed: Set<string>;
  readonly before: Map<string, SnapshotNode>;
  /** Nodes deleted since, children before parents as deletions go. */
  readonly deleted: SnapshotNode[];
}

/** What creates a node, beside its path. */
export interface NewNode {
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[] | null;
  readonly ephemeralOwner: bigint;
  /** The parent's raw cversion afterwards, or -1: one more than now. */
  readonly parentCversion: number;
}

export class DataTree {
  private readonly nodes = new Map<string, Znode>();
  private readonly acls = new AclCache();
  private readonly ephemerals = new Map<bigint, Set<string>>();
  /** Containers and nodes with a time to live, which nobody's session removes. */
  private readonly reapables = new Set<string>();
  readonly quotas = new Quotas();
  private readonly images = new Set<HeldImage>();
  private treeDigest = 0n;
  private dataBytes = 0;

  /** The digest of the tree as it is. */
  get digest(): bigint {
    return this.treeDigest;
  }

  get nodeCount(): number {
    return this.nodes.size;
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.ephemerals.values()) count += paths.size;
    return count;
  }

  /** Bytes of all paths and data (Java `approximateDataSize`). */
  get approximateDataSize(): number {
    return this.dataBytes;
  }

  /** The node of a path; the empty string is the root too. */
  get(path: string): Znode | undefined {
    return this.nodes.get(path === '' ? ROOT : path);
  }

  /** All paths, parents before children. */
  paths(): IterableIterator<string> {
    return this.nodes.keys();
  }

  /** All paths with their nodes, parents before children. */
  entries(): IterableIterator<[string, Znode]> {
    return this.nodes.entries();
  }

  aclOf(node: Znode): readonly Acl[] {
    return this.acls.get(node.aclId);
  }

  /** Paths of the ephemerals of a session. */
  ephemeralsOf(sessionId: bigint): ReadonlySet<string> {
    return this.ephemerals.get(sessionId) ?? NO_PATHS;
  }

  /** Sessions that own ephemerals. */
  ephemeralOwners(): IterableIterator<bigint> {
    return this.ephemerals.keys();
  }

  /** How many nodes there are below one, at any depth. */
  countDescendants(path: string): number {
    if (path === '' || path === ROOT) return this.nodes.size - 1;
    const node = this.nodes.get(path);
    return node === undefined ? 0 : this.countBelow(path, node).nodes;
  }

  /**
   * What is below a node. It is counted once, and from then on with each change: a client that asks again and again, or has it
   * counted for quotas a thousand times in one multi, must not stop the server.
   */
  private countBelow(path: string, node: Znode): Readonly<Below> {
    if (node.below !== null) return node.below;
    // Each node behind its parent, so that backwards all children are counted before their parent.
    const paths = [...this.subtreePaths(path)];
    for (const below of paths) this.existing(below).below = { nodes: 0, bytes: 0 };
    for (let i = paths.length - 1; i > 0; i--) {
      const child = this.existing(paths[i] ?? '');
      const { below } = this.existing(parentOf(paths[i] ?? ''));
      if (below === null || child.below === null) continue;
      below.nodes += child.below.nodes + 1;
      below.bytes += child.below.bytes + (child.data?.length ?? 0);
    }
    return node.below ?? { nodes: 0, bytes: 0 };
  }

  private existing(path: string): Znode {
    const node = this.nodes.get(path);
    assert(node !== undefined, `the tree has lost ${path}`);
    return node;
  }

  /** So much has come, or gone, below a node, which those above it are told of that are counted. */
  private changedBelow(path: string, nodes: number, bytes: number): void {
    for (let at = path; at !== ''; at = parentOf(at)) {
      const below = this.nodes.get(at)?.below ?? null;
      if (below === null) return;
      below.nodes += nodes;
      below.bytes += bytes;
    }
  }

  /** The path of a node and of all below it; none where there is no node. */
  private *subtreePaths(path: string): Generator<string> {
    const left = this.nodes.has(path) ? [path] : [];
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      yield at;
      for (const name of this.nodes.get(at)?.children ?? []) left.push(`${at}/${name}`);
    }
  }

  get hasReapable(): boolean {
    return this.reapables.size > 0;
  }

  /**
   * Childless containers that once had a child, or for `maxNeverUsedMs` had none (0: those may stay), and childless nodes
   * that have not changed for their time to live: `limit` of them at most (Java `ContainerManager.getCandidates`).
   */
  reapable(wallMs: number, limit: number, maxNeverUsedMs: number): string[] {
    const found: string[] = [];
    for (const path of this.reapables) {
      const node = this.nodes.get(path);
      if (node === undefined || (node.children?.size ?? 0) > 0) continue;
      const unchangedMs = wallMs - node.mtimeMs;
      const ttlMs = ttlOf(node.ephemeralOwner);
      const wasUsed = ttlMs === null && node.cversion > 0;
      const limitMs = ttlMs ?? (maxNeverUsedMs === 0 ? Number.POSITIVE_INFINITY : maxNeverUsedMs);
      if (wasUsed || unchangedMs > limitMs) found.push(path);
      if (found.length >= limit) break;
    }
    return found;
  }

  create(path: string, node: NewNode, zxid: bigint, timeMs: number, listener: ChangeListener | null): ErrorCode {
    const parentPath = parentOf(path);
    const parent = this.nodes.get(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    const raised = node.parentCversion === -1 ? (parent.cversion + 1) | 0 : node.parentCversion;
    this.beforeChange(parentPath, parent);
    // A replayed create may be older than what the snapshot knows of the parent: its counters never go back (ZOOKEEPER-3249).
    // The counter runs over behind 2^31 creates, so it is a distance that says which of two is later.
    if (((raised - parent.cversion) | 0) > 0) {
      parent.cversion = raised;
      parent.pzxid = zxid;
    }
    const existing = this.nodes.get(path);
    if (existing === undefined) {
      parent.children ??= new Set();
      parent.children.add(nameOf(path));
      const { ephemeralOwner } = node;
      this.insert(path, {
        data: node.data,
        aclId: this.acls.retain(node.acl),
        children: null,
        below: parent.below === null ? null : { nodes: 0, bytes: 0 },
        digest: 0,
        czxid: zxid,
        mzxid: zxid,
        pzxid: zxid,
        ctimeMs: timeMs,
        mtimeMs: timeMs,
        version: 0,
        cversion: 0,
        aversion: 0,
        ephemeralOwner,
      });
    }
    if (existing === undefined) this.changedBelow(parentPath, 1, node.data?.length ?? 0);
    this.redigest(parentPath, parent);
    if (existing !== undefined) {
      if (existing.aclId === UNLISTED_ACL_ID) this.setAcl(path, node.acl, existing.aversion);
      return ErrorCode.NODEEXISTS;
    }
    const quotaNode = quotaNodeOf(path);
    if (quotaNode !== null && quotaNode.subtree !== '') {
      if (quotaNode.kind === 'limits') this.quotas.add(quotaNode.subtree);
      else this.recount(quotaNode.subtree);
    }
    this.charge(path, node.data?.length ?? 0, 1);
    if (listener !== null) {
      listener(WatchEventType.created, path, node.acl ?? this.acls.get(OPEN_ACL_ID));
      listener(WatchEventType.childrenChanged, parentPath, this.acls.get(parent.aclId));
    }
    return ErrorCode.OK;
  }

  delete(path: string, zxid: bigint, listener: ChangeListener | null): ErrorCode {
    const parentPath = parentOf(path);
    const parent = this.nodes.get(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    this.beforeChange(parentPath, parent);
    // Also where the node is gone already: a snapshot may have been written between the two halves (ZOOKEEPER-3145).
    if (zxid > parent.pzxid) parent.pzxid = zxid;
    parent.children?.delete(nameOf(path));
    this.redigest(parentPath, parent);
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    const acl = this.acls.get(node.aclId);
    this.removeTree(path, node);
    if (listener !== null) {
      listener(WatchEventType.deleted, path, acl);
      listener(WatchEventType.childrenChanged, parentPath, this.acls.get(parent.aclId));
    }
    return ErrorCode.OK;
  }

  setData(
    path: string,
    data: Uint8Array | null,
    version: number,
    zxid: bigint,
    timeMs: number,
    listener: ChangeListener | null,
  ): ErrorCode {
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    this.beforeChange(path, node);
    const grownBytes = (data?.length ?? 0) - (node.data?.length ?? 0);
    this.dataBytes += grownBytes;
    node.data = data;
    node.version = version;
    node.mzxid = zxid;
    node.mtimeMs = timeMs;
    this.redigest(path, node);
    this.changedBelow(parentOf(path), 0, grownBytes);
    this.charge(path, grownBytes, 0);
    listener?.(WatchEventType.dataChanged, path, this.acls.get(node.aclId));
    return ErrorCode.OK;
  }

  setAcl(path: string, acl: readonly Acl[] | null, version: number): ErrorCode {
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    this.beforeChange(path, node);
    const before = node.aclId;
    node.aclId = this.acls.retain(acl);
    this.acls.release(before);
    node.aversion = version;
    this.redigest(path, node);
    return ErrorCode.OK;
  }

  /**
   * Sets the configuration node, which a server writes for itself and no transaction orders while reconfiguration is off
   * (Java `ZKDatabase.initConfigInZKDatabase`).
   */
  setConfig(data: Uint8Array, version: bigint): void {
    const node = this.nodes.get(CONFIG_NODE);
    assert(node !== undefined, 'the configuration node exists from the start');
    this.setData(CONFIG_NODE, data, -1, version, node.mtimeMs, null);
  }

  /** How many nodes have an ACL that their snapshot did not list, and that no transaction has told since. */
  get unlistedAclCount(): number {
    return this.acls.unlistedCount;
  }

  /** Adds a node as a snapshot has it. False where its parent is not there. */
  load(entry: SnapshotNode): boolean {
    const path = entry.path === '' ? ROOT : entry.path;
    if (path !== ROOT) {
      const parent = this.nodes.get(parentOf(path));
      if (parent === undefined || this.nodes.has(path)) return false;
      parent.children ??= new Set();
      parent.children.add(nameOf(path));
    }
    const aclId = this.acls.retainId(entry.aclId);
    const { czxid, mzxid, pzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner } = entry.stat;
    // All fields by name, as in `create`: a million nodes of one shape take less room than copies of Stats that grew.
    this.insert(path, {
      data: entry.data,
      aclId,
      children: null,
      below: null,
      digest: 0,
      czxid,
      mzxid,
      pzxid,
      ctimeMs,
      mtimeMs,
      version,
      cversion,
      aversion,
      ephemeralOwner,
    });
    return true;
  }

  /** Registers an ACL of a snapshot, before the nodes that use it. */
  loadAcl(id: number, acl: readonly Acl[]): void {
    this.acls.load(id, acl);
  }

  /** Ends loading: makes the nodes that always exist, and forgets ACLs that nothing uses. */
  finishLoading(): void {
    for (const path of [ROOT, ZOOKEEPER_NODE, QUOTA_NODE, CONFIG_NODE]) {
      if (this.nodes.has(path)) continue;
      this.load({ path, data: NO_DATA, aclId: OPEN_ACL_ID, stat: ZERO_STAT });
      if (path === CONFIG_NODE) this.setAcl(path, CONFIG_ACL, -1);
    }
    this.acls.purgeUnused();
    this.setUpQuotas(QUOTA_NODE);
  }

  /** Of limits below this path; a node with that name which has children is none. All counts begin anew. */
  private setUpQuotas(path: string): void {
    const node = this.nodes.get(path);
    for (const name of node?.children ?? []) this.setUpQuotas(`${path}/${name}`);
    const quotaNode = quotaNodeOf(path);
    if (quotaNode?.kind !== 'limits' || quotaNode.subtree === '' || (node?.children?.size ?? 0) > 0) return;
    this.recount(quotaNode.subtree);
    this.quotas.add(quotaNode.subtree);
  }

  /** Adds to the stats of the subtree with a quota that a path is in. It shows in no Stat and fires no watch. */
  private charge(path: string, bytes: number, count: number): void {
    const subtree = this.quotas.subtreeOf(path);
    const stats = subtree === null ? undefined : this.nodes.get(statsPath(subtree));
    if (subtree === null || stats === undefined) return;
    const numbers = parseQuota(stats.data);
    this.setStats(subtree, stats, {
      numbers,
      count: BigInt.asIntN(64, numberOf(numbers, QuotaKey.count) + BigInt(count)),
      bytes: BigInt.asIntN(64, numberOf(numbers, QuotaKey.bytes) + BigInt(bytes)),
    });
  }

  /** Counts all that is in a subtree, its root included and subtrees with quotas of their own too (Java `updateQuotaForPath`). */
  private recount(subtree: string): void {
    const stats = this.nodes.get(statsPath(subtree));
    if (stats === undefined) return;
    const node = this.nodes.get(subtree);
    const below = node === undefined ? { nodes: -1, bytes: 0 } : this.countBelow(subtree, node);
    this.setStats(subtree, stats, {
      numbers: new Map(),
      count: BigInt(below.nodes + 1),
      bytes: BigInt(below.bytes + (node?.data?.length ?? 0)),
    });
  }

  private setStats(
    subtree: string,
    node: Znode,
    { numbers, count, bytes }: { numbers: Map<string, bigint>; count: bigint; bytes: bigint },
  ): void {
    const path = statsPath(subtree);
    this.beforeChange(path, node);
    const data = formatQuota(numbers.set(QuotaKey.count, count).set(QuotaKey.bytes, bytes));
    const grownBytes = data.length - (node.data?.length ?? 0);
    this.dataBytes += grownBytes;
    this.changedBelow(parentOf(path), 0, grownBytes);
    node.data = data;
  }

  /**
   * Begins an exact image of the tree at this zxid: nodes parents first, read at leisure while the tree goes on changing.
   * Until `release` the tree keeps a copy of every node that changes before the reader came to it.
   */
  holdImage(zxid: bigint): { acls: [number, readonly Acl[]][]; nodes: Iterable<SnapshotNode>; release: () => void } {
    const image: HeldImage = { zxid, passed: new Set(), before: new Map(), deleted: [] };
    this.images.add(image);
    return { acls: this.acls.list(), nodes: this.readImage(image), release: () => this.images.delete(image) };
  }

  private *readImage(image: HeldImage): Generator<SnapshotNode> {
    // A map is iterated in the order of insertion, and no node is older than its parent, so parents come first.
    for (const [path, node] of this.nodes) {
      if (node.czxid > image.zxid) continue;
      image.passed.add(path);
      const before = image.before.get(path);
      image.before.delete(path);
      yield before ?? imageOf(path, node);
    }
    for (let i = image.deleted.length - 1; i >= 0; i--) yield image.deleted[i] as SnapshotNode;
  }

  private beforeChange(path: string, node: Znode): void {
    for (const image of this.images) {
      if (node.czxid > image.zxid || image.passed.has(path) || image.before.has(path)) continue;
      image.before.set(path, imageOf(path, node));
    }
  }

  private insert(path: string, node: Znode): void {
    this.nodes.set(path, node);
    this.dataBytes += path.length + (node.data?.length ?? 0);
    if (isSessionOwner(node.ephemeralOwner)) {
      const paths = this.ephemerals.get(node.ephemeralOwner);
      if (paths === undefined) this.ephemerals.set(node.ephemeralOwner, new Set([path]));
      else paths.add(path);
    } else if (node.ephemeralOwner !== 0n) {
      this.reapables.add(path);
    }
    this.redigest(path, node);
  }

  /**
   * A node that is deleted has no children, but where a log is replayed over a snapshot that was written meanwhile: these
   * belong to a later node of the same path, and the log makes them again. Left alone, they would be nobody's children.
   */
  private removeTree(path: string, node: Znode): void {
    for (const name of node.children ?? []) {
      const childPath = `${path}/${name}`;
      const child = this.nodes.get(childPath);
      if (child !== undefined) this.removeTree(childPath, child);
    }
    this.remove(path, node);
  }

  private remove(path: string, node: Znode): void {
    for (const image of this.images) {
      if (node.czxid > image.zxid || image.passed.has(path)) continue;
      image.deleted.push(image.before.get(path) ?? imageOf(path, node));
      image.before.delete(path);
    }
    this.nodes.delete(path);
    this.changedBelow(parentOf(path), -1, -(node.data?.length ?? 0));
    this.acls.release(node.aclId);
    this.dataBytes -= path.length + (node.data?.length ?? 0);
    this.treeDigest = replaceDigest(this.treeDigest, node.digest, 0);
    const paths = this.ephemerals.get(node.ephemeralOwner);
    if (paths?.delete(path) && paths.size === 0) this.ephemerals.delete(node.ephemeralOwner);
    this.reapables.delete(path);
    const quotaNode = quotaNodeOf(path);
    if (quotaNode?.kind === 'limits') this.quotas.remove(quotaNode.subtree);
    this.charge(path, -(node.data?.length ?? 0), -1);
  }

  private redigest(path: string, node: Znode): void {
    const digest = nodeDigest(path, node.data, node);
    this.treeDigest = replaceDigest(this.treeDigest, node.digest, digest);
    node.digest = digest;
  }
}

function imageOf(path: string, node: Znode): SnapshotNode {
  const { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid } = node;
  const stat = { czxid, mzxid, ctimeMs, mtimeMs, version, cversion, aversion, ephemeralOwner, pzxid };
  return { path: path === ROOT ? '' : path, data: node.data, aclId: node.aclId, stat };
}

const NO_PATHS: ReadonlySet<string> = new Set();
const NO_DATA = new Uint8Array(0);
const ZERO_STAT = {
  czxid: 0n,
  mzxid: 0n,
  ctimeMs: 0,
  mtimeMs: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  pzxid: 0n,
};
