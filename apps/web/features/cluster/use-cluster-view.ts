import { useLocation } from '../../app/location.ts';
import { usePlayer } from '../../live/use-player.ts';
import { type ClusterView, type ClusterViews, viewsOf } from './cluster-views.ts';

/** The view that the address asks for, and the others. */
export function useClusterView(): ClusterViews & { readonly view: ClusterView } {
  const { view: asked } = useLocation();
  const info = usePlayer((player) => player.info);
  const { views, first } = viewsOf(info);
  return { views, first, view: views.find((known) => known === asked) ?? first };
}
