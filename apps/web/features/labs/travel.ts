/** How far a message has come. Pure: of the place in the history alone, so that going back draws what going forward drew. */

/** What a message has done of its way after so many steps; it never arrives by itself. */
function afterSteps(steps: number): number {
  return steps <= 0 ? 0 : 1 - 1 / (1 + 0.6 * steps);
}

/**
 * The share of its way, 0 to 1, at `u` steps into the history, of a message sent by entry `sentN`. In the last step before
 * entry `endN` that delivers it, it covers all that is left; null: it has not arrived in what is known.
 */
export function travelled(u: number, sentN: number, endN: number | null): number {
  if (endN === null || u <= endN - 1) return afterSteps(u - sentN);
  if (u >= endN) return 1;
  const before = afterSteps(endN - 1 - sentN);
  return before + (1 - before) * (u - (endN - 1));
}
