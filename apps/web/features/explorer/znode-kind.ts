/** What a Stat says of how a znode lives. */

export type ZnodeKind = 'persistent' | 'ephemeral' | 'container' | 'ttl';

/** The owner that marks a container (Java `EphemeralType.CONTAINER_EPHEMERAL_OWNER`). */
const CONTAINER = 1n << 63n;
/** The first byte and the two after it of a TTL's owner; five bytes of ms follow (Java `EphemeralType.TTL`). */
const TTL_MARK = 0xff0000n;

/**
 * What the owner of a znode says. Servers tell clients 0 for containers and nodes with a TTL (Java `DataNode.copyStat`), so
 * those two are only known where a Stat was read from a log or a snapshot.
 */
export function kindOfOwner(ephemeralOwner: string): { readonly kind: ZnodeKind; readonly ttlMs: number | null } {
  const owner = BigInt(ephemeralOwner);
  if (owner === 0n) return { kind: 'persistent', ttlMs: null };
  if (owner === CONTAINER) return { kind: 'container', ttlMs: null };
  if (owner >> 40n === TTL_MARK) return { kind: 'ttl', ttlMs: Number(owner & 0xffffffffffn) };
  return { kind: 'ephemeral', ttlMs: null };
}

/** Whether a name ends as those do that ZooKeeper numbers: ten digits at least. No Stat says it for certain. */
export function isSequentialName(name: string): boolean {
  return /(?:^|\D)-?\d{10}$/.test(name);
}
