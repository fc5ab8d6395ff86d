/** The engineer on call and a cluster of Apache's: who changed what, and what is wrong after the leader was killed. */
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, type Viewer } from './harness/browser.ts';
import { ClusterPage } from './harness/cluster-page.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let foreign: ForeignEnsemble;
let vivarium: Vivarium;
let browser: Browser;
let viewer: Viewer;
let cluster: ClusterPage;

beforeAll(async () => {
  foreign = await ForeignEnsemble.start();
  vivarium = await Vivarium.start({ attach: foreign.directConnectString });
  browser = await launchBrowser();
  viewer = await openPage(browser, vivarium);
  cluster = new ClusterPage(viewer.page);
});

afterAll(async () => {
  await browser?.close();
  await vivarium?.stop();
  await foreign?.stop();
});

test('the printed address shows how the cluster is, and nothing that could be done to its servers', async () => {
  const { page } = viewer;
  const headline = page.getByRole('status').filter({ hasText: /Nothing is wrong/ });
  await headline.waitFor();
  expect(await cluster.leader()).toBe((await foreign.leader()).sid);
  expect(await page.getByRole('button', { name: /What can be done to server/ }).count()).toBe(0);
  expect(await page.getByText(/SIGKILL|Kill server/).count()).toBe(0);
  const { body } = await vivarium.api('GET', 'clusters');
  const [only] = (body as { clusters: readonly { id: string }[] }).clusters;
  const kill = await vivarium.api('POST', `clusters/${only?.id}/servers/1/kill`);
  expect(kill.status).toBe(409);
  expect(foreign.server(1).server.running).toBe(true);
});

test('somebody changes a znode: the tree shows it, and the transactions who it was', async () => {
  const { page } = viewer;
  await page.getByRole('link', { name: 'Explorer' }).click();
  await page
    .getByRole('treeitem', { name: /zookeeper/ })
    .first()
    .waitFor();
  await kazoo(foreign.directConnectString, 'zk.create("/orders", b"as it was")');
  await page
    .getByRole('treeitem', { name: /orders/ })
    .first()
    .waitFor();
  await page
    .getByRole('treeitem', { name: /orders/ })
    .first()
    .click();
  await page.getByText('as it was').first().waitFor();
  const session = await kazoo(
    foreign.directConnectString,
    'zk.set("/orders", b"as somebody left it")',
    'print("%x" % zk.client_id[0])',
  );
  await page.getByText('as somebody left it').first().waitFor();

  await page.getByRole('link', { name: 'Transactions' }).click();
  await page
    .getByText(/version 1: /)
    .first()
    .click();
  const detail = page
    .getByRole('complementary', { name: 'Transaction' })
    .or(page.getByRole('region', { name: 'Transaction' }));
  await detail.first().getByText(new RegExp(session, 'i')).first().waitFor();
  await detail.first().getByText('as it was').first().waitFor();
  await detail.first().getByText('as somebody left it').first().waitFor();
});

test('the leader is killed: the election is seen, and what is wrong is said until it is back', async () => {
  const { page } = viewer;
  await page.getByRole('link', { name: 'Cluster' }).click();
  await page
    .getByRole('status')
    .filter({ hasText: /Nothing is wrong/ })
    .waitFor();
  const killed = await foreign.leader();
  await killed.server.crash();
  const next = await cluster.leaderOtherThan(killed.sid);
  expect(next).toBe((await foreign.leader()).sid);
  await page.getByText(`Server ${killed.sid} does not answer`).first().waitFor();
  await page.getByText('One more failure stops all writes').first().waitFor();
  killed.server.start();
  await page
    .getByRole('status')
    .filter({ hasText: /Nothing is wrong/ })
    .waitFor({ timeout: 60_000 });
  await viewer.leave();
}, 120_000);
