import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import { parentOf } from '@vivarium/shared/path';
import { useEffect, useRef } from 'react';
import { api } from '../../../live/api.ts';
import { usePlayer } from '../../../live/use-player.ts';
import { clusterPath } from '../tree/use-tree.ts';
import { missedMark, useChanges } from '../use-changes.ts';

/** The least time between two reads that changes ask for. */
const REFRESH_MS = 250;

/**
 * A znode at an instant (null: live), read again when an event says that it changed. After it was deleted the query has
 * both the error and the last data.
 */
export function useZnode(cluster: string, path: string, at: number | null): UseQueryResult<ZnodeJson> {
  const query = useQuery<ZnodeJson>({
    queryKey: ['znode', cluster, path, at],
    queryFn: ({ signal }) => api.get<ZnodeJson>(clusterPath(cluster, 'znodes'), { path, at: at ?? undefined }, signal),
    placeholderData: (previous) => (previous?.path === path ? previous : undefined),
    retry: false,
    staleTime: 0,
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  });
  const { refetch } = query;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const readAtMs = useRef(0);
  const again = () => {
    if (at !== null || timer.current !== undefined) return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        readAtMs.current = performance.now();
        void refetch();
      },
      Math.max(0, readAtMs.current + REFRESH_MS - performance.now()),
    );
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  useChanges({
    onChange: (change) => {
      const isChild = (change.change === 'created' || change.change === 'deleted') && parentOf(change.path) === path;
      if (change.path === path || isChild) again();
    },
    onOld: (old) => {
      if (old === path) again();
    },
    onMissed: again,
  });

  const missed = usePlayer(missedMark);
  const seen = useRef(missed);
  useEffect(() => {
    if (seen.current === missed) return;
    seen.current = missed;
    void refetch();
  }, [missed, refetch]);
  return query;
}
