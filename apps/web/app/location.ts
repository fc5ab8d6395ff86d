/**
 * Where a viewer is: the cluster, the page, and what is chosen on it. All of it is in the address, so that a link opens the
 * same picture.
 */
import { useRouter, useLocation as useRouterLocation } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { basePath } from './base-path.ts';
import { lastCluster } from './last-cluster.ts';

/** The pages of a cluster, and the labs, which need none. */
export type Page = 'cluster' | 'explorer' | 'transactions' | 'labs';

const clusterPages: readonly Page[] = ['cluster', 'explorer', 'transactions'];

/** What the part of the address behind `?` may say. */
export interface Search {
  /** What the inspector shows: `server:2`, `link:1>3`, … */
  readonly select?: string;
  readonly tab?: string;
  /** How the stage is drawn. */
  readonly view?: string;
  /** The znode. */
  readonly path?: string;
  /** Of transactions: what was done to a znode or under it, by whom, what it was, and when (ms since 1970). */
  readonly below?: string;
  readonly session?: string;
  readonly operation?: string;
  readonly from?: string;
  readonly to?: string;
  /** Of a lab: the moment, as `encodePosition` writes it, and what the player is out for. */
  readonly p?: string;
  readonly mode?: string;
  /** The instant, as the number of an event; absent while the page is live. */
  readonly at?: number;
}

export interface Place {
  /** The id of the source; empty while none is chosen. */
  readonly cluster: string;
  readonly page: Page;
  readonly select: string | null;
  readonly tab: string | null;
  readonly view: string | null;
  readonly path: string | null;
  readonly below: string | null;
  readonly session: string | null;
  readonly operation: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** The scenario of a lab; null: the list of them. */
  readonly lab: string | null;
  readonly p: string | null;
  readonly mode: string | null;
  readonly at: number | null;
}

/** What is chosen on a page, in the order of the address; all of it is text. */
const chosen = ['view', 'select', 'tab', 'path', 'below', 'session', 'operation', 'from', 'to', 'mode', 'p'] as const;

const NOTHING_CHOSEN = {
  select: null,
  tab: null,
  view: null,
  path: null,
  below: null,
  session: null,
  operation: null,
  from: null,
  to: null,
  lab: null,
  p: null,
  mode: null,
};

/** A change of place: what is left out stays, and null takes it out of the address. */
export type PlaceChange = {
  readonly [Key in keyof Place]?: Place[Key];
};

/** The search params of an address: known ones of the right form; others are left out. */
export function parseSearch(query: string): Search {
  const params = new URLSearchParams(query);
  const search: { -readonly [Key in keyof Search]: Search[Key] } = {};
  for (const key of chosen) {
    const value = params.get(key);
    if (value !== null && value !== '') search[key] = value;
  }
  const at = params.get('at');
  if (at !== null && /^\d{1,15}$/.test(at)) search.at = Number(at);
  return search;
}

/** The part of an address behind and with `?`; empty where nothing is chosen. Slashes and colons stay readable. */
export function formatSearch(search: Search): string {
  const parts: string[] = [];
  for (const key of [...chosen, 'at'] as const) {
    const value = search[key];
    if (value === undefined || value === '') continue;
    parts.push(`${key}=${encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':')}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** What a path below the base path names; null for one that is no place. The labs have no cluster. */
export function parsePath(
  pathname: string,
): { readonly cluster: string; readonly page: Page; readonly lab: string | null } | null {
  const labs = /^\/labs(?:\/([^/]*))?\/?$/.exec(pathname);
  if (labs !== null) {
    const lab = decode(labs[1] ?? '');
    return lab === null ? null : { cluster: '', page: 'labs', lab: lab === '' ? null : lab };
  }
  const match = /^\/c\/([^/]+)(?:\/([^/]*))?\/?$/.exec(pathname);
  if (match === null) return null;
  const page = clusterPages.find((known) => known === (match[2] || 'cluster'));
  const cluster = decode(match[1] ?? '');
  return page === undefined || cluster === null ? null : { cluster, page, lab: null };
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The address of a place, below the base path; without a cluster it is the start, which leads to the first one. */
export function hrefOf(place: Partial<Place>): string {
  const { cluster = '', page = 'cluster', lab, at } = place;
  if (page !== 'labs' && cluster === '') return '/';
  const search: { -readonly [Key in keyof Search]: Search[Key] } = { ...(at != null && { at }) };
  for (const key of chosen) {
    const value = place[key];
    if (value != null) search[key] = value;
  }
  if (page !== 'labs') return `/c/${encodeURIComponent(cluster)}/${page}${formatSearch(search)}`;
  const { p, mode } = search;
  const scenario = lab == null ? '' : `/${encodeURIComponent(lab)}`;
  return `/labs${scenario}${formatSearch({ ...(mode !== undefined && { mode }), ...(p !== undefined && { p }) })}`;
}

/** The place of an address below the base path. */
export function placeOf(pathname: string, search: Search): Place {
  const { cluster, page, lab } = parsePath(pathname) ?? { cluster: '', page: 'cluster', lab: null };
  return { ...NOTHING_CHOSEN, at: null, ...search, cluster, page, lab };
}

/**
 * Where `change` leads from `place`. Another page, cluster or lab begins without what was chosen on the last one; `last` is
 * the cluster to come back to from the labs.
 */
export function changePlace(place: Place, change: PlaceChange, last = ''): Place {
  if (place.cluster === '' && last !== '') place = { ...place, cluster: last };
  const moved =
    (change.cluster !== undefined && change.cluster !== place.cluster) ||
    (change.page !== undefined && change.page !== place.page) ||
    (change.lab !== undefined && change.lab !== place.lab);
  const sameCluster = change.cluster === undefined || change.cluster === place.cluster;
  const kept = moved ? { ...place, ...NOTHING_CHOSEN, at: sameCluster ? place.at : null } : place;
  return { ...kept, ...change };
}

/** Where the viewer is now. */
export function useLocation(): Place {
  const location = useRouterLocation();
  const search = location.search as Search;
  return useMemo(() => placeOf(location.pathname, search), [location.pathname, search]);
}

/**
 * Goes to a place. Another page or cluster is a step that the browser's back button undoes; what is chosen on a page
 * replaces the address.
 */
export function useGo(): (change: PlaceChange) => void {
  const router = useRouter();
  return useCallback(
    (change) => {
      const { pathname, search } = router.latestLocation;
      const place = placeOf(pathname, search as Search);
      const next = changePlace(place, change, lastCluster());
      const href = basePath() + hrefOf(next);
      const isSamePage = next.page === place.page && next.lab === place.lab;
      if (isSamePage && (next.page === 'labs' || next.cluster === place.cluster)) router.history.replace(href);
      else router.history.push(href);
    },
    [router],
  );
}
