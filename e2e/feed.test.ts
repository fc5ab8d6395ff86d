/** What a viewer sees when he is slow, when his cable is pulled, and when he looks at a recording. */

import { CuttableProxy } from '@vivarium/ensemble/tests/harness/cuttable-proxy';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage } from './harness/browser.ts';
import { ClusterPage } from './harness/cluster-page.ts';
import { kazoo } from './harness/kazoo.ts';
import { Vivarium } from './harness/vivarium.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

interface ClusterList {
  readonly clusters: readonly {
    readonly id: string;
    readonly kind: string;
    readonly kept: { readonly last: number };
  }[];
}

async function lastEvent(vivarium: Vivarium, cluster: string): Promise<number> {
  const { clusters } = (await vivarium.api('GET', 'clusters')).body as ClusterList;
  return clusters.find(({ id }) => id === cluster)?.kept.last ?? 0;
}

test('behind a reverse proxy and under a base path, a pulled cable loses nothing', async () => {
  let port = 0;
  const proxy = await CuttableProxy.start(() => port);
  const publicUrl = `http://127.0.0.1:${proxy.port}/viv`;
  const vivarium = await Vivarium.start({ args: ['--public-url', publicUrl], internalPort: (own) => (port = own) });
  try {
    const viewer = await openPage(browser, vivarium);
    const { page } = viewer;
    expect(page.url()).toContain('/viv/');
    await new ClusterPage(page).leader();
    await page.getByRole('link', { name: 'Explorer' }).click();
    await page.getByRole('treeitem', { name: /zookeeper/ }).waitFor();
    proxy.cut();
    await page
      .getByText(/reconnecting/i)
      .first()
      .waitFor();
    await kazoo(vivarium.connectString, 'zk.create("/meanwhile")');
    proxy.mend();
    await page.getByRole('treeitem', { name: /meanwhile/ }).waitFor();
    await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
    await viewer.leave(/ERR_|WebSocket|Failed to load resource/);
  } finally {
    proxy.close();
    await vivarium.stop();
  }
});

test('a viewer whose browser stands still is shown the present again, and told how much he did not see', async () => {
  const vivarium = await Vivarium.start({ args: ['--synthetic', '10000'] });
  try {
    const viewer = await openPage(browser, vivarium, 'c/synthetic/cluster');
    await new ClusterPage(viewer.page).leader();
    const other = await openPage(browser, vivarium, 'c/local/cluster');
    await new ClusterPage(other.page).leader();
    const debug = await viewer.context.newCDPSession(viewer.page);
    await debug.send('Debugger.enable');
    await debug.send('Debugger.pause');
    const stoodStillAt = await lastEvent(vivarium, 'synthetic');
    await expect
      .poll(() => lastEvent(vivarium, 'synthetic'), { timeout: 30_000 })
      .toBeGreaterThan(stoodStillAt + 40_000);
    // Nobody else is kept waiting.
    await kazoo(vivarium.connectString, 'zk.create("/seen")');
    await other.page.getByRole('tab', { name: /Events/ }).click();
    await other.page.getByPlaceholder(/Find/).fill('/seen');
    await other.page.getByText('/seen').first().waitFor();
    await debug.send('Debugger.resume');
    await viewer.page
      .getByText(/[\d,.]{5,} events/)
      .first()
      .waitFor();
    await debug.detach();
    await viewer.leave();
    await other.leave();
  } finally {
    await vivarium.stop();
  }
});

test('a recording is played in the same pages', async () => {
  const first = await Vivarium.start({ args: ['--record'] });
  await kazoo(first.connectString, 'zk.create("/recorded", b"x")');
  const killed = ((await first.api('GET', 'clusters/local/servers')).body as Servers).servers.find(isLeader)?.sid ?? 0;
  await first.api('POST', `clusters/local/servers/${killed}/kill`);
  await expect
    .poll(
      async () =>
        ((await first.api('GET', 'clusters/local/servers')).body as Servers).servers.some(isOtherLeader(killed)),
      {
        timeout: 20_000,
      },
    )
    .toBe(true);
  await first.end();
  const second = await Vivarium.start({ dataDir: first.dataDir });
  try {
    const { clusters } = (await second.api('GET', 'clusters')).body as ClusterList;
    const recording = clusters.find(({ kind }) => kind === 'recorded');
    const { events } = (await second.api('GET', `clusters/${recording?.id}/events?after=0&limit=20000`)).body as Events;
    const elected = events.findLast(({ body }) => isLeader(body as Servers['servers'][number]));
    // The address names the instant.
    const viewer = await openPage(browser, second, `c/${recording?.id}/cluster?at=${elected?.n}`);
    const { page } = viewer;
    const cluster = new ClusterPage(page);
    await cluster.showsRole(killed, 'down');
    expect(await cluster.leader()).toBe(elected?.sid);
    expect(elected?.sid).not.toBe(killed);
    // It can be looked at, and nothing can be done to it.
    expect(await page.getByRole('button', { name: /What can be done/ }).count()).toBe(0);
    await page.getByRole('tab', { name: /Events/ }).click();
    await page.getByPlaceholder(/Find/).fill('/recorded');
    await page.getByText('/recorded').first().waitFor();
    // At its end all were stopped in order.
    await page.getByRole('slider', { name: 'Time' }).first().focus();
    await page.keyboard.press('End');
    for (const sid of [1, 2, 3]) await cluster.showsRole(sid, 'down');
    await viewer.leave();
  } finally {
    await second.stop();
    first.removeData();
  }
});

interface Servers {
  readonly servers: readonly { readonly sid: number; readonly state: string | null; readonly phase: string }[];
}

interface Events {
  readonly events: readonly { readonly n: number; readonly sid: number; readonly body: unknown }[];
}

function isLeader({ state, phase }: Servers['servers'][number]): boolean {
  return state === 'LEADING' && phase === 'BROADCAST';
}

function isOtherLeader(sid: number): (server: Servers['servers'][number]) => boolean {
  return (server) => server.sid !== sid && isLeader(server);
}
