/** A broken assumption of this program's own: a bug, never a bad input. Whoever catches it can only stop. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** Stops the program when one of its own invariants does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks the leaf that an exhaustive switch cannot reach. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
