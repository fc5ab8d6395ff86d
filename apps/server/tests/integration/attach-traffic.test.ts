/**
 * What an attached cluster has to bear: the same whether nobody looks, one person or a hundred. With nothing but the client
 * port it grows with the number of znodes that are open on screens, not with the number of screens.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CuttableProxy } from '@vivarium/ensemble/tests/harness/cuttable-proxy';
import { type Door, ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { fourLetterWord } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { Bytes, createBody, op, RawConnection } from '@vivarium/ensemble/tests/harness/raw-connection';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AttachRig, entryOf } from '../harness/attach-rig.ts';
import { TestViewer } from '../harness/live-rig.ts';
import { TOKEN } from '../harness/vivarium-rig.ts';

const DOORS: readonly Door[] = ['client', 'quorum', 'election', 'admin'];
const CROWD = 100;
/** Long enough for several rounds of each poller. */
const WINDOW_MS = 7_000;
const WRITE_EVERY_MS = 250;
const WRITTEN = '/watched/one';
const PATHS = ['/', '/watched', WRITTEN];

/** Bytes towards the servers: by each kind of port, and on the client port of the cluster that has nothing else open. */
type Traffic = Record<Door | 'lazy', number>;

let foreign: ForeignEnsemble;
let rig: AttachRig;
let lazyDoor: CuttableProxy;
let writer: RawConnection;
let writing: NodeJS.Timeout;
const viewers: TestViewer[] = [];

beforeAll(async () => {
  foreign = await ForeignEnsemble.start();
  const { client } = foreign.server(1).ports;
  writer = await RawConnection.openSession(client);
  for (const path of ['/watched', WRITTEN]) await writer.request(op.create, createBody(path, 'x'));
  lazyDoor = await CuttableProxy.start(() => client);
  const ways = { observer: false, election: false, words: false, admin: false };
  rig = await AttachRig.start([
    await entryOf(foreign, 'all'),
    { id: 'lazy', connect: `127.0.0.1:${lazyDoor.port}`, ways },
  ]);
  for (const way of ['client', 'observer', 'election', 'words', 'admin'] as const) await rig.wayIs('all', way, 'open');
  await rig.mirrored('all');
  await rig.wayIs('lazy', 'client', 'open');
}, 90_000);

afterAll(async () => {
  clearInterval(writing);
  leave();
  writer?.destroy();
  lazyDoor?.close();
  await rig?.remove();
  await foreign?.stop();
});

function bytesSoFar(): Traffic {
  const total = (proxies: readonly CuttableProxy[]): number =>
    proxies.reduce((sum, { passed }) => sum + passed.toServerBytes, 0);
  const [client = 0, quorum = 0, election = 0, admin = 0] = DOORS.map((door) => total(foreign.doors(door)));
  return { client, quorum, election, admin, lazy: total([lazyDoor]) };
}

/** What goes to the servers while something is done, and then in one window. */
async function traffic(during: () => Promise<void>): Promise<Traffic> {
  const before = bytesSoFar();
  const sinceMs = performance.now();
  await during();
  const left = WINDOW_MS - (performance.now() - sinceMs);
  await delay(Math.max(0, left));
  const after = bytesSoFar();
  const perWindow = WINDOW_MS / (performance.now() - sinceMs);
  const of = (key: Door | 'lazy'): number => Math.round((after[key] - before[key]) * perWindow);
  return { client: of('client'), quorum: of('quorum'), election: of('election'), admin: of('admin'), lazy: of('lazy') };
}

/** So many people come to a cluster, all with the same znodes open; they read them, and again after each change. */
async function come(cluster: string, count: number): Promise<void> {
  const comers = Array.from({ length: count }, (_, number) => {
    const auth = { token: TOKEN, viewer: `${cluster}-viewer-number-${viewers.length + number}` };
    return new TestViewer(rig.rig.url, { path: '/socket.io', auth });
  });
  viewers.push(...comers);
  await Promise.all(comers.map((viewer) => viewer.connected()));
  for (const viewer of comers) {
    expect(await viewer.join({ cluster })).toMatchObject({ ok: true });
    viewer.send('open', { cluster, paths: PATHS });
    let isLooking = false;
    viewer.socket.on('batch', () => {
      if (isLooking) return;
      isLooking = true;
      void rig.get(cluster, `znodes?path=${WRITTEN}`).finally(() => {
        isLooking = false;
      });
    });
  }
  await look(cluster);
}

async function look(cluster: string): Promise<void> {
  for (const path of PATHS) {
    for (const request of [`znodes?path=${path}`, `znodes/children?path=${path}&stat=true`]) {
      const { status, text } = await rig.get(cluster, request);
      expect(status, text).toBe(200);
    }
  }
  expect((await rig.get(cluster, 'health')).status).toBe(200);
}

function leave(): void {
  for (const viewer of viewers.splice(0)) viewer.socket.disconnect();
}

/** Watches that the servers keep, of all sessions. */
async function watches(): Promise<number> {
  const texts = await Promise.all(foreign.servers.map(({ ports }) => fourLetterWord(ports.client, 'wchs')));
  return texts.reduce((sum, text) => sum + Number(/Total watches:(\d+)/.exec(text)?.[1] ?? Number.NaN), 0);
}

test(`nobody, one and ${CROWD} who look cost the cluster the same`, async () => {
  writing = setInterval(() => {
    void writer.request(op.setData, new Bytes().field(WRITTEN).field(`${Date.now()}`).int(-1).buffer);
  }, WRITE_EVERY_MS);
  const watchesBefore = await watches();
  const nobody = await traffic(async () => {});
  const one = await traffic(async () => {
    await come('all', 1);
    await come('lazy', 1);
  });
  const byOne = (await watches()) - watchesBefore;
  const crowd = await traffic(async () => {
    await come('all', CROWD - 1);
    await come('lazy', CROWD - 1);
  });
  const byCrowd = (await watches()) - watchesBefore;
  console.log(
    `bytes to the servers in ${WINDOW_MS} ms: nobody ${JSON.stringify(nobody)}, one ${JSON.stringify(one)}, ` +
      `${CROWD} ${JSON.stringify(crowd)}; watches ${byOne}, then ${byCrowd}`,
  );
  for (const door of DOORS) {
    // A round of polling more or less in the window.
    const most = 1.35 * nobody[door] + 400;
    expect(one[door], `${door}, one`).toBeLessThan(most);
    expect(crowd[door], `${door}, ${CROWD}`).toBeLessThan(most);
  }
  // With the client port alone whoever looks costs something, but it is what is open that counts.
  expect(crowd.lazy).toBeLessThan(1.35 * one.lazy + 400);
  expect(byOne).toBeGreaterThan(0);
  expect(byOne).toBeLessThanOrEqual(2 * PATHS.length);
  expect(byCrowd).toBe(byOne);
  // One connection to the port of the leader, and one to each election port.
  expect(foreign.doors('quorum').reduce((sum, { open }) => sum + open, 0)).toBe(1);
  for (const proxy of foreign.doors('election')) expect(proxy.open).toBe(1);

  await writer.request(op.create, createBody('/watched/two', 'y'));
  const lazyViewers = viewers.filter((_, at) => at === 1 || at > CROWD);
  await Promise.all(
    lazyViewers.map((viewer) =>
      viewer.until(
        () => viewer.events.find(({ body }) => body.kind === 'znodeSeen' && body.path.startsWith('/watched/two')),
        'the new child',
      ),
    ),
  );
  leave();
  await pollUntil(async () => ((await watches()) === watchesBefore ? true : undefined), {
    deadlineMs: 60_000,
    describe: async () => `no watches but the ${watchesBefore} of before: ${await watches()}`,
  });
}, 180_000);
