/** Cuts the history on disk behind a transaction, as a leader's TRUNC asks (Java `FileTxnLog.truncate`). */
import { formatHex, type Zxid } from '@vivarium/shared/zxid';
import { mayFollow } from './contiguity.ts';
import type { Disk } from './disk.ts';
import { logsAmong, type NamedFile, snapshotsAmong, VERSION_DIRECTORY } from './file-names.ts';
import { FileView } from './file-view.ts';
import { scanLog } from './log-scan.ts';
import { newestSnapshot, type SnapshotDirectory } from './recovery.ts';
import { removeInOrder, type Step } from './steps.ts';

/** What to do in order to truncate, or why it cannot be done. */
export type TruncationPlan =
  | { readonly ok: true; readonly steps: readonly Step[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Plans to make the transaction with this zxid the last one. Refused unless what would be left on disk leads from a whole
 * snapshot to that transaction without a gap: cutting more than asked would lose what may have been acknowledged
 * (ZOOKEEPER-1154). Reads only; throws `DiskError`.
 */
export function planTruncation(
  { data, log, gzip }: SnapshotDirectory & { readonly log: Disk },
  zxid: Zxid,
): TruncationPlan {
  const snapshots = snapshotsAmong(data.list(VERSION_DIRECTORY));
  const logs = logsAmong(log.list(VERSION_DIRECTORY));
  const { base } = newestSnapshot(
    { data, gzip },
    snapshots.filter((file) => file.zxid <= zxid),
    () => {},
  );
  if (base === null) return { ok: false, reason: `no snapshot up to ${formatHex(zxid)} is left` };
  const reached = lastReachable(log, logs, base.zxid, zxid);
  if (reached !== zxid) {
    return { ok: false, reason: `the log leads to ${formatHex(reached)} and not to ${formatHex(zxid)}` };
  }

  // Newest logs first, so that a crash leaves a history that is shorter and has no hole; then the snapshots of what is cut,
  // which would bring it back (ZOOKEEPER-4837), while the logs that lead up to older ones are still whole.
  const steps: Step[] = [];
  for (const file of logs.toReversed()) {
    const end = file.zxid > zxid ? 'nothing' : endOf(log, file, zxid);
    if (end === 'everything') break;
    if (end === 'nothing') {
      steps.push(removeInOrder(log, [file.path]));
      continue;
    }
    steps.push((done) => {
      log.setLength(file.path, end);
      log.sync(file.path, done);
    });
    break;
  }
  const later = snapshots.filter((file) => file.zxid > zxid).map((file) => file.path);
  steps.push(removeInOrder(data, later.toReversed()));
  return { ok: true, steps };
}

/** The last transaction up to `target` that the logs reach from a snapshot without a gap. */
function lastReachable(log: Disk, logs: readonly NamedFile[], base: Zxid, target: Zxid): Zxid {
  let last = base;
  const firstNeeded = Math.max(
    0,
    logs.findLastIndex((file) => file.zxid <= base + 1n),
  );
  for (const file of logs.slice(firstNeeded)) {
    if (last >= target || file.zxid > target) break;
    let gap = false;
    scanLog(new FileView(log, file.path), (record) => {
      if (record.zxid > target) return false;
      if (record.zxid <= base) return true;
      gap = !mayFollow(last, record.zxid);
      if (!gap) last = record.zxid;
      return !gap;
    });
    if (gap) break;
  }
  return last;
}

/** Where to cut a log: behind its last record up to `zxid`, nowhere, or all of it. */
function endOf(log: Disk, file: NamedFile, zxid: Zxid): number | 'nothing' | 'everything' {
  let end = 0;
  let more = false;
  scanLog(new FileView(log, file.path), (record) => {
    more = record.zxid > zxid;
    if (!more) end = record.end;
    return !more;
  });
  if (end === 0) return 'nothing';
  return more ? end : 'everything';
}
