/** What is wrong with the shown cluster, at the time bar's instant. */
import { useQuery } from '@tanstack/react-query';
import type { HealthReport } from '@vivarium/shared/contract/health';
import { useEffect, useState } from 'react';
import { api } from './api.ts';
import { noteHostTime } from './host-clock.ts';
import { usePlayer } from './use-player.ts';

/** How often the newest report is asked for while somebody looks at it. */
export const HEALTH_EVERY_MS = 1_000;
/** Where only its word is shown. */
export const HEALTH_WORD_EVERY_MS = 5_000;
/** The instant is rounded to this, so that a moving head asks once a second. */
const INSTANT_MS = 1_000;

export interface HealthAnswer {
  /** The newest one; while another is on its way, the one before. Null before the first, and where the source tells none. */
  readonly report: HealthReport | null;
  /** Why the last request failed; null where it did not. */
  readonly error: Error | null;
  /** The instant that was asked for, ms since 1970; null: now. */
  readonly atMs: number | null;
  /** Nothing came for longer than an answer should take. */
  readonly isSlow: boolean;
  readonly retry: () => void;
}

const SLOW_MS = 2_000;

/**
 * The report of the shown cluster, renewed every so many ms while the page is seen and the time bar is live. Null: as others
 * renew it, which the top bar does for each cluster that it shows a report of. Where it is not wanted, nothing is asked for.
 */
export function useHealth(everyMs: number | null, isWanted = true): HealthAnswer {
  const { cluster, isOffered, instant } = usePlayer(({ cluster, info, mode, headWallMs }) => ({
    cluster,
    isOffered: info?.capabilities.health === true,
    instant: mode === 'live' ? null : Math.round(headWallMs / INSTANT_MS) * INSTANT_MS,
  }));
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['health', cluster, instant],
    queryFn: async ({ signal }) => {
      const query = instant === null ? {} : { atMs: instant };
      const report = await api.get<HealthReport>(`api/clusters/${encodeURIComponent(cluster)}/health`, query, signal);
      if (instant === null) noteHostTime(report.atMs);
      return report;
    },
    enabled: isOffered && isWanted && cluster !== '',
    refetchInterval: instant === null ? (everyMs ?? false) : false,
    staleTime: everyMs === null ? Number.POSITIVE_INFINITY : 0,
    // The last report stands until the next one is there; that of another cluster must not.
    placeholderData: (last, query) => (query?.queryKey[1] === cluster ? last : undefined),
    retry: false,
  });
  const isSlow = useLonger(isFetching && error === null && data === undefined, SLOW_MS);
  return { report: data ?? null, error, atMs: instant, isSlow, retry: () => void refetch() };
}

/** Whether something has been so for so long. */
function useLonger(isSo: boolean, ms: number): boolean {
  const [isLonger, setLonger] = useState(false);
  useEffect(() => {
    setLonger(false);
    if (!isSo) return;
    const timer = setTimeout(() => setLonger(true), ms);
    return () => clearTimeout(timer);
  }, [isSo, ms]);
  return isLonger;
}
