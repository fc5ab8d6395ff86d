/** Looking for part of a name among the names that the tree has. */
import type { TreeController } from '../tree/tree-controller.ts';
import { childPath, PAGE_SIZE } from '../tree/tree-rows.ts';

export interface Match {
  readonly path: string;
  readonly row: number;
}

/** All names of one level, read for a search. */
export interface LevelNames {
  readonly path: string;
  readonly names: readonly string[];
}

/** More matches than these are not counted. */
export const MAX_MATCHES = 10_000;

/**
 * The names that contain `text`, whatever its case, in the order of their rows: those that have come, and all those of
 * `level` where it was read.
 */
export function findNames({ rows }: TreeController, text: string, level: LevelNames | null): Match[] {
  const sought = text.toLowerCase();
  const matches: Match[] = [];
  for (const branch of rows.branches()) {
    if (branch.path === '') continue;
    const add = (name: string, index: number) => {
      if (matches.length >= MAX_MATCHES || !name.toLowerCase().includes(sought)) return;
      matches.push({ path: childPath(branch.path, name), row: rows.rowOfIndex(branch, index) });
    };
    if (level?.path === branch.path) level.names.forEach(add);
    else {
      for (const [number, page] of branch.pages) {
        page.children.forEach(({ name }, i) => {
          add(name, number * PAGE_SIZE + i);
        });
      }
    }
  }
  return matches.sort((a, b) => a.row - b.row);
}

/** The place of the match that follows a row in a direction, going round; -1 where there is none. */
export function nextMatch(matches: readonly Match[], row: number, direction: 1 | -1): number {
  if (matches.length === 0) return -1;
  if (direction === 1) {
    return Math.max(
      matches.findIndex((match) => match.row > row),
      0,
    );
  }
  const next = matches.findLastIndex((match) => match.row < row);
  return next < 0 ? matches.length - 1 : next;
}
