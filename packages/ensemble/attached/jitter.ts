/** A time up to a fifth shorter or longer, so that many who wait for the same do not come together. */
export function jittered(ms: number): number {
  return ms * (0.8 + 0.4 * Math.random());
}
