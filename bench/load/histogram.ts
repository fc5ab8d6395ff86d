const BUCKET_MS = 0.01;
const BUCKETS = 1_000_000;

/** Counts latencies in buckets of 10 µs; those of 10 s and more share the last one. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  /** Counts one latency in ms. */
  add(latencyMs: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.floor(latencyMs / BUCKET_MS));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  get total(): number {
    return this.#total;
  }

  /** The latency in ms that the given share (0 to 1) of all stays below, to 10 µs. */
  quantileMs(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank && seen > 0) {
        return (bucket + 1) * BUCKET_MS;
      }
    }
    return 0;
  }
}
