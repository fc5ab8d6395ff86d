import type { WayState } from '@vivarium/shared/contract/source';
import { expect, test } from 'vitest';
import { byReason, lookOf } from './way-state.ts';

const open: WayState = { state: 'open', reason: null, heardMs: 1 };
const refused = (address: string): WayState => ({
  state: 'closed',
  reason: { code: 'refused', params: { address } },
  heardMs: null,
});

test('a way that is open to some servers only is half open', () => {
  expect(lookOf({ state: 'open', servers: { 1: open, 2: open } })).toBe('open');
  expect(lookOf({ state: 'open', servers: { 1: open, 2: refused('b:1') } })).toBe('partly');
  expect(lookOf({ state: 'closed', servers: { 1: open } })).toBe('closed');
  expect(lookOf({ state: 'trying', servers: {} })).toBe('trying');
});

test('servers with the same reason are named together, and what is said of all is said once', () => {
  const word: WayState = { state: 'closed', reason: { code: 'notAllowed', params: { word: 'mntr' } }, heardMs: null };
  const servers = { 1: word, 2: open, 3: word, 4: refused('d:2181') };
  const shown = byReason({ state: 'open', reason: null, servers });
  expect(shown.map(({ sids, reason }) => [sids, reason?.code])).toEqual([
    [[1, 3], 'notAllowed'],
    [[4], 'refused'],
  ]);
  expect(byReason({ ...word, servers }).map(({ sids }) => sids)).toEqual([[4]]);
});
