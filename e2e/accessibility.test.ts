/** axe finds nothing serious on any page, wide and narrow, in both themes and languages. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, type PageOptions } from './harness/browser.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let vivarium: Vivarium;
/** Looks at the servers of the first as at somebody else's. */
let attached: Vivarium;
/** Where the attached one shows them. */
let foreign: string;
let browser: Browser;

beforeAll(async () => {
  vivarium = await Vivarium.start();
  attached = await Vivarium.start({ attach: vivarium.connectString });
  const { body } = await attached.api('GET', 'clusters');
  foreign =
    (body as { clusters: { id: string; kind: string }[] }).clusters.find(({ kind }) => kind === 'attached')?.id ?? '';
  browser = await launchBrowser();
  await kazoo(vivarium.connectString, 'zk.create("/a", b\'{"b": [1, true, "c"]}\')', 'zk.create("/a/child")');
});

afterAll(async () => {
  await browser?.close();
  await attached?.stop();
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
  await expectNothingSerious(viewer.page);
  await viewer.leave();
});

const foreignCases: readonly [string, string, PageOptions][] = [
  ['health, light', 'cluster', {}],
  ['health, dark, Chinese', 'cluster', { theme: 'dark', locale: 'zh-CN' }],
  ['health, narrow', 'cluster', narrow],
  ['a server of somebody else’s', 'cluster?view=ring&select=server:1', {}],
];

test.each(foreignCases)('%s', async (_name, path, options) => {
  const viewer = await openPage(browser, attached, `c/${foreign}/${path}`, options);
  const { page } = viewer;
  const shown =
    path === 'cluster' ? page.locator('main th[scope=col] svg').first() : page.getByText('What it says of itself');
  await shown.waitFor();
  await expectNothingSerious(page);
  if (path === 'cluster' && options === narrow) {
    await page.getByRole('button', { name: /^Ways into this cluster/ }).click();
    await page.getByText('An observer on the quorum port').waitFor();
    await expectNothingSerious(page);
  }
  await viewer.leave();
});

const transactionCases: readonly [string, string, PageOptions][] = [
  ['transactions, light', 'transactions', {}],
  ['transactions of a znode, dark, Chinese', 'transactions?path=/a', { theme: 'dark', locale: 'zh-CN' }],
  ['transactions, narrow', 'transactions', narrow],
  ['the history of a znode', 'explorer?path=/a&tab=history', {}],
];

test.each(transactionCases)('%s', async (_name, path, options) => {
  const viewer = await openPage(browser, attached, `c/${foreign}/${path}`, options);
  const { page } = viewer;
  const row = path.startsWith('explorer')
    ? page.getByRole('button', { name: 'create' })
    : page.locator('[role=listbox] [role=option]').first();
  await row.click();
  if (path.startsWith('explorer')) await page.getByRole('treeitem').filter({ hasText: 'zookeeper' }).first().waitFor();
  await page
    .getByText(/was created|已创建|cxid/)
    .last()
    .waitFor();
  await expectNothingSerious(page);
  await viewer.leave();
});

/** The page shows data, and no longer where they will be. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('main').waitFor();
  await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
}

async function expectNothingSerious(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}
