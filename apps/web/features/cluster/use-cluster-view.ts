/** Which of its views the Cluster page shows. */
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { useLocation } from '../../app/location.ts';
import { usePlayer } from '../../live/use-player.ts';

export type ClusterView = 'health' | 'ring' | 'spacetime' | 'table';

export interface ClusterViews {
  /** Those that the source can fill, in their order. */
  readonly views: readonly ClusterView[];
  /** The one that is shown where the address names none. */
  readonly first: ClusterView;
}

/** The views of a source: of a cluster that somebody else runs its health comes first, of one that runs here its drawing. */
export function viewsOf(info: Pick<ClusterInfo, 'kind' | 'capabilities'> | null): ClusterViews {
  const drawings: readonly ClusterView[] = ['ring', 'spacetime', 'table'];
  if (info?.capabilities.health !== true) return { views: drawings, first: 'ring' };
  return { views: ['health', ...drawings], first: info.kind === 'attached' ? 'health' : 'ring' };
}

/** The view that the address asks for, and the others. */
export function useClusterView(): ClusterViews & { readonly view: ClusterView } {
  const { view: asked } = useLocation();
  const info = usePlayer((player) => player.info);
  const { views, first } = viewsOf(info);
  return { views, first, view: views.find((known) => known === asked) ?? first };
}
