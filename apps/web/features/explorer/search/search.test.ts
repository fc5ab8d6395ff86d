import { expect, it } from 'vitest';
import type { ChildrenRequest } from '../tree/tree-controller.ts';
import { TreeController } from '../tree/tree-controller.ts';
import { completePath, splitTyped } from './complete-path.ts';
import { findNames, nextMatch } from './find-names.ts';

const stat = {
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
  numChildren: 0,
};

/** A tree whose levels are lists of names; counts what is asked. */
function levels(tree: Readonly<Record<string, readonly string[]>>) {
  const asked: ChildrenRequest[] = [];
  const read = async (request: ChildrenRequest) => {
    asked.push(request);
    const names = tree[request.path] ?? [];
    const children = names.slice(request.offset, request.offset + request.limit).map((name) => {
      const below = tree[request.path === '/' ? `/${name}` : `${request.path}/${name}`]?.length ?? 0;
      return { name, stat: { ...stat, numChildren: below } };
    });
    return { path: request.path, stat, total: names.length, offset: request.offset, children, at: null };
  };
  return { asked, read };
}

const many = Array.from({ length: 100_000 }, (_, i) => `job-${String(i).padStart(6, '0')}`);
const { signal } = new AbortController();

it('parts what is typed at its last slash', () => {
  expect(splitTyped('/')).toEqual({ parent: '/', prefix: '' });
  expect(splitTyped('/a')).toEqual({ parent: '/', prefix: 'a' });
  expect(splitTyped('/a/b/c')).toEqual({ parent: '/a/b', prefix: 'c' });
});

it('completes a path among 100,000 names with few requests', async () => {
  const { asked, read } = levels({ '/big': many });
  const found = await completePath(read, '/big/job-05000', signal);
  expect(found).toEqual(Array.from({ length: 8 }, (_, i) => `/big/job-05000${i}`));
  expect(asked.length).toBeLessThan(22);
});

it('reveals a path below 100,000 siblings with few requests, and finds its name', async () => {
  const { asked, read } = levels({ '/': ['big', 'other'], '/big': many, '/big/job-077777': ['leaf'] });
  const controller = new TreeController(read);
  const row = await controller.reveal('/big/job-077777/leaf', signal);
  expect(row).toBe(2 + 77_777 + 1);
  expect(asked.length).toBeLessThan(14);
  expect(controller.rows.rowAt(row ?? 0).path).toBe('/big/job-077777/leaf');
  expect(await controller.reveal('/big/none', signal)).toBeNull();
  const matches = findNames(controller, 'LEAF', null);
  expect(matches).toEqual([{ path: '/big/job-077777/leaf', row: 77_780 }]);
  controller.dispose();
});

it('goes round the matches', () => {
  const matches = [3, 9].map((row) => ({ path: `/${row}`, row }));
  expect([0, 3, 9].map((row) => nextMatch(matches, row, 1))).toEqual([0, 1, 0]);
  expect([0, 3, 9].map((row) => nextMatch(matches, row, -1))).toEqual([1, 1, 0]);
  expect(nextMatch([], 0, 1)).toBe(-1);
});
