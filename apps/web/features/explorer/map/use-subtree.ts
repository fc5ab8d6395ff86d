import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { ApiFailure, api } from '../../../live/api.ts';
import { clusterPath } from '../tree/use-tree.ts';
import type { Measure } from './icicle.ts';

/** How often sizes are read again: they are figures for an eye, and the server has them ready. */
const EVERY_MS = 5_000;
/** Children of each znode; more would be too small to be seen. */
const CHILDREN = 40;

export interface Subtree {
  /** Null until it has come. */
  readonly map: SubtreeJson | null;
  readonly failure: ApiFailure | null;
  readonly retry: () => void;
}

/** The sizes of a subtree, as deep as is drawn, read again while the map is there. */
export function useSubtree(cluster: string, path: string, by: Measure, depth: number): Subtree {
  const query = useQuery<SubtreeJson>({
    queryKey: ['subtree', cluster, path, by, depth],
    queryFn: ({ signal }) =>
      api.get<SubtreeJson>(clusterPath(cluster, 'subtree'), { path, by, depth, limit: CHILDREN }, signal),
    // Until the next one has come the last one stays, and whoever goes through it with the keyboard keeps his place.
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: EVERY_MS,
    refetchInterval: EVERY_MS,
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  });
  return {
    map: query.data ?? null,
    failure: query.error instanceof ApiFailure ? query.error : null,
    retry: () => void query.refetch(),
  };
}
