import { openPage } from '../../e2e/harness/browser.ts';
import { openInTree } from '../pages/children.ts';
import type { Row } from '../pages/part.ts';
import { summary } from '../pages/statistics.ts';
import type { AttachBench } from './part.ts';
import { mirrored, withAttached } from './rig.ts';
import { MANY, MANY_CHILDREN } from './tree.ts';

/** A znode with 300,000 children is opened in the tree. */
export function children(bench: AttachBench): Promise<readonly Row[]> {
  return withAttached(bench, async (vivarium) => {
    const cluster = await mirrored(vivarium);
    const openedMs: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      const { page, context } = await openPage(bench.browser, vivarium, `c/${cluster}/explorer`);
      try {
        await page.getByRole('treeitem', { name: MANY }).first().waitFor();
        openedMs.push(await openInTree(page, MANY, 'child-0000000'));
      } finally {
        await context.close();
      }
    }
    return [
      {
        figure: `a znode with ${MANY_CHILDREN} children opened in the Explorer, to the first rows`,
        value: summary(openedMs),
        limit: '300 ms',
      },
    ];
  });
}
