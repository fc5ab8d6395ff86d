import { Random } from '@vivarium/shared/random';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { expect, test } from 'vitest';
import { DataTree } from './data-tree.ts';

const LIMITS = 'count=1';
const NEW = { acl: null, ephemeralOwner: 0n, parentCversion: -1 };

/** What a walk over all paths says: nodes below, and the bytes of the node and all of them. */
function counted(tree: DataTree, path: string): { nodes: number; bytes: number } {
  const below = [...tree.paths()].filter((other) => other.startsWith(`${path}/`));
  const bytes = [path, ...below].reduce((sum, other) => sum + (tree.get(other)?.data?.length ?? 0), 0);
  return { nodes: below.length, bytes };
}

function textOf(tree: DataTree, path: string): string {
  return decodeUtf8(tree.get(path)?.data ?? new Uint8Array());
}

test('a node knows how many there are below it, whenever it was asked first', () => {
  const random = new Random(7);
  const tree = new DataTree();
  tree.finishLoading();
  for (const path of ['/zookeeper/quota/b', '/zookeeper/quota/b/zookeeper_limits']) {
    tree.create(path, { ...NEW, data: encodeUtf8(LIMITS) }, 1n, 0, null);
  }
  const nodes = ['/a', '/a/a', '/a/a/a', '/a/b', '/b', '/b/a', '/b/a/a', '/b/a/a/a'];
  for (let zxid = 1n; zxid < 2_000n; zxid++) {
    const path = random.pick(nodes);
    const data = new Uint8Array(random.below(9));
    switch (random.below(5)) {
      case 0:
        tree.create(path, { ...NEW, data }, zxid, 0, null);
        break;
      case 2:
        tree.setData(path, data, 1, zxid, 0, null);
        break;
      case 3:
        // Counts anew, by what was counted before.
        tree.delete('/zookeeper/quota/b/zookeeper_stats', zxid, null);
        tree.create('/zookeeper/quota/b/zookeeper_stats', { ...NEW, data: null }, zxid, 0, null);
        if (tree.get('/b') !== undefined) {
          const { nodes, bytes } = counted(tree, '/b');
          expect(textOf(tree, '/zookeeper/quota/b/zookeeper_stats')).toBe(`count=${nodes + 1},bytes=${bytes}`);
        }
        break;
      case 1:
        // Also of one with children, as a replayed log may do: they go too.
        if (random.chance(0.5)) tree.delete(path, zxid, null);
        break;
      default:
        expect(tree.countDescendants(path)).toBe(counted(tree, path).nodes);
        expect(tree.countDescendants('/zookeeper')).toBe(counted(tree, '/zookeeper').nodes);
    }
  }
  expect(tree.countDescendants('/')).toBe(tree.nodeCount - 1);
  expect(tree.countDescendants('/nowhere')).toBe(0);
});
