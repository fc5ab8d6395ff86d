/** So many lines may come at once. */
const BURST_LINES = 2_000;
/** What becomes free again: far more than a server has to say, and little enough for any disk. */
const LINES_A_SECOND = 50;

/** Bounds a log, to which whoever reaches a port can add a line with each connection: a full disk would stop the server. */
export class LineBudget {
  private free = BURST_LINES;
  private lastMs: number;
  private leftOut = 0;

  constructor(nowMs: number) {
    this.lastMs = nowMs;
  }

  /** Whether a line may be written now: null where not, else how many were left out since the one before. */
  take(nowMs: number): number | null {
    this.free = Math.min(BURST_LINES, this.free + ((nowMs - this.lastMs) / 1_000) * LINES_A_SECOND);
    this.lastMs = nowMs;
    if (this.free < 1) {
      this.leftOut++;
      return null;
    }
    this.free--;
    const { leftOut } = this;
    this.leftOut = 0;
    return leftOut;
  }
}
