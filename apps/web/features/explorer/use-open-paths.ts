import { MAX_OPEN_PATHS } from '@vivarium/shared/contract/socket';
import { useEffect } from 'react';
import { setOpenPaths, usePlayer } from '../../live/use-player.ts';
import type { Tree } from './tree/use-tree.ts';

/** Who opens one branch after the other is told of once. */
const SETTLE_MS = 150;

/** Tells the server what is open: in a cluster that somebody else runs, it is what is kept live. */
export function useOpenPaths({ controller }: Tree, selected: string, isPast: boolean): void {
  const isAttached = usePlayer((view) => view.info?.attached != null);
  const open = isAttached && !isPast ? openPaths(selected, controller.rows.branches()) : [];
  const text = JSON.stringify(open);
  useEffect(() => {
    const timer = setTimeout(() => setOpenPaths(JSON.parse(text)), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => () => setOpenPaths([]), []);
}

/** What is shown beside the tree, and each znode whose children the tree shows. */
function openPaths(selected: string, branches: Iterable<{ readonly path: string }>): string[] {
  const paths = new Set([selected]);
  for (const { path } of branches) if (path !== '' && paths.size < MAX_OPEN_PATHS) paths.add(path);
  return [...paths];
}
