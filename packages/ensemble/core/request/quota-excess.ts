/** Whether a write keeps within the quota of its subtree (Java `ZooKeeperServer.checkQuota`). */
import type { DataTree } from '../tree/data-tree.ts';
import { numberOf, parseQuota, QuotaKey, type QuotaNumbers } from '../tree/quota-text.ts';
import { limitsPath, statsPath } from '../tree/quotas.ts';
import type { Charge } from './pending-charges.ts';

/** A limit that a write would pass. */
export interface QuotaExcess {
  readonly subtree: string;
  readonly what: 'count' | 'bytes';
  /** Hard limits refuse where quotas are enforced; soft ones are warned of. */
  readonly isHard: boolean;
  readonly value: bigint;
  readonly limit: bigint;
}

/**
 * The limits that a write in a subtree with a quota would pass. `pending`: what the writes under way add. Where there is a hard
 * limit, the soft one of the same kind does not count. A write that changes nothing of a kind is not measured by it.
 */
export function quotaExcesses(tree: DataTree, subtree: string, charge: Charge, pending: Charge): QuotaExcess[] {
  const limitsNode = tree.get(limitsPath(subtree));
  const statsNode = tree.get(statsPath(subtree));
  if (limitsNode === undefined || statsNode === undefined) return [];
  const limits = parseQuota(limitsNode.data);
  const stats = parseQuota(statsNode.data);
  const { countHardLimit, byteHardLimit } = QuotaKey;
  return [
    excess(limits, stats, {
      subtree,
      what: 'count',
      hardKey: countHardLimit,
      by: charge.count,
      pending: pending.count,
    }),
    excess(limits, stats, { subtree, what: 'bytes', hardKey: byteHardLimit, by: charge.bytes, pending: pending.bytes }),
  ].filter((found) => found !== null);
}

function excess(
  limits: QuotaNumbers,
  stats: QuotaNumbers,
  kind: { subtree: string; what: 'count' | 'bytes'; hardKey: string; by: number; pending: number },
): QuotaExcess | null {
  const { subtree, what, hardKey, by, pending } = kind;
  const hard = numberOf(limits, hardKey);
  const isHard = hard > -1n;
  const limit = isHard ? hard : numberOf(limits, what);
  const value = numberOf(stats, what) + BigInt(pending) + BigInt(by);
  return by === 0 || limit <= -1n || value <= limit ? null : { subtree, what, isHard, value, limit };
}
