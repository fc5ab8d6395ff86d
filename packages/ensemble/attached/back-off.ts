import { jittered } from './jitter.ts';

/** The end of a leader nobody has to wait for; all who observed it come back at once, though. */
const FIRST_MS = 50;
const MAX_MS = 5_000;
/** After a snapshot that a leader has sent for nothing. */
const SNAPSHOT_FIRST_MS = 5_000;
const SNAPSHOT_MAX_MS = 300_000;
/** A leader that has been followed for so long shows that its snapshot was worth it. */
const SETTLED_MS = 60_000;

/** How long an observer waits before it tries again: longer with each failure, and much longer where snapshots were sent for nothing. */
export class BackOff {
  private failures = 0;
  /** That were begun since a leader was last followed for long. */
  private snapshots = 0;
  /** In this attempt. */
  private snapshotBegun = false;
  private followingSinceMs: number | null = null;

  /** A leader has begun to send a snapshot. */
  snapshotBegan(): void {
    this.snapshotBegun = true;
    this.snapshots++;
  }

  /** The attempt has come to its aim, at this time on the monotonic clock. */
  following(nowMs: number): void {
    this.followingSinceMs = nowMs;
    this.failures = 0;
  }

  /**
   * The attempt is over. Returns in how many ms there may be another. `again`: it has come as far as it could; `hopeless`: another
   * would end as this one.
   */
  ended(nowMs: number, outcome: 'again' | 'failed' | 'hopeless'): number {
    const { followingSinceMs, snapshotBegun } = this;
    this.followingSinceMs = null;
    this.snapshotBegun = false;
    if (outcome === 'hopeless') return jittered(SNAPSHOT_MAX_MS);
    if (followingSinceMs === null) this.failures = outcome === 'again' ? 0 : this.failures + 1;
    else if (nowMs - followingSinceMs >= SETTLED_MS) this.snapshots = 0;
    // One that brought the tree is not for nothing: what follows is a DIFF.
    const wasted = snapshotBegun ? this.snapshots - (followingSinceMs === null ? 0 : 1) : 0;
    return jittered(
      wasted > 0
        ? Math.min(SNAPSHOT_MAX_MS, SNAPSHOT_FIRST_MS * 2 ** Math.min(wasted - 1, 20))
        : Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(this.failures, 20)),
    );
  }
}
