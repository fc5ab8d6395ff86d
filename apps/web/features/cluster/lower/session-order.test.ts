import type { SessionView } from '@vivarium/shared/cluster-state';
import { expect, test } from 'vitest';
import { SESSION_COLUMNS, sortSessions } from './session-order.ts';

const session = (id: string, change: Partial<SessionView> = {}): SessionView => ({
  session: id,
  server: 1,
  address: '127.0.0.1:1',
  timeoutMs: 6000,
  sinceMs: 0,
  watches: 0,
  fired: 0,
  ...change,
});

const sessions = [
  session('0x30', { server: null, sinceMs: 5, watches: 2 }),
  session('0x9', { sinceMs: 50, watches: 7 }),
  session('0x100', { server: 2, sinceMs: 1, watches: 2, address: null }),
];
const order = (...how: Parameters<typeof sortSessions> extends [unknown, ...infer Rest] ? Rest : never) =>
  sortSessions(sessions, ...how).map(({ session: id }) => id);

test('sessions are sorted by their value, not by their text', () => {
  expect(order('session', true)).toEqual(['0x9', '0x30', '0x100']);
  expect(order('session', false)).toEqual(['0x100', '0x30', '0x9']);
});

test('the youngest has the least age, and a session without a server is last', () => {
  expect(order('age', true)).toEqual(['0x9', '0x30', '0x100']);
  expect(order('server', true)).toEqual(['0x9', '0x100', '0x30']);
});

test('equal sessions keep the order of their ids, whichever way', () => {
  expect(order('watches', true)).toEqual(['0x100', '0x30', '0x9']);
  expect(order('watches', false)).toEqual(['0x9', '0x100', '0x30']);
  for (const column of SESSION_COLUMNS) expect(order(column, true)).toHaveLength(3);
});
