import type { Stat } from '@vivarium/shared/stat';
import { expect, test } from 'vitest';
import { ChildrenCache } from './children-cache.ts';

function stat(pzxid: bigint, cversion: number, czxid = 1n): Stat {
  const rest = { mzxid: 1n, ctimeMs: 0, mtimeMs: 0, version: 0, aversion: 0, ephemeralOwner: 0n, dataLength: 0 };
  return { czxid, pzxid, cversion, numChildren: 0, ...rest };
}

test('names are sorted, and known as long as no child has come or gone', () => {
  const cache = new ChildrenCache();
  expect(cache.put('/a', stat(5n, 2), ['b', 'B', 'a'])).toEqual(['B', 'a', 'b']);
  expect(cache.get('/a', stat(5n, 2))).toEqual(['B', 'a', 'b']);
  expect(cache.get('/a', stat(6n, 3))).toBeNull();
  expect(cache.get('/a', stat(5n, 2, 9n))).toBeNull();
  expect(cache.get('/b', stat(5n, 2))).toBeNull();
});

test('only so many lists and names are kept, those that were used last', () => {
  const cache = new ChildrenCache();
  for (let index = 0; index < 64; index++) cache.put(`/${index}`, stat(1n, 1), ['x']);
  expect(cache.get('/0', stat(1n, 1))).not.toBeNull();
  cache.put('/64', stat(1n, 1), ['x']);
  expect(cache.get('/0', stat(1n, 1))).not.toBeNull();
  expect(cache.get('/1', stat(1n, 1))).toBeNull();
  const many = Array.from({ length: 999_990 }, () => 'n');
  cache.put('/many', stat(1n, 1), many);
  expect(cache.get('/many', stat(1n, 1))).not.toBeNull();
  expect(cache.get('/2', stat(1n, 1))).toBeNull();
  cache.put('/many', stat(2n, 2), ['n']);
  cache.put('/other', stat(1n, 1), ['n']);
  expect(cache.get('/many', stat(2n, 2))).not.toBeNull();
});

test('a long list may be a little old, a short one may not', () => {
  const cache = new ChildrenCache();
  cache.put(
    '/long',
    stat(1n, 1),
    Array.from({ length: 300_000 }, (_, index) => `${index}`),
  );
  cache.put('/short', stat(1n, 1), ['x']);
  expect(cache.get('/long', stat(2n, 2))).toBeNull();
  expect(cache.getOlder('/long', stat(2n, 2))).toMatchObject({ everyMs: 15_000 });
  expect(cache.getOlder('/long', stat(2n, 2))?.names).toHaveLength(300_000);
  expect(cache.getOlder('/long', stat(2n, 2, 9n))).toBeNull();
  expect(cache.getOlder('/short', stat(2n, 2))).toBeNull();
});
