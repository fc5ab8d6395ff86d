/** The places of the labs behind the `#` of an address, for a folder whose server knows no routes. */
import { useMemo, useSyncExternalStore } from 'react';
import type { LabPlaces, LabRoute } from './lab-route.ts';

const GOALS = 'goals';

/** The part of an address from `#` on: `#/paxos-two-proposers?p=…`. */
export function hashOf({ scenario, link, goals }: LabRoute): string {
  if (scenario === null) return '#/';
  const query = [...(goals ? [`mode=${GOALS}`] : []), ...(link === null ? [] : [`p=${encodeURIComponent(link)}`])];
  return `#/${encodeURIComponent(scenario)}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** The route of an address's part from `#` on; the list of lessons for what is none. */
export function routeOfHash(hash: string): LabRoute {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const params = new URLSearchParams(query);
  const link = params.get('p');
  return {
    scenario: path === '' ? null : decode(path),
    link: link === '' ? null : link,
    goals: params.get('mode') === GOALS,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const CHANGED = 'labs-place';

function subscribe(listener: () => void): () => void {
  // `hashchange` says nothing of what this page writes itself.
  for (const kind of ['hashchange', 'popstate', CHANGED]) window.addEventListener(kind, listener);
  return () => {
    for (const kind of ['hashchange', 'popstate', CHANGED]) window.removeEventListener(kind, listener);
  };
}

function go(route: LabRoute): void {
  const isElsewhere = routeOfHash(location.hash).scenario !== route.scenario;
  history[isElsewhere ? 'pushState' : 'replaceState'](null, '', hashOf(route));
  window.dispatchEvent(new Event(CHANGED));
}

/** The place behind the `#`, and the way to others. */
export function useHashPlaces(): LabPlaces {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => ({ route: routeOfHash(hash), href: hashOf, go }), [hash]);
}
