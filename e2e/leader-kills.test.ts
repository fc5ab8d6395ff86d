/** Leaders are killed from the page, one after the other, while clients write. */
import { execFileSync } from 'node:child_process';
import { fourLetterWord } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { WriteLoad } from '@vivarium/ensemble/tests/integration/load/write-load';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, type Viewer } from './harness/browser.ts';
import { ClusterPage } from './harness/cluster-page.ts';
import { Vivarium } from './harness/vivarium.ts';

const KILLS = 20;

let vivarium: Vivarium;
let browser: Browser;
let viewer: Viewer;
let load: WriteLoad;

beforeAll(async () => {
  vivarium = await Vivarium.start();
  browser = await launchBrowser();
  viewer = await openPage(browser, vivarium);
  load = new WriteLoad(vivarium.connectString, 4);
  await load.progressAfter(0);
});

afterAll(async () => {
  await load?.close();
  await browser?.close();
  await vivarium?.stop();
});

/** What the server itself says that it is; null where it does not answer. */
async function modeOf(port: number): Promise<string | null> {
  const answer = await fourLetterWord(port, 'srvr').catch(() => '');
  return /^Mode: (\w+)/m.exec(answer)?.[1] ?? null;
}

/** Server processes that run on the data of this instance. */
function serverProcesses(): number {
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return processes.filter((line) => line.includes('zk-server.ts') && line.includes(vivarium.dataDir)).length;
}

test(`${KILLS} leaders are killed from the page: 20 new leaders, nothing lost, and the picture is right each time`, async () => {
  const cluster = new ClusterPage(viewer.page);
  const ports = vivarium.connectString.split(',').map((server) => Number(server.split(':')[1]));
  await cluster.leader();
  await cluster.switchReplay();
  for (let kill = 1; kill <= KILLS; kill++) {
    const killed = await cluster.leader();
    await cluster.act(killed, 'Kill');
    await cluster.showsRole(killed, 'down');
    const leader = await cluster.leaderOtherThan(killed);
    expect(serverProcesses()).toBe(2);
    await cluster.card(killed).getByRole('button', { name: 'Restart' }).click();
    await cluster.showsRole(killed, 'follower');
    await load.progressAfter(Date.now());
    // A follower is one before it serves.
    await expect
      .poll(() => Promise.all(ports.map(modeOf)), { timeout: 20_000, message: `after kill ${kill}` })
      .toEqual([1, 2, 3].map((sid) => (sid === leader ? 'leader' : 'follower')));
    for (const sid of [1, 2, 3]) await cluster.showsRole(sid, sid === leader ? 'leader' : 'follower');
  }
  const report = await load.stop();
  expect(report.losses).toBe(0);
  expect(report.sessions.map(({ last }) => last)).toEqual(report.sessions.map(({ first }) => first));
  for (const port of ports) {
    const verification = await load.verify(port);
    expect(verification, `on the server at ${port}`).toEqual({
      missing: [],
      stale: [],
      orphans: [],
      checked: load.acknowledgedPaths,
    });
  }
  console.log(`${KILLS} leader kills from the page, ${load.acknowledgedPaths} paths checked on each server`);
  await viewer.leave();
  expect(await vivarium.stop()).toBe(0);
  expect(serverProcesses()).toBe(0);
}, 400_000);
