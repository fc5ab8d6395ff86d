/** Whether one transaction comes right behind another, as far as names and numbers on a disk can tell. */
import { counterOf, epochOf, type Zxid } from '@vivarium/shared/zxid';

/**
 * Inside an epoch the counter rises by one, without a gap; that of a standalone server runs over into the next epoch. A new
 * epoch starts at 1 otherwise; that nothing of the old one is missing before it the numbers alone cannot tell.
 */
export function mayFollow(before: Zxid, after: Zxid): boolean {
  if (after === before + 1n) return true;
  return epochOf(after) > epochOf(before) && counterOf(after) === 1;
}

/**
 * As `mayFollow`, and beyond doubt. Transactions can be missing between the records of a log only where a snapshot brought
 * them, so `snapshots` (all zxids that files are named by, oldest first) tells: none may lie between the two, and one must
 * be older, or else the snapshot in question may have been purged.
 */
export function surelyFollows(before: Zxid, after: Zxid, snapshots: readonly Zxid[]): boolean {
  if (after === before + 1n) return true;
  if (!mayFollow(before, after)) return false;
  const oldest = snapshots[0];
  return oldest !== undefined && oldest <= before && !snapshots.some((zxid) => zxid > before && zxid < after);
}
