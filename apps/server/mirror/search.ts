/** Searches of a tree that is held in memory, a little at a time. */
import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import { isSessionOwner } from '@vivarium/ensemble/core/tree/znode';
import type { Id } from '@vivarium/shared/acl';
import type { SearchJson } from '@vivarium/shared/contract/mirror';
import { nameOf } from '@vivarium/shared/path';
import { formatHex } from '@vivarium/shared/zxid';
import { excerptOf } from './excerpt.ts';
import type { IndexedTree } from './indexed-tree.ts';
import type { MirrorSearch } from './mirror-messages.ts';
import { pathPattern } from './path-pattern.ts';
import { clusterPath, shownPath } from './shown-path.ts';
import { Visibility } from './visibility.ts';

/** A subtree is small that has less than one of so many of all znodes. */
const SMALL_PART = 16;
const NODES_A_TURN = 256;

type Hit = SearchJson['hits'][number];

/** What has been found, before it is known whether it is there, and may be shown. */
interface Candidate {
  readonly path: string;
  /** In the data; null where it is the path that was found. */
  readonly offset: number | null;
}

/** Who asks, and which path is shown to him as `/`. */
export interface Searcher {
  readonly identities: readonly Id[];
  readonly root: string;
}

/**
 * Yields whenever others may have their turn, and returns what was found, the best first. It ends at the first hit beyond the
 * limit, so that what it has not looked at may hold more. `now`: ms of any clock.
 */
export function* search(
  indexed: IndexedTree,
  query: MirrorSearch,
  { identities, root }: Searcher,
  now: () => number,
): Generator<null, SearchJson> {
  const startedMs = now();
  const { tree, bodies } = indexed;
  const visibility = new Visibility(tree, identities, root);
  const below = clusterPath(query.below, root);
  const needle = new TextEncoder().encode(query.text);
  const hits = new Map<string, Hit>();
  let more = false;
  const looksAtNothing = query.in === 'content' && bodies.dropped;
  for (const candidate of looksAtNothing ? [] : candidates(indexed, query, below, root)) {
    if (candidate === null) {
      yield null;
      continue;
    }
    const { path, offset } = candidate;
    // The name of the root is outside.
    if (hits.has(path) || !isBelow(path, below) || (offset === null && path === root)) continue;
    const node = tree.get(path);
    const shown = shownPath(path, root);
    if (node === undefined || shown === null || !visibility.shows(path)) continue;
    const reads = visibility.reads(node);
    const data = offset === null ? null : node.data;
    if (offset !== null && !(reads && data !== null && holdsAt(data, needle, offset))) continue;
    if (hits.size === query.limit) {
      more = true;
      break;
    }
    hits.set(path, {
      path: shown,
      stat: reads
        ? {
            dataLength: node.data?.length ?? 0,
            numChildren: node.children?.size ?? 0,
            ephemeral: isSessionOwner(node.ephemeralOwner),
          }
        : null,
      excerpt: data === null || offset === null ? null : excerptOf(data, offset, needle.length),
    });
  }
  const total =
    below === '/' ? tree.nodeCount : tree.get(below) === undefined ? 0 : indexed.sums.below(below).znodes + 1;
  return {
    hits: ranked([...hits.values()], query),
    more,
    scanned: more || !indexed.indexed ? Math.min(total, indexed.names.entryCount) : total,
    total,
    tookMs: now() - startedMs,
    zxid: formatHex(indexed.database.lastZxid),
    bodies: !bodies.dropped,
  };
}

function candidates(
  indexed: IndexedTree,
  { text, in: where }: MirrorSearch,
  below: string,
  root: string,
): Generator<Candidate | null> {
  switch (where) {
    case 'content':
      return indexed.bodies.find(new TextEncoder().encode(text));
    case 'pattern': {
      const pattern = pathPattern(text);
      const literal = clusterPath(pattern.below, root);
      const narrow = isBelow(literal, below) ? literal : below;
      return byName(indexed, pattern.needle, narrow, (path) => {
        const shown = shownPath(path, root);
        return shown !== null && pattern.matches(shown);
      });
    }
    case 'name': {
      // What stands behind the last slash is looked for in names, what stands before it in what is before them.
      const wanted = text.toLowerCase();
      const slash = wanted.lastIndexOf('/');
      if (slash < 0) return byName(indexed, wanted, below, () => true);
      return byName(indexed, wanted.slice(slash + 1), below, (path) => {
        const from = path.lastIndexOf('/') - slash;
        return from >= 0 && path.toLowerCase().startsWith(wanted, from);
      });
    }
  }
}

/** Znodes with the needle in their names; those of a small subtree are looked at one by one, others by the index. */
function* byName(
  { names, sums, tree }: IndexedTree,
  needle: string,
  below: string,
  accepts: (path: string) => boolean,
): Generator<Candidate | null> {
  const isSmall = below !== '/' && sums.below(below).znodes * SMALL_PART < tree.nodeCount;
  const found = isSmall
    ? walk(tree, below, needle)
    : needle === ''
      ? names.paths()
      : names.find(new TextEncoder().encode(needle));
  for (const entry of found) {
    const path = entry === null || typeof entry === 'string' ? entry : entry.path;
    if (path === null) yield null;
    else if (accepts(path)) yield { path, offset: null };
  }
}

function* walk(tree: DataTree, below: string, needle: string): Generator<string | null> {
  const left = tree.get(below) === undefined ? [] : [below];
  let seen = 0;
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (nameOf(path).toLowerCase().includes(needle)) yield path;
    for (const name of tree.get(path)?.children ?? []) left.push(`${path}/${name}`);
    if (++seen % NODES_A_TURN === 0) yield null;
  }
}

function isBelow(path: string, top: string): boolean {
  return top === '/' || path === top || path.startsWith(`${top}/`);
}

function holdsAt(data: Uint8Array, needle: Uint8Array, offset: number): boolean {
  return needle.every((byte, index) => data[offset + index] === byte);
}

/** Names that are the text come first, then those that begin with it, then the others. */
function ranked(hits: Hit[], { text, in: where }: MirrorSearch): Hit[] {
  const wanted = text.toLowerCase();
  const rank = ({ path }: Hit): number => {
    if (where !== 'name') return 0;
    const name = nameOf(path).toLowerCase();
    return name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2;
  };
  return hits.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}
