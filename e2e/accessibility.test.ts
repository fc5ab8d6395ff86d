/** axe finds nothing serious on any page, wide and narrow, in both themes and languages. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, type PageOptions } from './harness/browser.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let vivarium: Vivarium;
let browser: Browser;

beforeAll(async () => {
  vivarium = await Vivarium.start();
  browser = await launchBrowser();
  await kazoo(vivarium.connectString, 'zk.create("/a", b\'{"b": [1, true, "c"]}\')', 'zk.create("/a/child")');
});

afterAll(async () => {
  await browser?.close();
  await vivarium?.stop();
});

const narrow = { width: 390, height: 844 };
const cases: readonly [string, string, PageOptions][] = [
  ['cluster, light', 'c/local/cluster', {}],
  ['cluster, dark, Chinese', 'c/local/cluster?select=server:1', { theme: 'dark', locale: 'zh-CN' }],
  ['cluster as a table', 'c/local/cluster?view=table', {}],
  ['space-time', 'c/local/cluster?view=spacetime', { theme: 'dark' }],
  ['cluster, narrow', 'c/local/cluster', narrow],
  ['explorer, light', 'c/local/explorer?path=%2Fa', {}],
  ['explorer, dark, Chinese', 'c/local/explorer?path=%2Fa', { theme: 'dark', locale: 'zh-CN' }],
  ['explorer, narrow', 'c/local/explorer?path=%2Fa', narrow],
];

test.each(cases)('%s', async (_name, path, options) => {
  const viewer = await openPage(browser, vivarium, path, options);
  await settled(viewer.page);
  const { violations } = await new AxeBuilder({ page: viewer.page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
  await viewer.leave();
});

/** The page shows data, and no longer where they will be. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('main').waitFor();
  await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
}
