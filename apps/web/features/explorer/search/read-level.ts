import type { ReadChildren } from '../tree/tree-controller.ts';

const PAGE = 1_000;

/** All names of a level; tells how many it has while it goes. Rejects as `read` does. */
export async function readLevel(
  read: ReadChildren,
  path: string,
  signal: AbortSignal,
  progress: (names: number) => void,
): Promise<string[]> {
  const names: string[] = [];
  for (let total = 1; names.length < total; ) {
    const page = await read({ path, offset: names.length, limit: PAGE, stat: false }, signal);
    total = page.total;
    if (page.children.length === 0) break;
    for (const { name } of page.children) names.push(name);
    progress(names.length);
  }
  return names;
}
