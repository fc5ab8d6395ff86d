/** Who changed this? Of a cluster that somebody else runs, from the write to the picture of what was before and after. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

/** It runs the servers; to the other one it is somebody else. */
let owner: Vivarium;
let attached: Vivarium;
let cluster: string;
let browser: Browser;

beforeAll(async () => {
  owner = await Vivarium.start();
  attached = await Vivarium.start({ attach: owner.connectString });
  browser = await launchBrowser();
  const { body } = await attached.api('GET', 'clusters');
  const { clusters } = body as { readonly clusters: readonly { readonly id: string; readonly kind: string }[] };
  cluster = clusters.find(({ kind }) => kind === 'attached')?.id ?? '';
});

afterAll(async () => {
  await browser?.close();
  await attached?.stop();
  await owner?.stop();
});

test('what was written is listed at once, with who wrote it and what was there before', async () => {
  const viewer = await openPage(browser, attached, `c/${cluster}/transactions?below=/shop`);
  const { page } = viewer;
  const list = page.getByRole('listbox', { name: 'Transactions, the newest first' });
  const rows = list.getByRole('option');
  await page.getByText('No kept transaction matches').waitFor();
  await kazoo(
    owner.connectString,
    'zk.create("/shop")',
    'zk.create("/shop/config", b\'{"retries": 3}\')',
    'zk.set("/shop/config", b\'{"retries": 8}\')',
    'zk.create("/shopping")',
    'zk.delete("/shop/config")',
  );
  await rows.nth(3).waitFor();
  expect(await rows.count()).toBe(4);
  expect(await rows.first().textContent()).toContain('/shop/config');

  // From the keyboard: the newest is the deletion, below it what it was set to.
  await list.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const detail = page.getByRole('region', { name: 'Transaction', exact: true });
  const diff = detail.getByRole('table');
  await diff.waitFor();
  // JSON on one line is compared by the lines that it would have.
  expect((await diff.getByRole('row').nth(2).textContent())?.split(/\s+/).join(' ')).toContain(
    '"retries": 3 "retries": 8',
  );
  expect(page.url()).toMatch(/select=0x/);

  // What comes while one reads is counted, and waits.
  await kazoo(owner.connectString, 'zk.create("/shop/new")');
  const newer = page.getByRole('button', { name: '1 new' });
  await newer.waitFor();
  expect(await rows.count()).toBe(4);
  await newer.click();
  await rows.nth(4).waitFor();

  // The address opens the same picture for somebody else.
  const other = await openPage(browser, attached, new URL(page.url()).pathname.slice(1) + new URL(page.url()).search);
  await other.page.getByRole('region', { name: 'Transaction', exact: true }).getByRole('table').waitFor();
  await other.leave();

  // From the znode that is gone to who deleted it.
  await page.goto(new URL(`c/${cluster}/explorer?path=/shop/config`, attached.base).href);
  await page.getByRole('link', { name: /Who deleted it|Has it ever been there/ }).click();
  await rows.nth(2).waitFor();
  expect(await rows.allTextContents()).toEqual([
    expect.stringContaining('delete'),
    expect.stringContaining('setData'),
    expect.stringContaining('create'),
  ]);
  await viewer.leave(/404/);
});
