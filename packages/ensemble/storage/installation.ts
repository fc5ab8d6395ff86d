/**
 * A snapshot from the leader replaces all history (SNAP). It is written under a name of its own, and from the moment that
 * name is durable it alone counts: the old files go, and then it takes its usual name. A crash anywhere in between leaves
 * either the old history untouched or an installation that the next start finishes; old logs are never replayed over a
 * snapshot that does not belong to them.
 */
import type { Zxid } from '@vivarium/shared/zxid';
import type { Disk } from './disk.ts';
import { installingPath, logsAmong, snapshotPath, snapshotsAmong, VERSION_DIRECTORY } from './file-names.ts';
import type { Step } from './steps.ts';

/** What is left to do once `snapshot.<zxid>.installing` is durable. */
export function finishInstallation(data: Disk, log: Disk, zxid: Zxid): Step[] {
  return [
    (removed) => {
      for (const { path } of logsAmong(log.list(VERSION_DIRECTORY))) log.remove(path);
      log.syncDirectory(VERSION_DIRECTORY, removed);
    },
    (removed) => {
      for (const { path } of snapshotsAmong(data.list(VERSION_DIRECTORY))) data.remove(path);
      data.syncDirectory(VERSION_DIRECTORY, removed);
    },
    (renamed) => {
      data.rename(installingPath(zxid), snapshotPath(zxid));
      data.syncDirectory(VERSION_DIRECTORY, renamed);
    },
  ];
}
