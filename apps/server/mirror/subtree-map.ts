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

/**
 * The sizes of a subtree, with its largest children, and theirs, as deep as is asked. Yields whenever others may have their
 * turn. Children that may not be read are counted in `rest`.
 */
export function* subtreeMap(
  indexed: IndexedTree,
  rates: WriteRates,
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

  const totalOf = (path: string): Total => {
    const [own, below] = [countOf(tree.get(path)), sums.below(path)];
    return {
      znodes: own.znodes + below.znodes,
      bytes: own.bytes + below.bytes,
      ephemerals: own.ephemerals + below.ephemerals,
      writes: rates.of(path, nowMs),
    };
  };

  function* mapOf(path: string, total: Total, depth: number): Generator<null, SubtreeJson> {
    entries++;
    const names = depth === 0 ? null : (tree.get(path)?.children ?? null);
    const prefix = path === '/' ? '' : path;
    const largest: { readonly path: string; readonly total: Total }[] = [];
    let rest = { children: 0, znodes: 0, bytes: 0, writes: 0 };
    const leaveOut = ({ znodes, bytes, writes }: Total): void => {
      rest = {
        children: rest.children + 1,
        znodes: rest.znodes + znodes,
        bytes: rest.bytes + bytes,
        writes: rest.writes + writes,
      };
    };
    let seen = 0;
    for (const name of names ?? []) {
      if (++seen % CHILDREN_A_TURN === 0) yield null;
      const child = { path: `${prefix}/${name}`, total: totalOf(`${prefix}/${name}`) };
      const childNode = tree.get(child.path);
      if (childNode === undefined) continue;
      const smallest = largest.at(-1);
      const isLarge = largest.length < query.limit || (smallest !== undefined && isLarger(child, smallest, query.by));
      if (!isLarge || !visibility.reads(childNode)) {
        leaveOut(child.total);
        continue;
      }
      const at = largest.findIndex((other) => isLarger(child, other, query.by));
      largest.splice(at < 0 ? largest.length : at, 0, child);
      const beaten = largest.length > query.limit ? largest.pop() : undefined;
      if (beaten !== undefined) leaveOut(beaten.total);
    }
    const children: SubtreeJson[] = [];
    for (const child of largest) {
      if (entries >= MAX_ENTRIES) leaveOut(child.total);
      else children.push(yield* mapOf(child.path, child.total, depth - 1));
    }
    return {
      name: path === root ? '' : nameOf(path),
      path: shownPath(path, root) ?? '/',
      ...total,
      children,
      rest: rest.children === 0 ? null : rest,
    };
  }

  return yield* mapOf(top, totalOf(top), query.depth);
}

function isLarger(
  a: { readonly path: string; readonly total: Total },
  b: { readonly path: string; readonly total: Total },
  by: MirrorSubtree['by'],
): boolean {
  const difference = a.total[by] - b.total[by];
  return difference > 0 || (difference === 0 && a.path < b.path);
}
