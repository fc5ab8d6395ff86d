import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { SearchJson } from '@vivarium/shared/contract/mirror';
import { useEffect, useState } from 'react';
import { ApiFailure, api } from '../../../live/api.ts';
import { clusterPath } from '../tree/use-tree.ts';

/** Where the text is looked for. */
export type Where = 'name' | 'pattern' | 'content';

/** As many hits as a list of them is read. */
const MAX_HITS = 100;
/** An answer that takes longer is waited for with a word about it. */
const SLOW_MS = 1_000;
/** The same text asked for again within it is not searched for again. */
const FRESH_MS = 2_000;

export interface Search {
  readonly result: SearchJson | null;
  /** The hits are of what was typed before: the answer is on its way. */
  readonly isOld: boolean;
  readonly isSlow: boolean;
  readonly failure: ApiFailure | null;
  readonly retry: () => void;
}

/** Searches the whole tree of a cluster, which its mirror holds; null asks for nothing. */
export function useSearch(cluster: string, text: string | null, where: Where): Search {
  const query = useQuery<SearchJson>({
    queryKey: ['search', cluster, where, text],
    queryFn: ({ signal }) =>
      api.get<SearchJson>(clusterPath(cluster, 'search'), { text: text ?? '', in: where, limit: MAX_HITS }, signal),
    enabled: text !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: FRESH_MS,
    gcTime: 20_000,
    refetchOnWindowFocus: false,
  });
  const { isFetching } = query;
  const [isSlow, setSlow] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins the wait anew.
  useEffect(() => {
    setSlow(false);
    if (!isFetching) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [isFetching, text, where]);
  return {
    result: query.isError || text === null ? null : (query.data ?? null),
    isOld: query.isPlaceholderData,
    isSlow,
    failure: query.error instanceof ApiFailure ? query.error : null,
    retry: () => void query.refetch(),
  };
}
