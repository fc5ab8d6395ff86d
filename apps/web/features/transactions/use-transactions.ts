import type { TransactionsJson } from '@vivarium/shared/contract/transactions';
import { compareHex } from '@vivarium/shared/zxid';
import { useEffect, useMemo, useState } from 'react';
import { useSlowed } from '../../components/use-slowed.ts';
import { api } from '../../live/api.ts';
import { usePlayer } from '../../live/use-player.ts';
import { clusterPath } from '../explorer/tree/use-tree.ts';
import { type Filter, queryOf } from './filter.ts';
import { type ListView, NOTHING_YET, TransactionList } from './transaction-list.ts';

/** How often it is asked what is new, while the page is seen. */
const POLL_MS = 1_000;
/** While time runs in the past, the list is read again this often at most. */
const INSTANT_MS = 500;

/** Where a list ends: with a transaction, or where none is known, with a time; null: it follows the newest one. */
export type Bound = { readonly until: string } | { readonly toMs: number } | null;

/** The end of every list at the time bar's instant. */
export function useBound(): Bound {
  const bound = usePlayer(({ mode, replay, state, headWallMs }) => {
    if (mode === 'live' || replay !== null) return null;
    let newest = '0x0';
    for (const { lastApplied } of Object.values(state.servers)) {
      if (compareHex(lastApplied, newest) > 0) newest = lastApplied;
    }
    return newest === '0x0' ? `t${Math.floor(headWallMs)}` : newest;
  });
  const slowed = useSlowed(bound, INSTANT_MS);
  // Back in the present nothing waits.
  const shown = bound === null ? null : (slowed ?? bound);
  return useMemo(() => {
    if (shown === null) return null;
    return shown.startsWith('t') ? { toMs: Number(shown.slice(1)) } : { until: shown };
  }, [shown]);
}

export interface Transactions {
  readonly view: ListView;
  /** Null before the first render is done. */
  readonly list: TransactionList | null;
}

/** The transactions of a cluster that the filter lets through, up to the bound. */
export function useTransactions(cluster: string, filter: Filter, bound: Bound): Transactions {
  const [view, setView] = useState(NOTHING_YET);
  const [list, setList] = useState<TransactionList | null>(null);
  // Filters and bounds are compared by what they say.
  const key = JSON.stringify([filter, bound]);
  useEffect(() => {
    const [{ toMs, ...asked }, end] = JSON.parse(key) as [Filter, Bound];
    const limits = [toMs, end !== null && 'toMs' in end ? end.toMs : null].filter((limit) => limit !== null);
    const query = {
      ...queryOf({ ...asked, toMs: limits.length === 0 ? null : Math.min(...limits) }),
      ...(end !== null && 'until' in end ? { until: end.until } : {}),
    };
    const next = new TransactionList({
      read: (page, signal) =>
        api.get<TransactionsJson>(clusterPath(cluster, 'transactions'), { ...query, ...page }, signal),
      changed: setView,
    });
    setView(NOTHING_YET);
    setList(next);
    void next.start();
    const timer = setInterval(() => {
      if (end === null && !document.hidden) void next.poll();
    }, POLL_MS);
    return () => {
      clearInterval(timer);
      next.close();
    };
  }, [cluster, key]);
  return { view, list };
}
