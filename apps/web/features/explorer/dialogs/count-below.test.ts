import { expect, it } from 'vitest';
import { countBelow, MAX_COUNTED } from './count-below.ts';

const stat = (numChildren: number) => ({
  czxid: '0x1',
  mzxid: '0x1',
  pzxid: '0x1',
  ctimeMs: 0,
  mtimeMs: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: '0x0',
  dataLength: 0,
  numChildren,
});

function reader(tree: Readonly<Record<string, readonly string[]>>) {
  let requests = 0;
  const read = async ({ path, offset, limit }: { path: string; offset: number; limit: number }) => {
    requests++;
    const names = tree[path] ?? [];
    const children = names
      .slice(offset, offset + limit)
      .map((name) => ({ name, stat: stat(tree[`${path}/${name}`]?.length ?? 0) }));
    return { path, stat: stat(names.length), total: names.length, offset, children, at: null };
  };
  return { read, requests: () => requests };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
const { signal } = new AbortController();

it('counts what is below, without asking for leaves', async () => {
  const { read, requests } = reader({ '/a': ['b', 'c'], '/a/b': names(2_500), '/a/b/n7': ['x'] });
  const seen: number[] = [];
  expect(await countBelow(read, '/a', signal, (count) => seen.push(count))).toEqual({ count: 2_503, complete: true });
  expect(requests()).toBe(5);
  expect(seen.at(-1)).toBe(2_503);
});

it('stops where there is too much to count', async () => {
  const { read, requests } = reader({ '/a': names(MAX_COUNTED + 1) });
  expect(await countBelow(read, '/a', signal, () => undefined)).toEqual({ count: MAX_COUNTED + 1, complete: false });
  expect(requests()).toBe(1);
});
