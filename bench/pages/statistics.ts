/** The value that the given share (0 to 1) of all values does not exceed; NaN where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** `p50 12 · p95 40 · max 81 ms (300)`: the values' middle, their 95th percentile, the highest, and how many there are. */
export function summary(values: readonly number[], unit = 'ms'): string {
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => short(quantile(values, share)));
  return `p50 ${p50} · p95 ${p95} · max ${max} ${unit} (${values.length})`;
}

/** Whole numbers, or three digits of a small one. */
export function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
