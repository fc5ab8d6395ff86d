import { Random } from '@vivarium/shared/random';
import { expect, test } from 'vitest';
import { DataTree } from './data-tree.ts';

/** What a walk over all paths says. */
function counted(tree: DataTree, path: string): number {
  return [...tree.paths()].filter((other) => other.startsWith(`${path}/`)).length;
}

test('a node knows how many there are below it, whenever it was asked first', () => {
  const random = new Random(7);
  const tree = new DataTree();
  tree.finishLoading();
  const nodes = ['/a', '/a/a', '/a/a/a', '/a/b', '/b', '/b/a', '/b/a/a', '/b/a/a/a'];
  for (let zxid = 1n; zxid < 2_000n; zxid++) {
    const path = random.pick(nodes);
    switch (random.below(3)) {
      case 0:
        tree.create(path, { data: null, acl: null, ephemeralOwner: 0n, parentCversion: -1 }, zxid, 0, null);
        break;
      case 1:
        // Also of one with children, as a replayed log may do: they go too.
        if (random.chance(0.5)) tree.delete(path, zxid, null);
        break;
      default:
        expect(tree.countDescendants(path)).toBe(counted(tree, path));
    }
  }
  expect(tree.countDescendants('/')).toBe(tree.nodeCount - 1);
  expect(tree.countDescendants('/nowhere')).toBe(0);
});
