/** How long requests took, from their arrival to their answer, since the start (Java `ServerStats`). */
export class Latency {
  private count = 0;
  private sumMs = 0;
  private minMs = Number.POSITIVE_INFINITY;
  private maxMs = 0;

  add(ms: number): void {
    this.count++;
    this.sumMs += ms;
    if (ms < this.minMs) this.minMs = ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  summary(): { min: number; avg: number; max: number } {
    if (this.count === 0) return { min: 0, avg: 0, max: 0 };
    return { min: this.minMs, avg: this.sumMs / this.count, max: this.maxMs };
  }
}
