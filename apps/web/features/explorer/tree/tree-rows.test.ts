import { describe, expect, it } from 'vitest';
import { type Branch, MAX_PAGES, PAGE_SIZE, TreeRows } from './tree-rows.ts';

const stat = (numChildren: number, cversion = numChildren) => ({
  czxid: '0x1',
  mzxid: '0x1',
  pzxid: '0x1',
  ctimeMs: 0,
  mtimeMs: 0,
  version: 0,
  cversion,
  aversion: 0,
  ephemeralOwner: '0x0',
  dataLength: 0,
  numChildren,
});

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${String(i).padStart(6, '0')}`);

function fill(rows: TreeRows, branch: Branch, all: readonly string[], number = 0): Branch[] {
  const children = all.slice(number * PAGE_SIZE, (number + 1) * PAGE_SIZE).map((name) => ({ name, stat: stat(0) }));
  return rows.setPage(branch, number, { children, generation: branch.generation }, all.length, stat(all.length));
}

function tree(): { rows: TreeRows; root: Branch } {
  const rows = new TreeRows();
  const top = rows.branch('');
  if (top === null) throw new Error('the tree has a top');
  rows.setRoot(stat(3));
  return { rows, root: rows.open(top, 0, '/', 3) };
}

const listed = (rows: TreeRows) => Array.from({ length: rows.count }, (_, row) => rows.rowAt(row).path);

describe('the rows of the tree', () => {
  it('is the root alone until it is opened', () => {
    const rows = new TreeRows();
    rows.setRoot(stat(3));
    expect(listed(rows)).toEqual(['/']);
  });

  it('lists open branches in their place, each row found again by its path', () => {
    const { rows, root } = tree();
    fill(rows, root, ['a', 'b', 'c']);
    const a = rows.open(root, 0, '/a', 2);
    const c = rows.open(root, 2, '/c', 1);
    fill(rows, a, ['x', 'y']);
    fill(rows, c, ['z']);
    const x = rows.open(a, 0, '/a/x', 1);
    fill(rows, x, ['deep']);
    expect(listed(rows)).toEqual(['/', '/a', '/a/x', '/a/x/deep', '/a/y', '/b', '/c', '/c/z']);
    listed(rows).forEach((path, row) => {
      expect(rows.rowOf(path ?? '')).toBe(row);
    });
    rows.close(a);
    expect(listed(rows)).toEqual(['/', '/a', '/b', '/c', '/c/z']);
    expect(rows.branch('/a/x')).toBeNull();
  });

  it('has rows for children whose page has not come', () => {
    const { rows, root } = tree();
    fill(rows, root, ['big', 'tail']);
    const all = names(100_000);
    const big = rows.open(root, 0, '/big', 100_000);
    fill(rows, big, all);
    expect(rows.count).toBe(100_003);
    expect(rows.rowAt(2).path).toBe('/big/n000000');
    expect(rows.rowAt(50_002)).toMatchObject({ index: 50_000, path: null, child: null });
    expect(rows.rowAt(100_002).path).toBe('/tail');
    fill(rows, big, all, 250);
    expect(rows.rowAt(50_002).path).toBe('/big/n050000');
    expect(rows.rowOf('/big/n050001')).toBe(50_003);
  });

  it('keeps the pages near to the one that came last', () => {
    const { rows, root } = tree();
    const all = names(PAGE_SIZE * (MAX_PAGES + 10));
    for (let number = 0; number < MAX_PAGES + 10; number++) fill(rows, root, all, number);
    expect(root.pages.size).toBe(MAX_PAGES);
    expect(root.pages.has(0)).toBe(false);
    expect(root.pages.has(MAX_PAGES + 9)).toBe(true);
  });

  it('leaves what is open in its place when a sibling before it comes or goes', () => {
    const { rows, root } = tree();
    fill(rows, root, ['b', 'd']);
    const d = rows.open(root, 1, '/d', 1);
    fill(rows, d, ['leaf']);
    rows.childChanged(root, 'a', 1);
    expect(rows.rowAt(3)).toMatchObject({ path: '/d', open: d });
    fill(rows, root, ['a', 'b', 'd']);
    expect(listed(rows)).toEqual(['/', '/a', '/b', '/d', '/d/leaf']);
    rows.childChanged(root, 'a', -1);
    fill(rows, root, ['b', 'd']);
    expect(listed(rows)).toEqual(['/', '/b', '/d', '/d/leaf']);
  });

  it('says which open children a page does not have where they were', () => {
    const { rows, root } = tree();
    fill(rows, root, ['a', 'b']);
    const b = rows.open(root, 1, '/b', 4);
    expect(fill(rows, root, ['a', 'c'])).toEqual([b]);
  });

  it('marks other pages as old when a page shows that the children changed', () => {
    const { rows, root } = tree();
    const all = names(500);
    fill(rows, root, all);
    fill(rows, root, all, 1);
    fill(rows, root, ['added', ...all], 0);
    expect(root.pages.get(0)?.generation).toBe(root.generation);
    expect(root.pages.get(1)?.generation).toBeLessThan(root.generation);
  });

  it('finds a row among many open branches without walking them all', () => {
    const { rows, root } = tree();
    const all = names(PAGE_SIZE);
    fill(rows, root, all);
    all.forEach((name, index) => {
      const branch = rows.open(root, index, `/${name}`, 1000);
      branch.stat = stat(1000);
    });
    expect(rows.count).toBe(1 + PAGE_SIZE * 1001);
    expect(rows.rowAt(1 + 1001 * 150)).toMatchObject({ path: '/n000150', index: 150 });
    expect(rows.rowAt(1 + 1001 * 150 + 7)).toMatchObject({ index: 6 });
    expect(rows.rowOf('/n000199')).toBe(1 + 1001 * 199);
  });
});
