import { parentOf } from '@vivarium/shared/path';

/**
 * How a znode that is open on a screen is kept right. `recursive`: a watch on it and all below. `node`: a watch on it and on
 * the list of its children, which is refreshed now and then since its children's own changes are not told. `plain`: the same
 * before 3.6. `interval`: no watch; it is looked at now and then.
 */
export type WatchLevel = 'recursive' | 'node' | 'plain' | 'interval';

/**
 * The open path whose recursive watch tells of a path already, the nearest; null where there is none. `levelOf` is the level
 * of an open path, null for one that is not open.
 */
export function coverOf(path: string, levelOf: (path: string) => WatchLevel | null): string | null {
  for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
    if (levelOf(above) === 'recursive') return above;
  }
  return null;
}
