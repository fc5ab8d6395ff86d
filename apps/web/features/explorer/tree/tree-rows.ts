/**
 * The tree as rows of a list. A branch is a znode whose children are shown: it knows how many they are, the pages of them
 * that have come, and which of them are branches themselves. No row exists by itself: what is at a row is found by walking
 * down the open branches, so that a znode with 300,000 children costs as much as one with three.
 */

import type { ChildJson, StatJson } from '@vivarium/shared/contract/rest';
import { nameOf, parentOf } from '@vivarium/shared/path';

/** Children that one request brings. */
export const PAGE_SIZE = 200;
/** Pages of one branch that are kept; the farthest from what is looked at go first. */
export const MAX_PAGES = 40;

export interface Page {
  readonly children: readonly ChildJson[];
  /** What `Branch.generation` was when it was asked for: an older page is shown, and asked for again. */
  readonly generation: number;
}

export interface Branch {
  readonly path: string;
  readonly name: string;
  readonly parent: Branch | null;
  /** Of its children, from 1 for the root's own row. */
  readonly level: number;
  /** Its place among its parent's children. */
  index: number;
  /** Null until its first page came. */
  stat: StatJson | null;
  /** Its children; until the first page came, what its parent's page said. */
  total: number;
  readonly pages: Map<number, Page>;
  /** Children that are branches, by their place. */
  readonly open: Branch[];
  /** The row of each of `open`, counted from this branch's first row. */
  readonly starts: number[];
  /** Rows below it, those of open children with them. */
  rows: number;
  /** Rises with each change that its pages may not show yet. */
  generation: number;
}

export interface Row {
  readonly branch: Branch;
  readonly index: number;
  /** Null while the page has not come. */
  readonly child: ChildJson | null;
  readonly path: string | null;
  /** Its own branch, where it is open. */
  readonly open: Branch | null;
}

/** The path of a child; the branch above all, whose path is empty, has the root as its only child. */
export function childPath(branchPath: string, name: string): string {
  if (branchPath === '') return '/';
  return branchPath === '/' ? `/${name}` : `${branchPath}/${name}`;
}

/** The order of names in pages. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function newBranch(parent: Branch | null, path: string, index: number, total: number): Branch {
  return {
    path,
    name: path === '/' ? '/' : nameOf(path),
    parent,
    level: parent === null ? 1 : parent.level + 1,
    index,
    stat: null,
    total,
    pages: new Map(),
    open: [],
    starts: [],
    rows: total,
    generation: 0,
  };
}

export class TreeRows {
  readonly #top = newBranch(null, '', 0, 1);
  readonly #branches = new Map<string, Branch>([['', this.#top]]);

  /** Rows of the list, the root's own among them. */
  get count(): number {
    return this.#top.rows;
  }

  /** The branch of a path, where it is open; the empty path names the one above the root. */
  branch(path: string): Branch | null {
    return this.#branches.get(path) ?? null;
  }

  /** All open branches, that above the root among them. */
  branches(): IterableIterator<Branch> {
    return this.#branches.values();
  }

  /** What is at a row from 0 to `count` - 1. */
  rowAt(row: number): Row {
    let branch = this.#top;
    let rest = row;
    for (;;) {
      const at = lastAtMost(branch.starts, rest);
      const open = branch.open[at];
      const start = branch.starts[at];
      if (open === undefined || start === undefined) return childRow(branch, rest, null);
      if (rest === start) return childRow(branch, open.index, open);
      if (rest > start + open.rows) return childRow(branch, rest - (start - open.index) - open.rows, null);
      branch = open;
      rest -= start + 1;
    }
  }

  /** The row of a child that may not have come yet. */
  rowOfIndex(branch: Branch, index: number): number {
    const at = lastAtMost(
      branch.open.map((child) => child.index),
      index,
    );
    const open = branch.open[at];
    const start = branch.starts[at] ?? 0;
    let row = index;
    if (open !== undefined) row = open.index === index ? start : start + open.rows + (index - open.index);
    return this.#firstRow(branch) + row;
  }

  /** The row of a path; null where its parent is not open or its page has not come. */
  rowOf(path: string): number | null {
    const branch = this.#branches.get(parentOf(path));
    const index = branch === undefined ? null : indexOf(branch, path === '/' ? '/' : nameOf(path));
    return branch === undefined || index === null ? null : this.rowOfIndex(branch, index);
  }

  /** A child as its page has it; null where that has not come. */
  child(path: string): ChildJson | null {
    const branch = this.#branches.get(parentOf(path));
    if (branch === undefined) return null;
    const index = indexOf(branch, path === '/' ? '/' : nameOf(path));
    return index === null ? null : childAt(branch, index);
  }

  /** Opens a child at its place; `total` is what is known of its children so far. */
  open(parent: Branch, index: number, path: string, total: number): Branch {
    const present = this.#branches.get(path);
    if (present !== undefined) return present;
    const branch = newBranch(parent, path, index, total);
    this.#branches.set(path, branch);
    parent.open.push(branch);
    recount(parent);
    return branch;
  }

  /** Closes a branch and what is open below it. */
  close(branch: Branch): void {
    for (const child of [...branch.open]) this.close(child);
    const { parent } = branch;
    if (parent === null) return;
    this.#branches.delete(branch.path);
    parent.open.splice(parent.open.indexOf(branch), 1);
    recount(parent);
  }

  /** The root's own row, which comes with no page. */
  setRoot(stat: StatJson): void {
    this.#top.pages.set(0, { children: [{ name: '/', stat }], generation: 0 });
  }

  /**
   * Takes a page in. Open children that are in it are moved to their place. Returns those whose place is not known any
   * more, because the page does not have them where they were.
   */
  setPage(branch: Branch, number: number, page: Page, total: number, stat: StatJson): Branch[] {
    if (branch.stat !== null && (branch.stat.cversion !== stat.cversion || branch.total !== total)) {
      // An answer to a question from before a change that was seen meanwhile stays old.
      const current = page.generation === branch.generation;
      branch.generation++;
      if (current) page = { ...page, generation: branch.generation };
    }
    branch.stat = stat;
    branch.total = total;
    branch.pages.set(number, page);
    for (const other of [...branch.pages.keys()]) if (other * PAGE_SIZE >= total) branch.pages.delete(other);
    trim(branch, number);
    const lost: Branch[] = [];
    const first = number * PAGE_SIZE;
    for (const open of branch.open) {
      const place = page.children.findIndex((child) => child.name === open.name);
      if (place >= 0) open.index = first + place;
      else if (open.index >= total || (open.index >= first && open.index < first + PAGE_SIZE)) lost.push(open);
    }
    recount(branch);
    return lost;
  }

  /** Puts an open branch where its name was found to be. */
  place(branch: Branch, index: number): void {
    branch.index = index;
    if (branch.parent !== null) recount(branch.parent);
  }

  /**
   * A child came or went. Its branch's pages are to be asked for again, and until then show what is known: the page that it
   * belongs to has it or no longer, and open children that stand behind it move by one.
   */
  childChanged(branch: Branch, name: string, by: 1 | -1): void {
    branch.generation++;
    if (by === 1) insert(branch, name);
    else remove(branch, name);
    for (const open of branch.open) if (compareNames(open.name, name) > 0) open.index = Math.max(0, open.index + by);
    branch.total = Math.max(branch.total + by, 0);
    recount(branch);
  }

  #firstRow(branch: Branch): number {
    const { parent } = branch;
    if (parent === null) return 0;
    return this.#firstRow(parent) + (parent.starts[parent.open.indexOf(branch)] ?? 0) + 1;
  }
}

/** The child at a place, where its page has come. */
export function childAt(branch: Branch, index: number): ChildJson | null {
  return branch.pages.get(Math.floor(index / PAGE_SIZE))?.children[index % PAGE_SIZE] ?? null;
}

function indexOf(branch: Branch, name: string): number | null {
  const open = branch.open.find((child) => child.name === name);
  if (open !== undefined) return open.index;
  for (const [number, page] of branch.pages) {
    const place = page.children.findIndex((child) => child.name === name);
    if (place >= 0) return number * PAGE_SIZE + place;
  }
  return null;
}

function remove(branch: Branch, name: string): void {
  for (const [number, page] of branch.pages) {
    const children = page.children.filter((child) => child.name !== name);
    if (children.length < page.children.length) branch.pages.set(number, { ...page, children });
  }
}

function insert(branch: Branch, name: string): void {
  const lastPage = Math.floor(Math.max(branch.total - 1, 0) / PAGE_SIZE);
  for (const [number, page] of branch.pages) {
    const place = page.children.findIndex((child) => compareNames(child.name, name) >= 0);
    if (page.children[place]?.name === name) return;
    // Before the first name it may belong to the page before; behind the last one to the page after.
    if (place > 0 || (place === 0 && number === 0) || (place < 0 && number === lastPage)) {
      const children = page.children.toSpliced(place < 0 ? page.children.length : place, 0, { name, stat: null });
      branch.pages.set(number, { ...page, children: children.slice(0, PAGE_SIZE) });
      return;
    }
  }
}

function childRow(branch: Branch, index: number, open: Branch | null): Row {
  const child = childAt(branch, index);
  // The page may be older than the place of what is open: the branch knows its own name.
  const known = open === null || child?.name === open.name ? child : { name: open.name, stat: open.stat };
  return { branch, index, child: known, path: known === null ? null : childPath(branch.path, known.name), open };
}

/** The last place whose value is at most the given one; -1 where none is. */
function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function recount(branch: Branch): void {
  branch.open.sort((a, b) => a.index - b.index);
  let below = 0;
  branch.open.forEach((child, at) => {
    branch.starts[at] = child.index + below;
    below += child.rows;
  });
  branch.starts.length = branch.open.length;
  branch.rows = branch.total + below;
  if (branch.parent !== null) recount(branch.parent);
}

function trim(branch: Branch, near: number): void {
  if (branch.pages.size <= MAX_PAGES) return;
  const farthest = [...branch.pages.keys()].reduce((a, b) => (Math.abs(b - near) > Math.abs(a - near) ? b : a));
  branch.pages.delete(farthest);
}
