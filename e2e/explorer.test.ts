/** Znodes in the browser: conflicts, one's own session, text that looks like something else. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let vivarium: Vivarium;
let browser: Browser;

beforeAll(async () => {
  vivarium = await Vivarium.start();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await vivarium?.stop();
});

function explorerAt(path: string): string {
  return `c/local/explorer?path=${encodeURIComponent(path)}`;
}

/** Puts the text in place of what is in the editor. */
async function replaceText(page: Page, text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Data of the znode' });
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

test('who saves over a newer version is shown both sides, and loses nothing', async () => {
  await kazoo(vivarium.connectString, 'zk.create("/limits", b"one\\ntwo\\nthree")');
  const viewer = await openPage(browser, vivarium, explorerAt('/limits'));
  const { page } = viewer;
  await page.getByText('three').first().waitFor();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await replaceText(page, 'ONE\ntwo\nthree');
  await kazoo(vivarium.connectString, 'zk.set("/limits", b"one\\ntwo\\nTHREE")');
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText('Different lines: both can stay.').waitFor();
  await page.getByRole('button', { name: /^Save both/ }).click();
  await page.getByText(/is saved as version 2/).waitFor();
  const data = await kazoo(vivarium.connectString, 'print(zk.get("/limits")[0].decode())');
  expect(data).toBe('ONE\ntwo\nTHREE');
  await viewer.leave();
});

test('an ephemeral belongs to a session of the viewer, and goes when he leaves', async () => {
  const viewer = await openPage(browser, vivarium, explorerAt('/'));
  const { page } = viewer;
  await page.getByRole('button', { name: 'New' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Path' }).fill('/mine');
  await dialog.getByRole('radio', { name: 'Ephemeral' }).check();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText(/Your session 0x[0-9a-f]+, at/).waitFor();
  const owner = await kazoo(vivarium.connectString, 'print(hex(zk.exists("/mine").ephemeralOwner))');
  await page.getByText(owner.slice(0, 8)).first().waitFor();
  await viewer.leave();
  const gone = await kazoo(
    vivarium.connectString,
    'from threading import Event',
    'gone = Event()',
    'if zk.exists("/mine", watch=lambda event: gone.set()) is None: gone.set()',
    'print(gone.wait(40))',
  );
  expect(gone).toBe('True');
});

test('names and data that look like markup are text', async () => {
  const evil = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>';
  await kazoo(vivarium.connectString, `zk.create("/x", ${JSON.stringify(evil)}.encode())`);
  const name = '<script>window.evil=1<\u2215script>';
  await vivarium.api('POST', 'clusters/local/znodes', { path: `/x/${name}` });
  const viewer = await openPage(browser, vivarium, explorerAt('/x'));
  await viewer.page.getByText('onerror').first().waitFor();
  await viewer.page.getByRole('treeitem', { name: /^x/ }).focus();
  await viewer.page.keyboard.press('ArrowRight');
  await viewer.page.getByRole('treeitem', { name }).first().waitFor();
  expect(await viewer.page.evaluate('window.evil')).toBeUndefined();
  await viewer.leave();
});

test('the past shows the tree as it was, and cannot be changed', async () => {
  await kazoo(vivarium.connectString, 'zk.create("/story", b"first")');
  const viewer = await openPage(browser, vivarium, explorerAt('/story'));
  const { page } = viewer;
  await page.getByText('first', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = new URL(await page.evaluate('location.href'));
  await kazoo(vivarium.connectString, 'zk.set("/story", b"second")');
  await page.getByText(/The tree just after event/).waitFor();
  await page.getByText('first', { exact: true }).first().waitFor();
  expect(paused.pathname).toContain('/explorer');
  await page.getByRole('button', { name: 'Go live' }).first().click();
  await page.getByText('second', { exact: true }).first().waitFor();
  await viewer.leave();
});
