/** Which transactions are looked for: part of the address, and of the request. */
import type { Place, PlaceChange } from '../../app/location.ts';
import type { Query } from '../../live/api.ts';

export interface Filter {
  readonly path: string | null;
  readonly below: string | null;
  readonly session: string | null;
  readonly operation: string | null;
  /** Ms since 1970. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** What a servers' log calls what can be committed, the commonest first. */
export const OPERATIONS = [
  'create',
  'create2',
  'createContainer',
  'createTTL',
  'setData',
  'setACL',
  'delete',
  'deleteContainer',
  'multi',
  'createSession',
  'closeSession',
  'reconfig',
  'error',
] as const;

/** The filter of an address; what is not of the right form is left out. */
export function filterOf({ path, below, session, operation, from, to }: Place): Filter {
  return {
    path: path?.startsWith('/') === true ? path : null,
    below: below?.startsWith('/') === true ? below : null,
    session: session === null ? null : sessionOf(session),
    operation,
    fromMs: instantOf(from),
    toMs: instantOf(to),
  };
}

/** The change of place that a change of the filter is. Another list has nothing chosen in it. */
export function placeChange(change: Partial<Filter>): PlaceChange {
  const { fromMs, toMs, ...texts } = change;
  return {
    ...texts,
    ...(fromMs !== undefined && { from: fromMs === null ? null : String(fromMs) }),
    ...(toMs !== undefined && { to: toMs === null ? null : String(toMs) }),
    select: null,
  };
}

export const NO_FILTER: Filter = {
  path: null,
  below: null,
  session: null,
  operation: null,
  fromMs: null,
  toMs: null,
};

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== null);
}

/** The filter as the server takes it. */
export function queryOf({ fromMs, toMs, ...texts }: Filter): Query {
  const given = Object.entries({ ...texts, fromMs, toMs }).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as Query;
}

/** A session id in the server's form, `0x` and no zeros in front, however it was copied; null where it is none. */
export function sessionOf(text: string): string | null {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim())?.[1];
  return digits === undefined ? null : `0x${digits.toLowerCase().replace(/^0+(?=.)/, '')}`;
}

function instantOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
