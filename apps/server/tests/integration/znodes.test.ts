import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import type { ChildrenJson, CreatedJson, DeletedJson, StatJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import type { ViewerSession } from '@vivarium/shared/contract/socket';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOKEN, VivariumRig } from '../harness/vivarium-rig.ts';

let rig: VivariumRig;
let client: ZooKeeperClient;

beforeAll(async () => {
  rig = await VivariumRig.start();
  client = new ZooKeeperClient({ connectString: rig.source.connectString });
  client.start();
  await client.create('/there', new TextEncoder().encode('before'));
});

afterAll(async () => {
  await client?.close();
  await rig?.remove();
});

const ZNODES = '/api/clusters/local/znodes';

function znode(path: string): string {
  return `${ZNODES}?path=${encodeURIComponent(path)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

test('what another client wrote is read, and what is written here it reads', async () => {
  const read = await rig.call<ZnodeJson>('GET', znode('/there'));
  expect(read).toMatchObject({
    status: 200,
    body: { path: '/there', data: base64('before'), at: null, stat: { version: 0, dataLength: 6 } },
  });
  expect(read.body.acl).toEqual([{ scheme: 'world', id: 'anyone', perms: 31 }]);
  const set = await rig.call<{ stat: StatJson }>('PUT', ZNODES, { path: '/there', data: base64('after'), version: 0 });
  expect(set).toMatchObject({ status: 200, body: { stat: { version: 1 } } });
  await client.sync('/there');
  expect(new TextDecoder().decode((await client.getData('/there')).data ?? undefined)).toBe('after');
});

test.each([
  ['persistent', /^\/modes\/persistent$/, undefined],
  ['persistentSequential', /^\/modes\/persistentSequential\d{10}$/, undefined],
  ['container', /^\/modes\/container$/, undefined],
  ['persistentTtl', /^\/modes\/persistentTtl$/, 60_000],
  ['persistentSequentialTtl', /^\/modes\/persistentSequentialTtl\d{10}$/, 60_000],
])('a znode is created as %s', async (mode, path, ttlMs) => {
  await rig.call('POST', ZNODES, { path: '/modes' });
  const created = await rig.call<CreatedJson>('POST', ZNODES, {
    path: `/modes/${mode}`,
    data: base64('x'),
    mode,
    ttlMs,
  });
  expect(created).toMatchObject({ status: 201, body: { stat: { dataLength: 1 }, session: null } });
  expect(created.body.path).toMatch(path);
  expect((await rig.call('GET', znode(created.body.path))).status).toBe(200);
});

test('a write names its path in the query or in the body, and not two of them', async () => {
  const there = `${ZNODES}?path=/in-query`;
  expect(await rig.call('POST', there, { data: base64('one') })).toMatchObject({
    status: 201,
    body: { path: '/in-query' },
  });
  expect(await rig.call('PUT', there, { data: base64('two'), version: 0 })).toMatchObject({ status: 200 });
  const bad = { status: 400, body: { error: { code: 'badRequest', params: { where: 'path' } } } };
  expect(await rig.call('PUT', there, { path: '/other', data: base64('three'), version: 1 })).toMatchObject(bad);
  expect(await rig.call('PUT', ZNODES, { data: base64('three'), version: 1 })).toMatchObject(bad);
  expect(await rig.call('GET', there)).toMatchObject({ body: { data: base64('two'), stat: { version: 1 } } });
});

test('an ACL is kept, and obeyed', async () => {
  const acl = [{ scheme: 'world', id: 'anyone', perms: 17 }];
  expect((await rig.call('POST', ZNODES, { path: '/readonly', acl })).status).toBe(201);
  expect((await rig.call<ZnodeJson>('GET', znode('/readonly'))).body.acl).toEqual(acl);
  const refused = await rig.call('PUT', ZNODES, { path: '/readonly', data: '', version: 0 });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'noAuth', params: { path: '/readonly' } } } });
});

test('data of the size that a znode holds go in and come out; a byte more is refused', async () => {
  // Header, lengths, flags, path and the open ACL stand in the same request of 1,048,575 bytes.
  const limit = 0xfffff - 32 - '/large'.length - 23;
  const data = Buffer.alloc(limit + 1, 'x');
  const refused = await rig.call('POST', ZNODES, { path: '/large', data: data.toString('base64') });
  expect(refused).toMatchObject({
    status: 413,
    body: { error: { code: 'dataTooLarge', params: { bytes: limit + 1, limit } } },
  });
  const fitting = data.subarray(1).toString('base64');
  expect((await rig.call('POST', ZNODES, { path: '/large', data: fitting })).status).toBe(201);
  const read = await rig.call<ZnodeJson>('GET', znode('/large'));
  expect(read.body.data === fitting).toBe(true);
});

test('children come sorted and in pages, with their Stats where asked for', async () => {
  await rig.call('POST', ZNODES, { path: '/family' });
  const names = Array.from({ length: 25 }, (_, index) => `child-${String(index).padStart(2, '0')}`);
  await Promise.all(names.toReversed().map((name) => client.create(`/family/${name}`, new Uint8Array(3))));
  const page = await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/family&offset=10&limit=5&stat=true`);
  expect(page.body).toMatchObject({ total: 25, offset: 10, at: null, stat: { numChildren: 25 } });
  expect(page.body.children.map(({ name }) => name)).toEqual(names.slice(10, 15));
  expect(page.body.children.map(({ stat }) => stat?.dataLength)).toEqual([3, 3, 3, 3, 3]);
  await client.delete('/family/child-10');
  await client.create('/family/another', new Uint8Array(0));
  const after = await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/family&limit=12`);
  expect(after.body.children.map(({ name }) => name)).toEqual(['another', ...names.slice(0, 10), 'child-11']);
  expect(after.body.children[0]?.stat).toBeNull();
  const beyond = await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/family&offset=90`);
  expect(beyond.body).toMatchObject({ total: 25, children: [] });
});

test('a tree is deleted as a whole, and only at the version that was seen', async () => {
  for (const path of ['/tree', '/tree/a', '/tree/a/b', '/tree/c']) await rig.call('POST', ZNODES, { path });
  const notEmpty = await rig.call('DELETE', znode('/tree'));
  expect(notEmpty).toMatchObject({ status: 409, body: { error: { code: 'notEmpty' } } });
  const conflict = await rig.call('DELETE', `${znode('/tree')}&recursive=true&version=7`);
  expect(conflict).toMatchObject({ status: 409, body: { error: { code: 'badVersion', params: { expected: 7 } } } });
  expect((await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/tree`)).body.total).toBe(2);
  const deleted = await rig.call<DeletedJson>('DELETE', `${znode('/tree')}&recursive=true&version=0`);
  expect(deleted).toMatchObject({ status: 200, body: { deleted: 4 } });
  expect((await rig.call('GET', znode('/tree'))).body.error.code).toBe('noNode');
});

test('a tree too large for one transaction is deleted too', async () => {
  await rig.call('POST', ZNODES, { path: '/many' });
  const paths = Array.from({ length: 2_500 }, (_, index) => `/many/${index}`);
  await Promise.all(paths.map((path) => client.create(path, new Uint8Array(0))));
  const deleted = await rig.call<DeletedJson>('DELETE', `${znode('/many')}&recursive=true`);
  expect(deleted.body).toEqual({ deleted: 2_501 });
});

test('`<script>` in a name and in data is text', async () => {
  const path = '/<script>alert(1)<';
  await rig.call('POST', ZNODES, { path, data: base64('<script>alert(2)</script>') });
  const read = await rig.call<ZnodeJson>('GET', znode(path));
  expect(read.body.path).toBe(path);
  expect(read.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(read.headers.get('x-content-type-options')).toBe('nosniff');
  const refused = await rig.call('GET', znode('/<script>//'), undefined, { accept: 'text/html' });
  expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8');
});

test('the tree is read as it was, also of znodes that have gone', async () => {
  await rig.call('POST', ZNODES, { path: '/past', data: base64('one') });
  await rig.call('POST', ZNODES, { path: '/past/child' });
  await eventsSettled();
  const first = rig.lastEvent;
  await rig.call('PUT', ZNODES, { path: '/past', data: base64('two'), version: 0 });
  await eventsSettled();
  const second = rig.lastEvent;
  await rig.call('DELETE', `${znode('/past')}&recursive=true`);
  await eventsSettled();
  const third = rig.lastEvent;

  const at = async (n: number) => (await rig.call<ZnodeJson>('GET', `${znode('/past')}&at=${n}`)).body;
  expect(await at(first)).toMatchObject({ data: base64('one'), at: first, stat: { version: 0, numChildren: 1 } });
  expect(await at(second)).toMatchObject({ data: base64('two'), at: second, stat: { version: 1 } });
  expect((await at(third)).error.code).toBe('noNode');
  expect(await at(first)).toMatchObject({ data: base64('one') });
  const children = await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/past&stat=true&at=${second}`);
  expect(children.body).toMatchObject({ total: 1, at: second, children: [{ name: 'child', stat: { version: 0 } }] });
  expect((await at(0)).error.code).toBe('noNode');
  const unknown = await rig.call('GET', `${znode('/past')}&at=${third + 1_000_000}`);
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'instantUnknown' } } });
  const refused = await rig.call('DELETE', `${znode('/past')}&at=${first}`);
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'readOnlyPast' } } });
});

test('the past keeps to itself what the ACL does', async () => {
  const acl = [{ scheme: 'digest', id: 'user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY=', perms: 31 }];
  await rig.call('POST', ZNODES, { path: '/vault' });
  expect((await rig.call('POST', ZNODES, { path: '/vault/secret', data: base64('secret'), acl })).status).toBe(201);
  await eventsSettled();
  for (const at of ['', `&at=${rig.lastEvent}`]) {
    const read = await rig.call('GET', `${znode('/vault/secret')}${at}`);
    expect(read).toMatchObject({ status: 403, body: { error: { code: 'noAuth' } } });
    const list = await rig.call<ChildrenJson>('GET', `${ZNODES}/children?path=/vault&stat=true${at}`);
    expect(list.body.children).toEqual([{ name: 'secret', stat: null }]);
  }
});

test('an ephemeral belongs to the tab that made it, outlives a lost connection, and goes with the tab', async () => {
  const headers = { 'x-vivarium-viewer': 'the-first-tab' };
  const homeless = await rig.call('POST', ZNODES, { path: '/mine', mode: 'ephemeral' }, headers);
  expect(homeless).toMatchObject({ status: 409, body: { error: { code: 'ephemeralNeedsViewer' } } });

  const first = await openTab('the-first-tab');
  const created = await rig.call<CreatedJson>('POST', ZNODES, { path: '/mine', mode: 'ephemeral' }, headers);
  expect(created.status).toBe(201);
  const { session } = created.body;
  expect((await rig.call<ZnodeJson>('GET', znode('/mine'))).body.stat.ephemeralOwner).toBe(session);

  first.socket.disconnect();
  const second = await openTab('the-first-tab');
  expect(second.session).toMatchObject({ session, state: 'connected' });
  // Longer than the grace that the first connection's end began.
  const other = await rig.call<CreatedJson>('POST', ZNODES, { path: '/mine-too', mode: 'ephemeral' }, headers);
  expect(other.body.session).toBe(session);
  const gone = new Promise<void>((resolve) => {
    void client.exists('/mine', { watch: () => resolve() });
  });
  second.socket.disconnect();
  await gone;
  expect((await rig.call('GET', znode('/mine-too'))).body.error.code).toBe('noNode');
});

/** Connects as a tab, and takes the first word about its session. */
async function openTab(viewer: string): Promise<{ socket: Socket; session: ViewerSession }> {
  const socket = io(rig.url, { auth: { viewer, token: TOKEN }, transports: ['websocket'], reconnection: false });
  const [session] = await new Promise<[ViewerSession]>((resolve, reject) => {
    socket.once('viewerSession', (message) => resolve([message]));
    socket.once('connect_error', reject);
  });
  return { socket, session };
}

/** Events come a moment after the answers to what they tell of. */
async function eventsSettled(): Promise<void> {
  const path = `/marker-${Math.random()}`;
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = rig.source.subscribe((events) => {
    if (events.some(({ body }) => body.kind === 'applied' && body.path === path)) resolve();
  });
  await client.create(path, new Uint8Array(0));
  await promise;
  unsubscribe();
}
