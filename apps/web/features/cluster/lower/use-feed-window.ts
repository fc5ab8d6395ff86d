import { useQuery } from '@tanstack/react-query';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../../live/api.ts';
import { history, usePlayer } from '../../../live/use-player.ts';

/** So many events are listed; older ones are reached by going back in time. */
const MAX_LISTED = 4_000;
/** Below so many that the browser holds, those before them are fetched. */
const ENOUGH = 1_000;
const FETCHED = 2_000;
/** A list that changes faster cannot be read. */
const REFRESH_MS = 250;

export interface FeedWindow {
  /** The oldest first. While the instant is in the past also the later ones that were listed before. */
  readonly events: readonly FeedEvent[];
  /** Events that came since the list was held. */
  readonly newer: number;
  /** Older ones are on their way. */
  readonly loading: boolean;
}

/**
 * The events to list. Following, the list ends at the instant; else it stays as it is, as long as it holds the instant, so
 * that a person can read it and step through it.
 */
export function useFeedWindow(follows: boolean): FeedWindow {
  const { headMs, n, liveN, mode } = usePlayer((view) => ({
    headMs: view.headMs,
    n: view.state.n,
    liveN: view.liveN,
    mode: view.mode,
  }));
  const [held, setHeld] = useState<readonly FeedEvent[]>(() => history.eventsBefore(headMs, MAX_LISTED));
  const older = useOlderEvents(held[0], held.length, n);
  const events = useMemo(() => [...older.events, ...held], [older.events, held]);
  const refreshedMs = useRef(0);
  const first = events[0]?.n ?? 0;
  const last = events.at(-1)?.n ?? 0;
  const holds = events.length > 0 && first <= n && (n <= last || mode === 'live');
  const due = follows ? n !== last : !holds;
  useEffect(() => {
    if (!due) return;
    const refresh = () => {
      refreshedMs.current = performance.now();
      setHeld(history.eventsBefore(headMs, MAX_LISTED));
    };
    const waitMs = refreshedMs.current + REFRESH_MS - performance.now();
    if (waitMs <= 0 || mode === 'paused') {
      refresh();
      return;
    }
    const timer = setTimeout(refresh, waitMs);
    return () => clearTimeout(timer);
  }, [due, headMs, mode]);
  return { events, newer: follows ? 0 : Math.max(0, liveN - last), loading: older.loading };
}

const NONE: readonly FeedEvent[] = [];

/** What happened before the first event that the browser holds: it only knows what came since the page was opened. */
function useOlderEvents(
  first: FeedEvent | undefined,
  count: number,
  n: number,
): { readonly events: readonly FeedEvent[]; readonly loading: boolean } {
  const { cluster, keptFirst } = usePlayer((view) => ({
    cluster: view.cluster,
    keptFirst: view.info?.kept.first ?? null,
  }));
  const before = first?.n ?? n + 1;
  const wanted = count < ENOUGH && keptFirst !== null && before > keptFirst;
  const { data, isLoading } = useQuery({
    queryKey: ['events-before', cluster, before, first?.wallMs ?? 0],
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const after = Math.max((keptFirst ?? 1) - 1, before - 1 - FETCHED);
      const path = `api/clusters/${encodeURIComponent(cluster)}/events`;
      const query = { after, limit: before - 1 - after };
      const answer = await api.get<{ readonly events: readonly FeedEvent[] }>(path, query, signal);
      return answer.events.filter((event) => event.n < before);
    },
  });
  return { events: wanted ? (data ?? NONE) : NONE, loading: isLoading };
}
