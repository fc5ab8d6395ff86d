import type { SessionView } from '@vivarium/shared/cluster-state';

export type SessionColumn = 'session' | 'client' | 'server' | 'timeout' | 'age' | 'watches' | 'fired';

/** The columns in their order. */
export const SESSION_COLUMNS: readonly SessionColumn[] = [
  'session',
  'client',
  'server',
  'timeout',
  'age',
  'watches',
  'fired',
];

/** The value that a column sorts by; the age grows as the beginning is longer ago. */
function sortValue(session: SessionView, column: SessionColumn): string | number {
  switch (column) {
    case 'session':
      return session.session.padStart(20, '0');
    case 'client':
      return session.address ?? '';
    case 'server':
      return session.server ?? Number.POSITIVE_INFINITY;
    case 'timeout':
      return session.timeoutMs ?? 0;
    case 'age':
      return -session.sinceMs;
    case 'watches':
      return session.watches;
    case 'fired':
      return session.fired;
  }
}

/** A sorted copy; sessions that are equal in the column are in the order of their ids. */
export function sortSessions(
  sessions: readonly SessionView[],
  column: SessionColumn,
  ascending: boolean,
): readonly SessionView[] {
  const sign = ascending ? 1 : -1;
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return [...sessions].sort(
    (a, b) => sign * compare(sortValue(a, column), sortValue(b, column)) || compare(a.session, b.session),
  );
}
