import { useGo, useLocation } from '../../../app/location.ts';
import { useIsNarrow, useMediaQuery } from '../../../components/use-media-query.ts';
import { faultOf } from '../path-fault.ts';
import { MEASURES, type Measure } from './icicle.ts';

/** Narrower than this the map takes the place of the tree. */
const BESIDE = '(min-width: 1181px)';
const HIDDEN = 'tree';

export interface MapPlace {
  readonly shown: boolean;
  /** Whether it stands beside the tree, rather than in its place. */
  readonly beside: boolean;
  readonly by: Measure;
  readonly root: string;
  readonly toggle: () => void;
  readonly setBy: (by: Measure) => void;
  readonly setRoot: (root: string) => void;
}

/**
 * Whether the map of a subtree is shown, and of which, as the address says: `view` is its measure or `tree` for no map,
 * `select` the znode that it is of. Where the address says nothing there is one if it can be drawn and has room.
 */
export function useMap(drawable: boolean): MapPlace {
  const { view, select } = useLocation();
  const go = useGo();
  const narrow = useIsNarrow();
  const beside = useMediaQuery(BESIDE) && !narrow;
  const measure = MEASURES.find((known) => known === view);
  const shown = measure !== undefined || (view !== HIDDEN && drawable && beside);
  const by = measure ?? 'bytes';
  return {
    shown,
    beside,
    by,
    root: select !== null && faultOf(select) === null ? select : '/',
    toggle: () => go({ view: shown ? HIDDEN : by, ...(narrow && { path: null }) }),
    setBy: (next) => go({ view: next }),
    setRoot: (root) => go({ select: root === '/' ? null : root, view: by }),
  };
}
