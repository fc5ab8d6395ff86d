import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { Perms } from '@vivarium/shared/acl';
import { encodeBase64 } from '@vivarium/shared/base64';
import { ErrorCode } from '@vivarium/shared/error-code';
import { sha1 } from '@vivarium/shared/sha1';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ClientError, MultiError, OperationTimeoutError } from '../../errors.ts';
import type { WatchEvent } from '../../watches.ts';
import { type ClientOptions, ZooKeeperClient } from '../../zookeeper-client.ts';

const EMPTY = new Uint8Array(0);
const ANYBODY_READS = { perms: Perms.READ, id: { scheme: 'world', id: 'anyone' } };
let ensemble: TestEnsemble;
const clients: ZooKeeperClient[] = [];

function connect(options: Partial<ClientOptions> = {}): ZooKeeperClient {
  const client = new ZooKeeperClient({ connectString: ensemble.connectString, ...options });
  clients.push(client);
  client.start();
  return client;
}

/** The next event of a watch, and the watch. */
function watch(): { watcher: (event: WatchEvent) => void; event: Promise<WatchEvent> } {
  const { promise, resolve } = Promise.withResolvers<WatchEvent>();
  return { watcher: resolve, event: promise };
}

beforeAll(async () => {
  ensemble = await TestEnsemble.start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(async () => {
  await ensemble?.stop();
});

describe('operations', () => {
  test('a znode is created, read, changed, listed and deleted', async () => {
    const client = connect();
    const created = await client.create('/life', encodeUtf8('one'));
    expect(created).toMatchObject({ path: '/life', stat: { version: 0, dataLength: 3, ephemeralOwner: 0n } });
    expect(await client.getData('/life')).toEqual({ data: encodeUtf8('one'), stat: created.stat });
    const changed = await client.setData('/life', encodeUtf8('two!'), 0);
    expect(changed).toMatchObject({ version: 1, dataLength: 4, czxid: created.stat.czxid });
    expect(client.lastZxid).toBeGreaterThanOrEqual(changed.mzxid);
    await client.create('/life/child', EMPTY);
    const { children, stat } = await client.getChildren('/life');
    expect(children).toEqual(['child']);
    expect(stat.numChildren).toBe(1);
    await expect(client.delete('/life')).rejects.toMatchObject({ codeName: 'NOTEMPTY', path: '/life' });
    await client.delete('/life/child', 0);
    await client.delete('/life');
    expect(await client.exists('/life')).toBeNull();
    await client.sync('/life');
  });

  test('what the server refuses has its code and its path', async () => {
    const client = connect();
    await client.create('/refused', EMPTY);
    const refused = (code: number, codeName: string, path: string) =>
      expect.objectContaining({ code, codeName, path, name: 'ZooKeeperError' });
    await expect(client.setData('/refused', EMPTY, 7)).rejects.toEqual(
      refused(ErrorCode.BADVERSION, 'BADVERSION', '/refused'),
    );
    await expect(client.delete('/refused', 7)).rejects.toEqual(refused(ErrorCode.BADVERSION, 'BADVERSION', '/refused'));
    await expect(client.create('/refused', EMPTY)).rejects.toEqual(
      refused(ErrorCode.NODEEXISTS, 'NODEEXISTS', '/refused'),
    );
    await expect(client.getData('/nowhere')).rejects.toEqual(refused(ErrorCode.NONODE, 'NONODE', '/nowhere'));
    await expect(client.getData('not a path')).rejects.toEqual(
      refused(ErrorCode.BADARGUMENTS, 'BADARGUMENTS', 'not a path'),
    );
  });

  test('sequential and ephemeral znodes, which go when their session closes', async () => {
    const client = connect();
    const other = connect();
    await client.create('/modes', EMPTY);
    const first = await client.create('/modes/s-', EMPTY, { mode: 'persistentSequential' });
    expect(first.path).toBe('/modes/s-0000000000');
    const box = await client.create('/box', EMPTY, { mode: 'container' });
    expect(box).toMatchObject({ path: '/box', stat: { ephemeralOwner: 0n } });
    const ephemeral = await other.create('/modes/', EMPTY, { mode: 'ephemeralSequential' });
    expect(ephemeral.path).toBe('/modes/0000000001');
    expect(ephemeral.stat.ephemeralOwner).toBe(other.sessionId);
    await other.create('/modes/e', EMPTY, { mode: 'ephemeral' });
    await expect(other.create('/modes/e/x', EMPTY)).rejects.toMatchObject({ codeName: 'NOCHILDRENFOREPHEMERALS' });
    await Promise.all([other.close(), other.close()]);
    expect(other.state).toBe('closed');
    await expect(other.exists('/modes')).rejects.toEqual(expect.objectContaining({ fault: 'closed', path: '/modes' }));
    await client.sync('/modes');
    expect((await client.getChildren('/modes')).children).toEqual(['s-0000000000']);
  });

  test('a multi does all or nothing', async () => {
    const client = connect();
    const results = await client.multi([
      { op: 'create', path: '/multi', data: EMPTY },
      { op: 'create', path: '/multi/a', data: encodeUtf8('a') },
      { op: 'setData', path: '/multi/a', data: encodeUtf8('b'), version: 0 },
      { op: 'check', path: '/multi/a', version: 1 },
      { op: 'delete', path: '/multi/a', version: 1 },
    ]);
    expect(results.map(({ op }) => op)).toEqual(['create', 'create', 'setData', 'check', 'delete']);
    expect(results[1]).toMatchObject({ path: '/multi/a', stat: { dataLength: 1 } });
    const failing = client.multi([
      { op: 'create', path: '/multi/b', data: EMPTY },
      { op: 'check', path: '/multi', version: 9 },
      { op: 'delete', path: '/multi' },
    ]);
    await expect(failing).rejects.toBeInstanceOf(MultiError);
    await expect(failing).rejects.toMatchObject({
      codeName: 'BADVERSION',
      index: 1,
      path: '/multi',
      codes: [0, -103, -2],
    });
    expect(await client.exists('/multi/b')).toBeNull();
    expect(await client.multi([])).toEqual([]);
  });

  test('ACLs, and an identity that is added', async () => {
    const client = connect();
    const stranger = connect();
    await client.addAuth('digest', 'ann:secret');
    const ann = { scheme: 'digest', id: `ann:${encodeBase64(sha1(encodeUtf8('ann:secret')))}` };
    const acl = [{ perms: Perms.ALL, id: ann }, ANYBODY_READS];
    await client.create('/private', EMPTY, { acl });
    expect((await client.getAcl('/private')).acl).toEqual(acl);
    await stranger.sync('/private');
    expect(await stranger.exists('/private')).not.toBeNull();
    await expect(stranger.setData('/private', EMPTY)).rejects.toMatchObject({ codeName: 'NOAUTH' });
    expect(await client.setAcl('/private', [{ perms: Perms.ALL, id: ann }], 0)).toMatchObject({ aversion: 1 });
    await stranger.sync('/private');
    await expect(stranger.getData('/private')).rejects.toMatchObject({ codeName: 'NOAUTH' });
    await stranger.addAuth('digest', 'ann:secret');
    expect((await stranger.getData('/private')).data).toEqual(EMPTY);
  });

  test('an identity that is refused ends the client', async () => {
    const client = connect();
    await expect(client.addAuth('no-such-scheme', 'x')).rejects.toMatchObject({ codeName: 'AUTHFAILED' });
    expect(client.state).toBe('authFailed');
    await expect(client.exists('/')).rejects.toMatchObject({ codeName: 'AUTHFAILED' });
  });

  test('below a chroot all paths are its own', async () => {
    const root = connect();
    await root.create('/chroot', encodeUtf8('top'));
    const client = connect({ connectString: `${ensemble.connectString}/chroot` });
    const changed = watch();
    await client.sync('/');
    expect((await client.getData('/', { watch: changed.watcher })).data).toEqual(encodeUtf8('top'));
    expect((await client.create('/in', EMPTY)).path).toBe('/in');
    expect((await client.create('/', EMPTY, { mode: 'persistentSequential' })).path).toBe('/0000000001');
    await client.setData('/', encodeUtf8('new'));
    expect(await changed.event).toMatchObject({ type: 'dataChanged', path: '/' });
    expect((await root.getChildren('/chroot')).children.sort()).toEqual(['0000000001', 'in']);
  });

  test('each kind of watch tells of its change once, before the reply to the change', async () => {
    const client = connect();
    const seen: string[] = [];
    const note = ({ type, path }: WatchEvent): number => seen.push(`${type} ${path}`);
    expect(await client.exists('/watched', { watch: note })).toBeNull();
    await client.create('/watched', EMPTY);
    expect(seen.splice(0)).toEqual(['created /watched']);
    await client.getData('/watched', { watch: note });
    await client.setData('/watched', EMPTY);
    await client.setData('/watched', EMPTY);
    expect(seen.splice(0)).toEqual(['dataChanged /watched']);
    await client.getChildren('/watched', { watch: note });
    await client.create('/watched/child', EMPTY);
    expect(seen.splice(0)).toEqual(['childrenChanged /watched']);
    await client.exists('/watched/child', { watch: note });
    await client.getChildren('/watched', { watch: note });
    await client.delete('/watched/child');
    expect(seen.splice(0)).toEqual(['deleted /watched/child', 'childrenChanged /watched']);
    await expect(client.getData('/nowhere', { watch: note })).rejects.toThrow('NONODE');
    await client.create('/nowhere', EMPTY);
    expect(seen).toEqual([]);
  });

  test('a watch that lasts tells of each change until it is removed', async () => {
    const client = connect({ connectString: `${ensemble.connectString}/lasting` });
    await connect().create('/lasting', EMPTY);
    const seen: string[] = [];
    const note = ({ type, path }: WatchEvent): number => seen.push(`${type} ${path}`);
    await client.addWatch('/a', 'persistent', note);
    await client.addWatch('/', 'recursive', note);
    await client.create('/a', EMPTY);
    await client.create('/a/b', EMPTY);
    await client.setData('/a', EMPTY);
    expect(seen.splice(0)).toEqual(['created /a', 'created /a/b', 'childrenChanged /a', 'dataChanged /a']);
    await client.removeWatches('/', 'recursive');
    await client.setData('/a/b', EMPTY);
    await client.delete('/a/b');
    expect(seen.splice(0)).toEqual(['childrenChanged /a']);
    await client.removeWatches('/a');
    await client.setData('/a', EMPTY);
    expect(seen).toEqual([]);
    await expect(client.removeWatches('/a')).rejects.toThrow('NOWATCHER');
  });

  test('no data is not the same as zero bytes', async () => {
    const client = connect();
    await client.create('/none', null);
    await client.create('/zero', new Uint8Array(0));
    expect((await client.getData('/none')).data).toBeNull();
    expect((await client.getData('/zero')).data).toEqual(new Uint8Array(0));
  });

  test('data of a megabyte, and no request that the server would not take', async () => {
    const client = connect();
    const data = new Uint8Array(1_048_000).map((_, index) => index % 251);
    await client.create('/large', data);
    expect(Buffer.compare((await client.getData('/large')).data ?? Buffer.alloc(0), data)).toBe(0);
    const tooLarge = client.setData('/large', new Uint8Array(1_048_576));
    await expect(tooLarge).rejects.toEqual(expect.objectContaining({ fault: 'requestTooLarge', limit: 1_048_575 }));
    expect((await client.exists('/large'))?.version).toBe(0);
  });

  test('100,000 children are created in batches and listed; a list over the limit leaves the connection alone', async () => {
    const client = connect();
    await client.create('/many', EMPTY);
    const batches = Array.from({ length: 100 }, (_, batch) =>
      client.multi(
        Array.from({ length: 1000 }, (_, index) => ({
          op: 'create' as const,
          path: `/many/child-${batch * 1000 + index}`,
          data: EMPTY,
        })),
      ),
    );
    await Promise.all(batches);
    const { children, stat } = await client.getChildren('/many');
    expect(stat.numChildren).toBe(100_000);
    expect(new Set(children).size).toBe(100_000);
    const narrow = connect({ maxReplyBytes: 100_000 });
    await narrow.sync('/many');
    const { sessionId, server } = narrow;
    const states: string[] = [];
    narrow.on('state', (state) => states.push(state));
    const listed = narrow.getChildren('/many');
    const [after] = await Promise.all([narrow.exists('/many'), expect(listed).rejects.toBeInstanceOf(ClientError)]);
    await expect(listed).rejects.toMatchObject({ fault: 'replyTooLarge', limit: 100_000, path: '/many' });
    expect(after?.numChildren).toBe(100_000);
    expect([narrow.sessionId, narrow.server, states]).toEqual([sessionId, server, []]);
  });

  test('thousands of requests are under way at once and answered in order; those beyond the limit are refused', async () => {
    const client = connect({ maxQueuedRequests: 3_000 });
    await client.create('/pipelined', EMPTY);
    const versions: number[] = [];
    const writes = Array.from({ length: 3_000 }, async () => {
      const { version } = await client.setData('/pipelined', EMPTY);
      versions.push(version);
    });
    const refused = client.exists('/pipelined');
    await expect(refused).rejects.toEqual(expect.objectContaining({ fault: 'queueFull', limit: 3_000 }));
    await Promise.all(writes);
    expect(versions).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
    expect(await client.exists('/pipelined')).toMatchObject({ version: 3_000 });
  });

  test('an operation ends with its deadline or its signal', async () => {
    const client = new ZooKeeperClient({ connectString: '127.0.0.1:1' });
    clients.push(client);
    await expect(client.exists('/')).rejects.toMatchObject({ fault: 'closed' });
    client.start();
    expect([client.state, client.sessionId, client.server]).toEqual(['connecting', 0n, null]);
    const late = client.create('/late', EMPTY, { deadlineMs: 20 });
    await expect(late).rejects.toBeInstanceOf(OperationTimeoutError);
    await expect(late).rejects.toMatchObject({ codeName: 'OPERATIONTIMEOUT', mayHaveExecuted: false });
    const abort = new AbortController();
    const aborted = client.exists('/', { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(client.exists('/', { signal: abort.signal })).rejects.toThrow('enough');
    const waiting = client.exists('/');
    await Promise.all([client.close(), expect(waiting).rejects.toMatchObject({ fault: 'closed' })]);
    expect(client.state).toBe('closed');
  });

  test('the client is told whom the server takes it for, and how many znodes there are below one', async () => {
    const client = connect();
    expect(await client.whoAmI()).toEqual([{ scheme: 'ip', id: '127.0.0.1' }]);
    await client.addAuth('digest', 'ann:secret');
    expect(await client.whoAmI()).toContainEqual({ scheme: 'digest', id: 'ann' });
    for (const path of ['/counted', '/counted/a', '/counted/a/b']) await client.create(path, EMPTY);
    expect(await client.getAllChildrenNumber('/counted')).toBe(2);
  });
});
