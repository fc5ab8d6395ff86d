import { useQuery } from '@tanstack/react-query';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { api } from '../../live/api.ts';

const REFRESH_MS = 30_000;

/** The sources that the server offers, clusters and recordings, renewed every so many ms; null: as others renew them. */
export function useSources(everyMs: number | null = REFRESH_MS) {
  return useQuery({
    queryKey: ['sources'],
    queryFn: ({ signal }) => api.get<{ readonly clusters: readonly ClusterInfo[] }>('api/clusters', {}, signal),
    select: ({ clusters }) => clusters,
    refetchInterval: everyMs ?? false,
    staleTime: everyMs === null ? Number.POSITIVE_INFINITY : 0,
  });
}
