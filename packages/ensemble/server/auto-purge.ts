import type { DiskConfig } from '../config/disk-config.ts';
import type { DiskError } from '../storage/disk.ts';
import type { Storage } from '../storage/storage.ts';
import { processLog } from './process-log.ts';

const HOUR_MS = 3_600_000;

/** Purges now and every so many hours, where the configuration asks for it (Java `DatadirCleanupManager`). */
export function startAutoPurge(storage: Storage, { snapRetainCount, purgeIntervalHours }: DiskConfig): void {
  if (purgeIntervalHours <= 0) return;
  const purge = (): void => storage.purge(snapRetainCount, (next) => setImmediate(next), report);
  purge();
  let hours = 0;
  // A timer cannot wait for a month, so this one counts hours.
  const timer = setInterval(() => {
    if (++hours % purgeIntervalHours === 0) purge();
  }, HOUR_MS);
  timer.unref();
}

function report(removed: readonly string[], fault: DiskError | null): void {
  const first = removed[0];
  if (first !== undefined) processLog.info(`purged ${removed.length} files, from ${first} to ${removed.at(-1)}`);
  if (fault !== null) processLog.warn(`the purge of old files was given up: ${fault.message}`);
}
