import type { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { Page } from 'playwright-core';
import type { Bench, Row } from './part.ts';
import { withPage, withVivarium } from './rig.ts';
import { summary } from './statistics.ts';
import { withClient } from './writes.ts';

const CHILDREN = 100_000;
const CHILDREN_A_MULTI = 1_000;
const PARENT = 'many';

/** A znode with 100,000 children: opened in the tree, and its end. */
export function children(bench: Bench): Promise<readonly Row[]> {
  return withVivarium(bench, {}, async (vivarium) => {
    const begunMs = performance.now();
    await withClient(vivarium.connectString, createChildren);
    const createdS = (performance.now() - begunMs) / 1_000;
    const openedMs: number[] = [];
    const endedMs: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      await withPage(bench, vivarium, async (page) => {
        await page.goto(new URL('c/local/explorer', `${vivarium.origin}/`).href);
        await page.getByRole('treeitem', { name: PARENT }).waitFor();
        openedMs.push(await openInTree(page, PARENT, 'child-000000'));
        endedMs.push(await scrollToEnd(page));
      });
    }
    return [
      { figure: '100,000 children, created by multi in', value: `${createdS.toFixed(1)} s` },
      { figure: '… opened in the Explorer to the first rows', value: summary(openedMs) },
      { figure: '… scrolled to the end to the last rows', value: summary(endedMs) },
    ];
  });
}

async function createChildren(client: ZooKeeperClient): Promise<void> {
  const data = new TextEncoder().encode('a child');
  await client.create(`/${PARENT}`, new Uint8Array(0));
  for (let first = 0; first < CHILDREN; first += CHILDREN_A_MULTI) {
    const paths = Array.from(
      { length: CHILDREN_A_MULTI },
      (_, at) => `/${PARENT}/child-${String(first + at).padStart(6, '0')}`,
    );
    await client.multi(paths.map((path) => ({ op: 'create', path, data })));
  }
}

/** Opens a child of the root: ms from the click on its arrow to the frame with this child of it; measured in the page itself. */
export function openInTree(page: Page, parent: string, child: string): Promise<number> {
  return page.evaluate(
    async (names) => {
      const row = [...document.querySelectorAll('[role=treeitem]')].find(({ textContent }) =>
        textContent?.startsWith(names.parent),
      );
      const arrow = row?.querySelector('button');
      if (arrow === null || arrow === undefined) throw new Error(`no arrow at ${names.parent}`);
      const begunMs = performance.now();
      arrow.click();
      const title = `/${names.parent}/${names.child}`;
      const isThere = (): boolean => document.querySelector(`[role=treeitem][title="${title}"]`) !== null;
      while (!isThere()) await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - begunMs;
    },
    { parent, child },
  );
}

function scrollToEnd(page: Page): Promise<number> {
  return page.evaluate(
    async ({ parent, last }) => {
      const tree = document.querySelector('[role=tree]');
      if (tree === null) throw new Error('no tree');
      const begunMs = performance.now();
      const isThere = (): boolean => document.querySelector(`[role=treeitem][title="/${parent}/${last}"]`) !== null;
      while (!isThere()) {
        // Rows above may have changed the height meanwhile.
        tree.scrollTop = tree.scrollHeight;
        await new Promise(requestAnimationFrame);
      }
      await new Promise(requestAnimationFrame);
      return performance.now() - begunMs;
    },
    { parent: PARENT, last: `child-${String(CHILDREN - 1).padStart(6, '0')}` },
  );
}
