import type { Znode } from '@vivarium/ensemble/core/tree/znode';
import type { SubtreeJson } from '@vivarium/shared/contract/mirror';
import { nameOf } from '@vivarium/shared/path';
import type { IndexedTree } from './indexed-tree.ts';
import type { MirrorSubtree } from './mirror-messages.ts';
import type { Searcher } from './search.ts';
import { clusterPath, shownPath } from './shown-path.ts';
import { countOf } from './subtree-sums.ts';
import { Visibility } from './visibility.ts';
import type { WriteRates } from './write-rates.ts';

/** Of all znodes of an answer; what is beyond is summed up. */
const MAX_ENTRIES = 4_000;
/** Children that are looked at before others have their turn. */
const CHILDREN_A_TURN = 256;

/** What a znode and all below it come to. */
interface Total {
  readonly znodes: number;
  readonly bytes: number;
  readonly writes: number;
  readonly ephemerals: number;
}

/** Lists that are so long are looked through once in a while, not for each who asks. */
const LONG_LIST = 5_000;
const KEPT_MS = 10_000;
const MAX_KEPT = 64;

/** The largest children of long lists, as they were a few seconds ago. */
export class KnownLargest {
  /** By question, the oldest first. */
  private readonly known = new Map<string, { readonly paths: readonly string[]; readonly atMs: number }>();

  get(question: string, nowMs: number): readonly string[] | null {
    const entry = this.known.get(question);
    return entry !== undefined && Math.abs(nowMs - entry.atMs) < KEPT_MS ? entry.paths : null;
  }

  put(question: string, paths: readonly string[], nowMs: number): void {
    this.known.delete(question);
    this.known.set(question, { paths, atMs: nowMs });
    for (const oldest of this.known.keys()) if (this.known.size > MAX_KEPT) this.known.delete(oldest);
  }

  clear(): void {
    this.known.clear();
  }
}

interface Sized {
  readonly path: string;
  readonly node: Znode;
  readonly size: number;
}

/**
 * The sizes of a subtree, with its largest children, and theirs, as deep as is asked. Yields whenever others may have their
 * turn. Children that may not be read are counted in `rest`.
 */
export function* subtreeMap(
  indexed: IndexedTree,
  rates: WriteRates,
  knownLargest: KnownLargest,
  query: MirrorSubtree,
  { identities, root }: Searcher,
  nowMs: number,
): Generator<null, SubtreeJson | 'noNode' | 'noAuth'> {
  const { tree, sums } = indexed;
  const visibility = new Visibility(tree, identities, root);
  const top = clusterPath(query.path, root);
  const node = tree.get(top);
  if (node === undefined) return 'noNode';
  if (!visibility.reads(node)) return 'noAuth';
  let entries = 0;

  const totalOf = (path: string, node: Znode): Total => {
    const [own, below] = [countOf(node), sums.below(path)];
    return {
      znodes: own.znodes + below.znodes,
      bytes: own.bytes + below.bytes,
      ephemerals: own.ephemerals + below.ephemerals,
      writes: rates.of(path, nowMs),
    };
  };
  const sizeOf = (path: string, node: Znode): number => {
    if (query.by === 'writes') return rates.of(path, nowMs);
    const below = node.children === null ? 0 : sums.below(path)[query.by];
    return below + (query.by === 'znodes' ? 1 : (node.data?.length ?? 0));
  };

  /** The children with the largest sizes, the largest first. */
  function* largestOf(path: string, names: ReadonlySet<string>): Generator<null, readonly Sized[]> {
    if (names.size < LONG_LIST) return yield* largestAmong(pathsOf(path, names));
    const question = `${query.by} ${query.limit} ${path}`;
    const known = knownLargest.get(question, nowMs);
    const largest = yield* largestAmong(known ?? pathsOf(path, names));
    if (known === null)
      knownLargest.put(
        question,
        largest.map((child) => child.path),
        nowMs,
      );
    return largest;
  }

  function* largestAmong(paths: Iterable<string>): Generator<null, readonly Sized[]> {
    const largest: Sized[] = [];
    let seen = 0;
    for (const childPath of paths) {
      if (++seen % CHILDREN_A_TURN === 0) yield null;
      const child = tree.get(childPath);
      if (child === undefined) continue;
      const sized = { path: childPath, node: child, size: sizeOf(childPath, child) };
      const smallest = largest.at(-1);
      const isLarge = largest.length < query.limit || (smallest !== undefined && isLarger(sized, smallest));
      if (!isLarge || !visibility.reads(child)) continue;
      const at = largest.findIndex((other) => isLarger(sized, other));
      largest.splice(at < 0 ? largest.length : at, 0, sized);
      if (largest.length > query.limit) largest.pop();
    }
    return largest;
  }

  function* mapOf(path: string, at: Znode, depth: number): Generator<null, SubtreeJson> {
    entries++;
    const total = totalOf(path, at);
    const children: SubtreeJson[] = [];
    if (depth > 0 && at.children !== null) {
      for (const child of yield* largestOf(path, at.children)) {
        if (entries < MAX_ENTRIES) children.push(yield* mapOf(child.path, child.node, depth - 1));
      }
    }
    const rest = {
      children: (at.children?.size ?? 0) - children.length,
      znodes: total.znodes - 1,
      bytes: total.bytes - (at.data?.length ?? 0),
      writes: total.writes,
    };
    for (const child of children) {
      rest.znodes -= child.znodes;
      rest.bytes -= child.bytes;
      rest.writes -= child.writes;
    }
    // Writes to the znode itself, and to those that have gone, are no child's.
    rest.writes = Math.max(0, rest.writes);
    return {
      name: path === root ? '' : nameOf(path),
      path: shownPath(path, root) ?? '/',
      ...total,
      children,
      rest: rest.children <= 0 ? null : rest,
    };
  }

  return yield* mapOf(top, node, query.depth);
}

function* pathsOf(parent: string, names: ReadonlySet<string>): Generator<string> {
  const prefix = parent === '/' ? '' : parent;
  for (const name of names) yield `${prefix}/${name}`;
}

function isLarger(a: Sized, b: Sized): boolean {
  return a.size > b.size || (a.size === b.size && a.path < b.path);
}
