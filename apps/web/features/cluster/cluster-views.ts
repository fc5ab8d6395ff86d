/** The views of the Cluster page, by source. Pure. */
import type { ClusterInfo } from '@vivarium/shared/contract/source';

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
