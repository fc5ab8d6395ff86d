/** What a person does on the first day, from `npm start` to a server that has caught up. */

import { WriteLoad } from '@vivarium/ensemble/tests/integration/load/write-load';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, type Viewer } from './harness/browser.ts';
import { ClusterPage } from './harness/cluster-page.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let vivarium: Vivarium;
let browser: Browser;
let viewer: Viewer;
let cluster: ClusterPage;

beforeAll(async () => {
  vivarium = await Vivarium.start({ byNpm: true });
  browser = await launchBrowser();
  viewer = await openPage(browser, vivarium);
  cluster = new ClusterPage(viewer.page);
});

afterAll(async () => {
  await browser?.close();
  await vivarium?.stop();
});

test('the printed address shows three servers and the leader that they elected', async () => {
  expect(vivarium.startMs).toBeLessThan(20_000);
  expect(new URL(vivarium.address).hostname).toBe('127.0.0.1');
  const leader = await cluster.leader();
  for (const sid of [1, 2, 3]) await cluster.showsRole(sid, sid === leader ? 'leader' : 'follower');
  // The token has been traded for a cookie: it is neither in the address nor in what scripts can read.
  expect(viewer.page.url()).not.toContain('token');
  expect(await viewer.page.evaluate('document.cookie')).toBe('');
});

test('what another client creates is in the tree at once, and the other way round', async () => {
  const { page } = viewer;
  await page.getByRole('link', { name: 'Explorer' }).click();
  await page.getByRole('treeitem', { name: /zookeeper/ }).waitFor();
  await kazoo(vivarium.connectString, 'zk.create("/from-kazoo", b"hello")');
  await page.getByRole('treeitem', { name: /from-kazoo/ }).waitFor();
  await page.getByRole('treeitem', { name: /from-kazoo/ }).click();
  await page.getByText('hello').first().waitFor();
  await kazoo(vivarium.connectString, 'zk.set("/from-kazoo", b"changed elsewhere")');
  await page.getByText('changed elsewhere').first().waitFor();

  await page.getByRole('button', { name: 'New', exact: false }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Path' }).fill('/from-kazoo/made-here');
  await dialog.getByRole('button', { name: /create/i }).click();
  await page
    .getByRole('treeitem', { name: /made-here/ })
    .first()
    .waitFor();
  const found = await kazoo(vivarium.connectString, 'print(zk.exists("/from-kazoo/made-here") is not None)');
  expect(found).toBe('True');
  await page.getByRole('link', { name: 'Cluster' }).click();

  // The list of events begins at its end: what has just happened is in sight.
  await page.getByRole('tab', { name: /^Events/ }).click();
  await kazoo(vivarium.connectString, 'zk.exists("/")');
  await page
    .getByText(/the session was closed/)
    .last()
    .waitFor();
});

test('the leader is killed: its votes are drawn slowly, a new one takes over, clients keep their sessions', async () => {
  const { page } = viewer;
  const load = new WriteLoad(vivarium.connectString, 3);
  try {
    await load.progressAfter(0);
    const killed = await cluster.leader();
    await cluster.act(killed, 'Kill');
    await page.getByText(/Replaying election/).waitFor();
    await page.getByText('Votes as cast').waitFor();
    await page.getByRole('banner').getByText('No leader').waitFor();
    await cluster.showsRole(killed, 'down');
    // The replay comes to its end by itself.
    await page.getByText(/Replaying election/).waitFor({ state: 'detached', timeout: 60_000 });
    const leader = await cluster.leader();
    expect(leader).not.toBe(killed);
    await load.progressAfter(Date.now());
    await cluster
      .card(killed)
      .getByText(/killed by/)
      .waitFor();

    await cluster.card(killed).getByRole('button', { name: 'Restart' }).click();
    await cluster.showsRole(killed, 'follower');
    await cluster
      .card(killed)
      .getByText(/caught up: (DIFF|TRUNC|SNAP)/)
      .waitFor();

    const report = await load.stop();
    expect(report.losses).toBe(0);
    expect(report.sessions.map(({ last }) => last)).toEqual(report.sessions.map(({ first }) => first));
    for (const server of vivarium.connectString.split(',')) {
      const verification = await load.verify(Number(server.split(':')[1]));
      expect(verification).toMatchObject({ missing: [], stale: [], orphans: [] });
    }
  } finally {
    await load.close();
  }
});

test('in the Explorer an election is not replayed: who works there stays live', async () => {
  const { page } = viewer;
  const killed = await cluster.leader();
  await page.getByRole('link', { name: 'Explorer' }).click();
  await page.getByRole('treeitem', { name: /zookeeper/ }).waitFor();
  await vivarium.api('POST', `clusters/local/servers/${killed}/kill`);
  const replayed = page
    .getByText(/Replaying election/)
    .waitFor()
    .then(
      () => 'replayed',
      () => 'not replayed',
    );
  const elected = cluster.leaderOtherThan(killed).then(() => 'elected');
  expect(await Promise.race([replayed, elected])).toBe('elected');
  await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
});

test('it ends when it is asked to, and leaves no process behind', async () => {
  await viewer.leave();
  expect(await vivarium.stop()).toBe(0);
  const { execFileSync } = await import('node:child_process');
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(processes.split('\n').filter((line) => line.includes(vivarium.dataDir))).toEqual([]);
});
