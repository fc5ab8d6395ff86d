import type { OpCode } from '@vivarium/wire/op-code';
import { Summary } from '../metrics.ts';

/** What one connection has done so far, for the words `cons` and `stat` (Java `ServerCnxn.updateStatsForResponse`). */
export class ConnectionStats {
  /** Type of the last request that was answered; null: none was. */
  lastOp: OpCode | null = null;
  /** xid of the last request that had one of its own; -1: none had. */
  lastCxid = -1;
  /** zxid in the last answer; -1: there was none. */
  lastZxid = -1n;
  /** On the monotonic clock; 0: never. */
  lastResponseMs = 0;
  lastLatencyMs = 0;
  readonly latencyMs = new Summary();

  /** A request was answered. */
  answered(op: OpCode, cxid: number, zxid: bigint, nowMs: number, latencyMs: number): void {
    this.lastOp = op;
    // A ping has an xid that says so, and is not the client's next one.
    if (cxid >= 0) this.lastCxid = cxid;
    this.lastZxid = zxid;
    this.lastResponseMs = nowMs;
    this.lastLatencyMs = latencyMs;
    this.latencyMs.add(latencyMs);
  }

  /** Starts anew (word `crst`). */
  reset(): void {
    this.lastOp = null;
    this.lastCxid = -1;
    this.lastZxid = -1n;
    this.lastResponseMs = 0;
    this.lastLatencyMs = 0;
    this.latencyMs.reset();
  }
}
