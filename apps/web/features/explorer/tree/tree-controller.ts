/**
 * Brings the tree's rows: asks for pages as they come into view, a few at a time, no page that nobody looks at any more,
 * and pages that changes made old again, at a bounded rate. React reads it as an external store.
 */
import { type ApiError, apiError } from '@vivarium/shared/contract/errors';
import type { ChildrenJson, ReadFromJson } from '@vivarium/shared/contract/rest';
import { nameOf, parentOf } from '@vivarium/shared/path';
import { failureOf } from '../failure.ts';
import { type Branch, childAt, compareNames, PAGE_SIZE, type Row, TreeRows } from './tree-rows.ts';

export interface ChildrenRequest {
  readonly path: string;
  readonly offset: number;
  readonly limit: number;
  readonly stat: boolean;
}

export type ReadChildren = (request: ChildrenRequest, signal: AbortSignal) => Promise<ChildrenJson>;

/** Requests for pages at the same time. */
const MAX_REQUESTS = 4;
/** The least time between two requests for the same page. */
const REFRESH_MS = 300;
/** The least time between two times that changes show. */
const GATHER_MS = 120;
/** How long a page that failed is left before what changed asks for it again. */
const RETRY_MS = 2_000;

interface PageRequest {
  readonly branch: Branch;
  readonly number: number;
  readonly abort: AbortController;
  readonly startedAtMs: number;
}

export class TreeController {
  readonly rows = new TreeRows();
  readonly #read: ReadChildren;
  readonly #listeners = new Set<() => void>();
  readonly #requests = new Map<string, PageRequest>();
  readonly #askedAtMs = new Map<string, number>();
  readonly #failures = new Map<string, { readonly error: ApiError; readonly atMs: number }>();
  /** By the path of the branch. */
  readonly #from = new Map<string, ReadFromJson>();
  #version = 0;
  #first = 0;
  #last = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAtMs = 0;
  #agedAtMs = Number.NEGATIVE_INFINITY;
  #disposed = false;

  constructor(read: ReadChildren) {
    this.#read = read;
    const top = this.rows.branch('');
    if (top !== null) this.rows.open(top, 0, '/', 1);
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another number after each change of the rows. */
  readonly version = (): number => this.#version;

  /** Starts anew after `dispose`: React mounts a component twice in development. */
  start(): void {
    this.#disposed = false;
    this.#pump();
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const request of this.#requests.values()) request.abort.abort();
    this.#requests.clear();
  }

  /** The rows that are in view. */
  setVisible(first: number, last: number): void {
    if (first === this.#first && last === this.#last) return;
    this.#first = first;
    this.#last = last;
    this.#pump();
  }

  /** Since when the oldest request that is under way waits; null while there is none. */
  waitingSinceMs(): number | null {
    let oldest: number | null = null;
    for (const { startedAtMs } of this.#requests.values()) oldest = Math.min(oldest ?? startedAtMs, startedAtMs);
    return oldest;
  }

  /** Gives up all requests that are under way; `reload` tries again. */
  cancel(): void {
    const now = performance.now();
    for (const [key, { branch, abort, startedAtMs }] of this.#requests) {
      abort.abort();
      this.#failed(key, branch, apiError('timeout', { ms: Math.round(now - startedAtMs) }));
    }
    this.#requests.clear();
  }

  /** Why the page of a row did not come; null where it did or is on its way. */
  failureAt(row: Row): ApiError | null {
    return this.#failures.get(keyOf(row.branch, pageOf(row.index)))?.error ?? null;
  }

  /** Why nothing at all is shown. */
  rootFailure(): ApiError | null {
    const root = this.rows.branch('/');
    return root !== null && root.stat === null ? (this.#failures.get(keyOf(root, 0))?.error ?? null) : null;
  }

  /** Whether the root's children have come. */
  get loaded(): boolean {
    const root = this.rows.branch('/');
    return root === null || root.stat !== null;
  }

  /** Open paths whose changes are not told one by one, but looked for now and then; how often, in ms. */
  lookedAt(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const { path } of this.rows.branches()) {
      const everyMs = this.#from.get(path)?.everyMs;
      if (everyMs != null) found.set(path, everyMs);
    }
    return found;
  }

  open(row: Row): void {
    const { path, child, branch, index } = row;
    if (path === null || child === null || row.open !== null) return;
    this.rows.open(branch, index, path, Math.max(child.stat?.numChildren ?? 1, 1));
    this.#changed();
    this.#pump();
  }

  close(path: string): void {
    const branch = this.rows.branch(path);
    if (branch === null || path === '') return;
    this.#from.delete(path);
    this.rows.close(branch);
    this.#changed();
    this.#pump();
  }

  /** Asks again for all that is in view, failed pages too. */
  reload(): void {
    this.#failures.clear();
    this.#askedAtMs.clear();
    this.refresh();
  }

  /** All pages are old: another instant is looked at, or events were missed. */
  refresh(): void {
    for (const branch of this.rows.branches()) branch.generation++;
    this.#scheduleAged();
  }

  /** The row of a path may show old figures: its data or its children changed. */
  rowTouched(path: string): void {
    this.#age(parentOf(path));
  }

  /** The list of the path's children, or the path itself, may be another one. */
  listTouched(path: string): void {
    this.#age(path);
    this.rowTouched(path);
  }

  /** The path was created or deleted. */
  childChanged(path: string, by: 1 | -1): void {
    const branch = this.rows.branch(parentOf(path));
    const gone = by === -1 ? this.rows.branch(path) : null;
    if (gone !== null) this.rows.close(gone);
    if (branch !== null) this.rows.childChanged(branch, nameOf(path), by);
    this.childTouched(path);
  }

  /** The path was created or deleted, and its parent's pages may have come before they could show it. */
  childTouched(path: string): void {
    const parent = parentOf(path);
    if (this.rows.branch(parent) !== null) this.#age(parent);
    // The parent's own row tells how many children it has.
    else this.#age(parentOf(parent));
  }

  #age(path: string): void {
    const branch = this.rows.branch(path === '' ? '/' : path);
    if (branch === null) return;
    branch.generation++;
    this.#scheduleAged();
  }

  /** Changes come in bursts: what they made old is shown and asked for a few times a second at most. */
  #scheduleAged(): void {
    const now = performance.now();
    const inMs = Math.max(0, this.#agedAtMs + GATHER_MS - now);
    this.#agedAtMs = now + inMs;
    this.#schedule(inMs);
  }

  /**
   * Opens what is above a path and finds its row, which a page may not have brought yet; null where there is no such
   * znode. Throws `ApiFailure` where a server does not answer.
   */
  async reveal(path: string, signal: AbortSignal): Promise<number | null> {
    if (path === '/') return 0;
    const above: string[] = [];
    for (let at = parentOf(path); at !== ''; at = parentOf(at)) above.unshift(at);
    for (const ancestor of above) {
      if (this.rows.branch(ancestor) !== null) continue;
      const parent = this.rows.branch(parentOf(ancestor));
      const place = parent === null ? null : await this.#find(parent, nameOf(ancestor), signal);
      if (parent === null || place === null) return null;
      const known = childAt(parent, place)?.stat?.numChildren ?? 1;
      this.rows.open(parent, place, ancestor, Math.max(known, 1));
      this.#changed();
    }
    const branch = this.rows.branch(parentOf(path));
    const place = branch === null ? null : await this.#find(branch, nameOf(path), signal);
    if (branch === null || place === null) return null;
    this.#changed();
    return this.rows.rowOfIndex(branch, place);
  }

  /** The place of a name among a branch's children, by halving: each step brings a page, so that few are needed. */
  async #find(branch: Branch, name: string, signal: AbortSignal): Promise<number | null> {
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let number = 0;
    for (let tries = 0; low < high && tries < 64; tries++) {
      const page = await this.#page(branch, number, signal);
      const place = page.findIndex((child) => child.name === name);
      if (place >= 0) return number * PAGE_SIZE + place;
      if (high === Number.POSITIVE_INFINITY) high = Math.ceil(branch.total / PAGE_SIZE);
      const first = page[0]?.name;
      if (first === undefined || compareNames(name, first) < 0) high = number;
      else low = number + 1;
      number = (low + high) >> 1;
    }
    return null;
  }

  async #page(branch: Branch, number: number, signal: AbortSignal) {
    const present = branch.pages.get(number);
    if (present !== undefined && present.generation === branch.generation) return present.children;
    const { generation } = branch;
    const answer = await this.#read(pageRequest(branch, number), signal);
    this.#take(branch, number, generation, answer);
    return answer.children;
  }

  #take(branch: Branch, number: number, generation: number, answer: ChildrenJson): void {
    if (this.rows.branch(branch.path) !== branch) return;
    this.#failures.delete(keyOf(branch, number));
    if (answer.from !== undefined) this.#from.set(branch.path, answer.from);
    if (branch.path === '/') this.rows.setRoot(answer.stat);
    const lost = this.rows.setPage(
      branch,
      number,
      { children: answer.children, generation },
      answer.total,
      answer.stat,
    );
    for (const open of lost) void this.#findAgain(open);
    if (answer.total === 0 && branch.path !== '/') this.rows.close(branch);
    this.#changed();
  }

  /** Where an open child is now that its siblings have moved; it is closed where it has gone. */
  async #findAgain(branch: Branch): Promise<void> {
    const { parent } = branch;
    if (parent === null) return;
    try {
      const place = await this.#find(parent, branch.name, AbortSignal.timeout(10_000));
      if (this.rows.branch(branch.path) !== branch) return;
      if (place === null) this.rows.close(branch);
      else this.rows.place(branch, place);
      this.#changed();
    } catch {
      // It stays where it was until a page says more.
    }
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  #schedule(inMs: number): void {
    if (this.#disposed) return;
    const atMs = performance.now() + inMs;
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#changed();
      this.#pump();
    }, inMs);
  }

  /** Starts what is wanted and ends what is not. */
  #pump(): void {
    if (this.#disposed) return;
    const wanted = this.#wanted();
    for (const [key, request] of this.#requests) {
      if (wanted.has(key)) continue;
      request.abort.abort();
      this.#requests.delete(key);
    }
    const now = performance.now();
    for (const [key, { branch, number }] of wanted) {
      if (this.#requests.size >= MAX_REQUESTS) return;
      if (this.#requests.has(key)) continue;
      const page = branch.pages.get(number);
      if (page !== undefined && page.generation === branch.generation) continue;
      const failure = this.#failures.get(key);
      const asked = this.#askedAtMs.get(key) ?? Number.NEGATIVE_INFINITY;
      const restMs = Math.max(asked + REFRESH_MS, (failure?.atMs ?? Number.NEGATIVE_INFINITY) + RETRY_MS) - now;
      if (failure !== undefined && page === undefined) continue;
      if (restMs > 0) this.#schedule(restMs);
      else void this.#load(key, branch, number);
    }
  }

  #wanted(): Map<string, { branch: Branch; number: number }> {
    const wanted = new Map<string, { branch: Branch; number: number }>();
    const root = this.rows.branch('/');
    if (root !== null && root.stat === null) wanted.set(keyOf(root, 0), { branch: root, number: 0 });
    const last = Math.min(this.#last, this.rows.count - 1);
    for (let row = this.#first; row <= last; row++) {
      const { branch, index } = this.rows.rowAt(row);
      const number = pageOf(index);
      if (branch.path !== '') wanted.set(keyOf(branch, number), { branch, number });
      else if (root !== null) wanted.set(keyOf(root, 0), { branch: root, number: 0 });
    }
    return wanted;
  }

  async #load(key: string, branch: Branch, number: number): Promise<void> {
    const abort = new AbortController();
    const startedAtMs = performance.now();
    this.#requests.set(key, { branch, number, abort, startedAtMs });
    this.#askedAtMs.set(key, startedAtMs);
    const { generation } = branch;
    try {
      const answer = await this.#read(pageRequest(branch, number), abort.signal);
      if (abort.signal.aborted) return;
      this.#requests.delete(key);
      this.#take(branch, number, generation, answer);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#requests.delete(key);
      this.#failed(key, branch, failureOf(error));
    }
    this.#pump();
  }

  #failed(key: string, branch: Branch, error: ApiError): void {
    if (error.code === 'noNode' && branch.path !== '/') this.rows.close(branch);
    else this.#failures.set(key, { error, atMs: performance.now() });
    this.#changed();
  }
}

function pageOf(index: number): number {
  return Math.floor(index / PAGE_SIZE);
}

function keyOf(branch: Branch, number: number): string {
  return `${number} ${branch.path}`;
}

function pageRequest(branch: Branch, number: number): ChildrenRequest {
  return { path: branch.path, offset: number * PAGE_SIZE, limit: PAGE_SIZE, stat: true };
}
