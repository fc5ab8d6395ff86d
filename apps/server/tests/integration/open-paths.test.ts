/** Nothing but the client port of Apache's: what is read, what is watched, and what of it grows with the number of viewers. */
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { fourLetterWord } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { ErrorCode } from '@vivarium/shared/error-code';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { apiFailure } from '../../api-failure.ts';
import type { SeenChange } from '../../znodes/path-watch.ts';
import { SharedSession } from '../../znodes/shared-session.ts';
import { ZnodeStore } from '../../znodes/znode-store.ts';
import { oldServer } from '../harness/old-server.ts';

const EMPTY = new Uint8Array(0);
const PAGE = { offset: 0, limit: 100, stat: true };
let ensemble: TestEnsemble;
let writer: ZooKeeperClient;
let session: SharedSession;
let store: ZnodeStore;
let seen: SeenChange[];
let refreshed: { viewer: string; paths: readonly string[] }[];
let readOnly: boolean;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({
    servers: 1,
    flavours: 'apache',
    extra: { '4lw.commands.whitelist': '*', preAllocSize: 64 },
  });
  writer = new ZooKeeperClient({ connectString: ensemble.connectString });
  writer.start();
});

afterAll(async () => {
  await writer?.close();
  await ensemble?.stop();
});

beforeEach(() => {
  seen = [];
  refreshed = [];
  readOnly = false;
  session = new SharedSession(() => new ZooKeeperClient({ connectString: ensemble.connectString }));
  store = storeOf(session);
});

afterEach(async () => {
  store.close();
  await session.close();
});

function storeOf(of: SharedSession): ZnodeStore {
  const made = new ZnodeStore({
    session: of,
    viewers: {
      clientOf: () => {
        throw apiFailure('ephemeralNeedsViewer');
      },
    },
    past: { read: refuse, children: refuse },
    mayWrite: () => {
      if (readOnly) throw apiFailure('readOnlyCluster', { cluster: 'theirs' });
    },
    attached: { mirror: () => null, seen: (changes) => void seen.push(...changes) },
  });
  made.onRefresh = (viewer, paths) => void refreshed.push({ viewer, paths });
  return made;
}

async function refuse(): Promise<never> {
  throw apiFailure('notCapable', { cluster: 'theirs', kind: 'attached' });
}

/** Makes the path and what is missing above it. */
async function ensure(path: string): Promise<void> {
  const names = path.split('/').slice(1);
  for (let depth = 1; depth <= names.length; depth++) {
    await writer.create(`/${names.slice(0, depth).join('/')}`, EMPTY).catch((error) => {
      if (error.code !== ErrorCode.NODEEXISTS) throw error;
    });
  }
}

/** As the server counts them: all watches of all sessions, and packets that it has received. */
async function counts(): Promise<{ watches: number; received: number }> {
  const port = ensemble.server(0).clientPort;
  const watches = /Total watches:(\d+)/.exec(await fourLetterWord(port, 'wchs'))?.[1];
  const received = /^Received: (\d+)$/m.exec(await fourLetterWord(port, 'srvr'))?.[1];
  return { watches: Number(watches), received: Number(received) };
}

/** Asks until it is so. */
async function until(ask: () => Promise<boolean>, what: string): Promise<void> {
  const isSo = async () => ((await ask()) ? true : undefined);
  await pollUntil(isSo, { deadlineMs: 20_000, describe: () => what });
}

function watchesAre(expected: number): Promise<unknown> {
  return until(async () => (await counts()).watches === expected, `${expected} watches`);
}

test('a hundred viewers cost what one does, and nothing is left when they have gone', async () => {
  await ensure('/shop/orders');
  for (let index = 0; index < 20; index++) await ensure(`/shop/orders/o-${index}`);
  const paths = ['/shop/orders', '/', '/shop'];

  const costOf = async (viewers: number): Promise<number> => {
    const names = Array.from({ length: viewers }, (_, index) => `viewer-${index}`);
    for (const name of names) store.open(name, paths);
    await watchesAre(1);
    const lookAll = () =>
      Promise.all(
        names.flatMap(() => [
          store.read('/shop/orders', null),
          ...paths.map((path) => store.children(path, PAGE, null)),
        ]),
      );
    await lookAll();
    await until(async () => (await store.read('/shop', null)).from?.live === true, 'the watch is in force');
    const before = (await counts()).received;
    for (let round = 0; round < 5; round++) {
      const data = Uint8Array.of(viewers, round);
      seen.length = 0;
      await writer.setData('/shop/orders', data);
      await until(async () => seen.some(({ path }) => path === '/shop/orders'), 'the change is told');
      const [znode] = await lookAll();
      expect(znode).toMatchObject({ data: Buffer.from(data).toString('base64'), from: { live: true, everyMs: null } });
    }
    const cost = (await counts()).received - before;
    for (const name of names) store.open(name, []);
    return cost;
  };

  const one = await costOf(1);
  const hundred = await costOf(100);
  await watchesAre(0);
  // Each change is read once with the lists that show it; pings and four-letter words are a few packets more.
  expect(hundred).toBeLessThan(one * 1.5 + 30);
});

test('each distinct path has a watch of its own where none above it is open', async () => {
  for (let index = 0; index < 6; index++) await ensure(`/apart/p-${index}/deep`);
  for (let viewer = 0; viewer < 30; viewer++) {
    store.open(`viewer-${viewer}`, [`/apart/p-${viewer % 6}`, `/apart/p-${viewer % 6}/deep`]);
  }
  await watchesAre(6);
  seen.length = 0;
  await writer.create('/apart/p-3/deep/new', EMPTY);
  await writer.delete('/apart/p-3/deep/new');
  await until(async () => seen.some(({ type }) => type === 'deleted'), 'both are told');
  expect(seen.every(({ path }) => path === '/apart/p-3/deep/new')).toBe(true);
  store.open('viewer-root', ['/apart']);
  await watchesAre(1);
  for (let viewer = 0; viewer < 30; viewer++) store.open(`viewer-${viewer}`, []);
  store.open('viewer-root', []);
  await watchesAre(0);
});

test('what changes too fast is looked at now and then, and what is quiet beside it stays live', async () => {
  await ensure('/hot/queue/item');
  await ensure('/cold/znode');
  store.open('viewer', ['/', '/hot', '/hot/queue', '/cold']);
  await watchesAre(1);
  let writes = 0;
  let told = 0;
  const endMs = performance.now() + 20_000;
  const lowered = async (): Promise<boolean> =>
    (await store.children('/hot/queue', PAGE, null)).from?.everyMs === 5_000;
  while (!(await lowered()) && performance.now() < endMs) {
    // One transaction: so many events come within a second on the slowest machine.
    await writer.multi(Array.from({ length: 200 }, () => ({ op: 'setData', path: '/hot/queue/item', data: EMPTY })));
    writes += 200;
    told = seen.length;
  }
  expect(told).toBeLessThan(writes / 2);
  await until(async () => (await store.children('/cold', PAGE, null)).from?.live === true, '/cold is live');
  seen.length = 0;
  await writer.setData('/cold/znode', Uint8Array.of(1));
  await until(async () => seen.some(({ path }) => path === '/cold/znode'), 'the quiet one is told');
  expect((await counts()).watches).toBeLessThanOrEqual(4);
  refreshed.length = 0;
  await until(async () => refreshed.some(({ paths }) => paths.includes('/hot/queue')), 'it is looked at');
  store.open('viewer', []);
});

test('servers before 3.6 are watched by what they know, and asked once for what they do not', async () => {
  await ensure('/old/znode');
  const old = await oldServer(ensemble.server(0).clientPort);
  const others = new SharedSession(() => new ZooKeeperClient({ connectString: old.connectString }));
  const theirs = storeOf(others);
  try {
    const isArmed = async () =>
      ['/old', '/old/znode'].every((path) => refreshed.some(({ paths }) => paths.includes(path)));
    theirs.open('viewer', ['/old', '/old/znode']);
    await until(isArmed, 'both are watched');
    await watchesAre(2);
    expect(await theirs.children('/old', PAGE, null)).toMatchObject({ from: { live: false, everyMs: 5_000 } });
    for (let round = 0; round < 3; round++) {
      seen.length = 0;
      refreshed.length = 0;
      await writer.setData('/old/znode', Uint8Array.of(round));
      await writer.create(`/old/new-${round}`, EMPTY);
      await until(async () => seen.some(({ path }) => path === '/old/znode'), 'the datum is told');
      await until(async () => seen.some(({ path }) => path === '/old'), 'the list is told');
      await until(isArmed, 'both are watched again, and read for what was missed');
      await watchesAre(2);
    }
    expect(await others.client.whoAmI()).toBeNull();
    expect(await others.client.whoAmI()).toBeNull();
    expect(old.refused).toBe(2);
    theirs.open('viewer', []);
    await watchesAre(0);
  } finally {
    theirs.close();
    await others.close();
    await old.close();
  }
});

test('what was open is read again after a connection was lost', async () => {
  await ensure('/kept');
  store.open('viewer', ['/kept']);
  await watchesAre(1);
  refreshed.length = 0;
  const server = ensemble.server(0);
  await server.crash();
  server.start();
  await until(async () => refreshed.some(({ paths }) => paths.includes('/kept')), 'it is to be read again');
  seen.length = 0;
  await writer.setData('/kept', Uint8Array.of(2));
  await until(async () => seen.some(({ path }) => path === '/kept'), 'changes are told again');
  store.open('viewer', []);
});

test('what may not be read is named, and its siblings are shown; credentials open it', async () => {
  await ensure('/vault/open');
  const keeper = new ZooKeeperClient({
    connectString: ensemble.connectString,
    credentials: [{ scheme: 'digest', auth: 'ann:secret' }],
  });
  keeper.start();
  const acl = [{ perms: 31, id: { scheme: 'auth', id: '' } }];
  await keeper.create('/vault/closed', Uint8Array.of(1), { acl });
  await keeper.create('/vault/closed/inner', EMPTY, { acl });
  await keeper.close();

  const { children } = await store.children('/vault', PAGE, null);
  expect(children.map(({ name }) => name)).toEqual(['closed', 'open']);
  const refusal = { error: { code: 'noAuth', params: { path: '/vault/closed' } } };
  await expect(store.read('/vault/closed', null)).rejects.toMatchObject(refusal);
  await expect(store.children('/vault/closed', PAGE, null)).rejects.toMatchObject(refusal);

  const credentials = [{ scheme: 'digest', auth: 'ann:secret' }];
  const known = new SharedSession(() => new ZooKeeperClient({ connectString: ensemble.connectString, credentials }));
  const opened = storeOf(known);
  expect((await opened.children('/vault/closed', PAGE, null)).children.map(({ name }) => name)).toEqual(['inner']);
  opened.close();
  await known.close();
});

test('a cluster that is read-only takes no write of any kind', async () => {
  await ensure('/fixed');
  readOnly = true;
  const refusal = { error: { code: 'readOnlyCluster' } };
  await expect(store.create({ path: '/fixed/new' }, 'tab')).rejects.toMatchObject(refusal);
  await expect(store.create({ path: '/fixed/new', mode: 'ephemeral' }, 'tab')).rejects.toMatchObject(refusal);
  await expect(store.set({ path: '/fixed', data: '', version: -1 })).rejects.toMatchObject(refusal);
  await expect(store.delete('/fixed', -1, true)).rejects.toMatchObject(refusal);
  readOnly = false;
  expect(await store.set({ path: '/fixed', data: 'AQ==', version: 0 })).toMatchObject({ version: 1 });
  // What one has written oneself is there at once.
  expect(await store.read('/fixed', null)).toMatchObject({ data: 'AQ==', from: { origin: 'client' } });
});
