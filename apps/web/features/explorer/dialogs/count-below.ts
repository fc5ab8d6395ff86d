/** How many znodes a recursive delete takes with it. */
import type { ReadChildren } from '../tree/tree-controller.ts';
import { childPath } from '../tree/tree-rows.ts';

export interface BelowCount {
  readonly count: number;
  /** Everything was looked at; otherwise there are more. */
  readonly complete: boolean;
}

/** Beyond this it is only said that there are more. */
export const MAX_COUNTED = 20_000;
const PAGE = 1_000;

/**
 * Counts what is below a path, level by level, and tells of it as it goes. A child without children costs nothing beside
 * its parent's page. Rejects as `read` does.
 */
export async function countBelow(
  read: ReadChildren,
  path: string,
  signal: AbortSignal,
  progress: (count: number) => void,
): Promise<BelowCount> {
  const waiting = [path];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const page = await read({ path: next, offset, limit: PAGE, stat: true }, signal);
      total = page.total;
      // The children that are not read yet are known to be there.
      if (count + total - offset > MAX_COUNTED) return { count: count + total - offset, complete: false };
      count += page.children.length;
      for (const { name, stat } of page.children) {
        if (stat !== null && stat.numChildren > 0) waiting.push(childPath(next, name));
      }
      progress(count);
    }
  }
  return { count, complete: true };
}
