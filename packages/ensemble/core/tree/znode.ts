import type { Stat, StatPersisted } from '@vivarium/shared/stat';

/** What stands below a node: how many nodes, and bytes of data. */
export interface Below {
  nodes: number;
  bytes: number;
}

/** One node of the tree. Its path is the key under which the tree holds it. */
export interface Znode extends StatPersisted {
  data: Uint8Array | null;
  aclId: number;
  /** Names of the children; null while there were never any, which is what most nodes are. */
  children: Set<string> | null;
  /** The node's part of the tree digest (an unsigned 32-bit number). */
  digest: number;
  /** What is below, at any depth; null until somebody wants to know. Who is counted, has all below it counted. */
  below: Below | null;
}

/** `ephemeralOwner` of a container (Java `EphemeralType.CONTAINER_EPHEMERAL_OWNER`). */
export const CONTAINER_OWNER = -(1n << 63n);
const TTL_MARK = 0xff0000n;
const MAX_TTL = 0xff_ffff_ffffn;
/** The longest time to live that an owner has room for (Java `EphemeralType.TTL.maxValue`). */
export const MAX_TTL_MS = Number(MAX_TTL);

/**
 * `ephemeralOwner` of a node with a time to live: 0xFF, two bytes of zero, five bytes of ms (Java `EphemeralType.TTL`). For a time
 * that is none it is 0: an Apache leader lets a createTTL with the flags of a plain node pass, counts a plain node in its digest,
 * and dies of the transaction, whenever it reads it; what it has left can be read here.
 */
export function ttlOwner(ttlMs: number): bigint {
  if (ttlMs <= 0 || ttlMs > MAX_TTL_MS) return 0n;
  return BigInt.asIntN(64, (TTL_MARK << 40n) | BigInt(ttlMs));
}

/** How long a childless node with this owner may stay unchanged; null where there is no such limit. */
export function ttlOf(owner: bigint): number | null {
  const bits = BigInt.asUintN(64, owner);
  return bits >> 40n === TTL_MARK ? Number(bits & MAX_TTL) : null;
}

/** Whether the owner is a session, so that the node is ephemeral, rather than the mark of a container or of a TTL. */
export function isSessionOwner(owner: bigint): boolean {
  if (owner === 0n || owner === CONTAINER_OWNER) return false;
  return owner > 0n || BigInt.asUintN(64, owner) >> 40n !== TTL_MARK;
}

/** The Stat that clients see (Java `DataNode.copyStat`): cversion counts deletes too, and marks are not owners. */
export function statOf(node: Znode): Stat {
  const numChildren = node.children === null ? 0 : node.children.size;
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctimeMs: node.ctimeMs,
    mtimeMs: node.mtimeMs,
    version: node.version,
    cversion: (node.cversion * 2 - numChildren) | 0,
    aversion: node.aversion,
    ephemeralOwner: isSessionOwner(node.ephemeralOwner) ? node.ephemeralOwner : 0n,
    dataLength: node.data === null ? 0 : node.data.length,
    numChildren,
    pzxid: node.pzxid,
  };
}
