import { Distribution } from '../core/metrics.ts';

/** A sync that takes longer is counted by itself (Java `fsync.warningthresholdms`). */
const SLOW_SYNC_MS = 1000;

/** Times in ms that the process takes for its disk, under Apache's names (Java `ServerMetrics`). */
export class DiskTimes {
  readonly summaries = {
    /** Reading the disk at the start. */
    dbinittime: new Distribution(),
    /** One sync of the log. */
    fsynctime: new Distribution(),
    snapshottime: new Distribution(),
  };
  slowSyncs = 0;

  /** A sync of the log begins; what is returned ends it. */
  beginSync(): () => void {
    const sinceMs = performance.now();
    return () => {
      const ms = Math.round(performance.now() - sinceMs);
      this.summaries.fsynctime.add(ms);
      if (ms > SLOW_SYNC_MS) this.slowSyncs++;
    };
  }

  /** The disk was read at the start. */
  read(sinceMs: number): void {
    this.summaries.dbinittime.add(Math.round(performance.now() - sinceMs));
  }

  /** Starts anew. */
  reset(): void {
    for (const summary of Object.values(this.summaries)) summary.reset();
    this.slowSyncs = 0;
  }
}
