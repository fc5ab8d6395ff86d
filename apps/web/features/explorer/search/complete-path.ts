/** What a path that is being typed may become. */

import type { ReadChildren } from '../tree/tree-controller.ts';
import { childPath } from '../tree/tree-rows.ts';

/** Completions that are offered. */
const MAX_COMPLETIONS = 8;

/** A typed path as a parent and the beginning of a child's name. */
export function splitTyped(text: string): { readonly parent: string; readonly prefix: string } {
  const slash = text.lastIndexOf('/');
  return { parent: slash <= 0 ? '/' : text.slice(0, slash), prefix: text.slice(slash + 1) };
}

/**
 * Paths of children that begin as typed. Names are sorted, so the first one is found by halving however many there are.
 * Rejects as `read` does.
 */
export async function completePath(read: ReadChildren, text: string, signal: AbortSignal): Promise<string[]> {
  const { parent, prefix } = splitTyped(text);
  const page = (offset: number, limit: number) => read({ path: parent, offset, limit, stat: false }, signal);
  let answer = await page(0, FIRST_PAGE);
  if (answer.total > FIRST_PAGE) {
    let low = 0;
    let high = answer.total;
    while (low < high) {
      const middle = (low + high) >> 1;
      const name = (await page(middle, 1)).children[0]?.name;
      if (name !== undefined && name < prefix) low = middle + 1;
      else high = middle;
    }
    answer = await page(low, MAX_COMPLETIONS);
  }
  return answer.children
    .filter(({ name }) => name.startsWith(prefix))
    .slice(0, MAX_COMPLETIONS)
    .map(({ name }) => childPath(parent, name));
}

const FIRST_PAGE = 200;
