import { once } from 'node:events';
import zookeeper from 'node-zookeeper-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../../harness/four-letter-word.ts';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import type { TestServer } from '../../harness/test-server.ts';
import { startClientEnsemble, superCredential, threeServers } from './client-ensembles.ts';

const { ACL, CreateMode, Exception, Id, Permission, State, createClient } = zookeeper;

type Callback<T> = (error: Error | zookeeper.Exception | null, value: T) => void;

const openAcls = [new ACL(Permission.ALL, new Id('world', 'anyone'))];
const creatorAcls = [new ACL(Permission.ALL, new Id('auth', ''))];

/** What a call of the library gives to its callback. */
function answer<T>(call: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}

/** The error code with which a call fails. */
async function failure<T>(call: (callback: Callback<T>) => void): Promise<number> {
  const reason = await answer(call).then(
    () => 'success',
    (error: unknown) => error,
  );
  if (reason instanceof Exception) {
    return reason.code;
  }
  throw new Error('not an exception of the library', { cause: reason });
}

/** A call of `remove`, for {@link answer} and {@link failure}. */
function remove(client: zookeeper.Client, path: string, version = -1): (callback: Callback<undefined>) => void {
  return (callback) => client.remove(path, version, (error) => callback(error, undefined));
}

/** A watcher that keeps the events it was called with, as `NAME path`. */
class Events {
  readonly #seen: string[] = [];
  #wake = (): void => undefined;

  readonly watcher = (event: zookeeper.Event): void => {
    this.#seen.push(`${event.getName()} ${event.getPath()}`);
    this.#wake();
  };

  /** All events so far, `count` at least. */
  async wait(count: number): Promise<readonly string[]> {
    while (this.#seen.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#seen;
  }
}

describe.each(threeServers)('node-zookeeper-client and $name', (environment) => {
  let ensemble: TestEnsemble;
  let number = 0;
  const clients: zookeeper.Client[] = [];

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
  }, 60_000);

  afterEach(async () => {
    for (const client of clients.splice(0)) {
      await close(client);
    }
  });

  afterAll(async () => {
    await ensemble?.stop();
  });

  async function open(connectString = ensemble.connectString): Promise<zookeeper.Client> {
    const client = createClient(connectString, { sessionTimeout: 10_000, spinDelay: 100, retries: 5 });
    client.connect();
    await once(client, 'connected');
    clients.push(client);
    return client;
  }

  async function close(client: zookeeper.Client): Promise<void> {
    if (client.getState() === State.SYNC_CONNECTED) {
      const disconnected = once(client, 'disconnected');
      client.close();
      await disconnected;
    }
  }

  /** The server that a client is connected to, which it chooses by chance: the one with a connection of its session. */
  async function serverOf(client: zookeeper.Client): Promise<TestServer> {
    const session = `sid=0x${client.getSessionId().readBigUInt64BE().toString(16)},`;
    for (const server of ensemble.servers) {
      if ((await fourLetterWord(server.clientPort, 'cons')).includes(session)) {
        return server;
      }
    }
    throw new Error(`no server has a connection with ${session}`);
  }

  /** A client, and a node that no other test has. */
  async function begin(): Promise<[zookeeper.Client, string]> {
    const client = await open();
    return [client, await answer((done) => client.create(`/node-${number++}`, Buffer.from('zero'), done))];
  }

  test('connects, has a session, and closes it', async () => {
    const [client, root] = await begin();
    expect(client.getSessionId()).toHaveLength(8);
    expect(client.getSessionPassword()).toHaveLength(16);
    expect(client.getSessionTimeout()).toBe(10_000);
    await answer((done) => client.create(`${root}/mine`, CreateMode.EPHEMERAL, done));
    const other = await open();
    const events = new Events();
    // The other client may be on a server that has not heard of the node yet; then it is told when it comes.
    if ((await answer((done) => other.exists(`${root}/mine`, events.watcher, done))) === null) {
      expect(await events.wait(1)).toEqual([`NODE_CREATED ${root}/mine`]);
      await answer((done) => other.exists(`${root}/mine`, events.watcher, done));
    }
    const before = (await events.wait(0)).length;
    await close(client);
    expect((await events.wait(before + 1)).at(-1)).toBe(`NODE_DELETED ${root}/mine`);
  });

  test('create, getData, setData, exists, getChildren and remove, with their errors', async () => {
    const [client, root] = await begin();
    expect(await failure((done) => client.create(root, done))).toBe(Exception.NODE_EXISTS);
    expect(await failure((done) => client.create(`${root}/a/b`, done))).toBe(Exception.NO_NODE);
    expect(await answer((done) => client.create(`${root}/a`, Buffer.from('one'), openAcls, done))).toBe(`${root}/a`);
    const sequential = CreateMode.PERSISTENT_SEQUENTIAL;
    expect(await answer((done) => client.create(`${root}/s-`, sequential, done))).toBe(`${root}/s-0000000001`);
    const ephemeral = CreateMode.EPHEMERAL_SEQUENTIAL;
    expect(await answer((done) => client.create(`${root}/e-`, ephemeral, done))).toBe(`${root}/e-0000000002`);
    expect(await failure((done) => client.create(`${root}/e-0000000002/x`, done))).toBe(
      Exception.NO_CHILDREN_FOR_EPHEMERALS,
    );
    const stat = await answer<zookeeper.Stat>((done) => client.exists(`${root}/e-0000000002`, done));
    expect(stat.ephemeralOwner).toEqual(client.getSessionId());
    expect(await answer((done) => client.exists(`${root}/missing`, done))).toBeNull();
    expect(await answer((done) => client.getData(root, done))).toEqual(Buffer.from('zero'));
    const set = await answer<zookeeper.Stat>((done) => client.setData(root, Buffer.from('new'), 0, done));
    expect(set).toMatchObject({ version: 1, dataLength: 3, numChildren: 3, cversion: 3 });
    expect(await failure((done) => client.setData(root, Buffer.from('no'), 7, done))).toBe(Exception.BAD_VERSION);
    const children = await answer<string[]>((done) => client.getChildren(root, done));
    expect(children.toSorted()).toEqual(['a', 'e-0000000002', 's-0000000001']);
    expect(await failure(remove(client, root))).toBe(Exception.NOT_EMPTY);
    expect(await failure(remove(client, `${root}/a`, 5))).toBe(Exception.BAD_VERSION);
    await answer(remove(client, `${root}/a`));
    expect(await failure((done) => client.getData(`${root}/a`, done))).toBe(Exception.NO_NODE);
  });

  test('mkdirp makes what is missing, with its data at the end', async () => {
    const [client, root] = await begin();
    expect(await answer((done) => client.mkdirp(`${root}/a/b/c`, Buffer.from('deep'), done))).toBe(`${root}/a/b/c`);
    expect(await answer((done) => client.getData(`${root}/a/b/c`, done))).toEqual(Buffer.from('deep'));
    await answer((done) => client.mkdirp(`${root}/a/b/d`, done));
    const children = await answer<string[]>((done) => client.getChildren(`${root}/a/b`, done));
    expect(children.toSorted()).toEqual(['c', 'd']);
    await answer((done) => client.mkdirp(`${root}/a/b/d`, done));
  });

  test('names in UTF-8, data with every byte and a megabyte, null data', async () => {
    const [client, root] = await begin();
    const path = `${root}/grüße-汉字`;
    const data = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 256));
    expect(await answer((done) => client.create(path, data, done))).toBe(path);
    expect(data.equals(await answer<Buffer>((done) => client.getData(path, done)))).toBe(true);
    expect(await answer<string[]>((done) => client.getChildren(root, done))).toEqual(['grüße-汉字']);
    await answer((done) => client.create(`${root}/null`, done));
    expect(await answer<Buffer | undefined>((done) => client.getData(`${root}/null`, done))).toBeUndefined();
  });

  test('ACLs: auth and digest, versions, a stranger, the superuser', async () => {
    const [client, root] = await begin();
    const path = `${root}/private`;
    expect(await failure((done) => client.create(path, creatorAcls, done))).toBe(Exception.INVALID_ACL);
    client.addAuthInfo('digest', Buffer.from('ann:secret'));
    await answer((done) => client.create(path, creatorAcls, done));
    const acls = await answer<zookeeper.ACL[]>((done) => client.getACL(path, done));
    expect(acls).toMatchObject([{ permission: Permission.ALL, id: { scheme: 'digest' } }]);
    expect(acls[0]?.id.id).toMatch(/^ann:.{28}$/);
    const stranger = await open();
    await answer((done) => stranger.create(`${root}/stranger`, done));
    expect(await failure((done) => stranger.getData(path, done))).toBe(Exception.NO_AUTH);
    expect(await failure((done) => stranger.setACL(path, openAcls, done))).toBe(Exception.NO_AUTH);
    stranger.addAuthInfo('digest', Buffer.from(superCredential));
    await answer((done) => stranger.getData(path, done));
    const stat = await answer<zookeeper.Stat>((done) => client.setACL(path, openAcls, 0, done));
    expect(stat.aversion).toBe(1);
    expect(await failure((done) => client.setACL(path, openAcls, 7, done))).toBe(Exception.BAD_VERSION);
  });

  test('a scheme that nobody serves fails the authentication', async () => {
    const [client] = await begin();
    const failed = once(client, 'authenticationFailed');
    client.addAuthInfo('nothing', Buffer.from('x'));
    await failed;
  });

  test('transactions: all or nothing', async () => {
    const [client, root] = await begin();
    const results = await answer<{ type: number; path?: string; stat?: zookeeper.Stat }[]>((done) =>
      client
        .transaction()
        .create(`${root}/a`, Buffer.from('a'))
        .create(`${root}/s-`, CreateMode.PERSISTENT_SEQUENTIAL)
        .setData(`${root}/a`, Buffer.from('longer'))
        .check(`${root}/a`, 1)
        .remove(`${root}/s-0000000001`)
        .commit(done),
    );
    expect(results).toMatchObject([
      { path: `${root}/a` },
      { path: `${root}/s-0000000001` },
      { stat: { version: 1 } },
      {},
      {},
    ]);
    expect(
      await failure((done) =>
        client.transaction().create(`${root}/b`).check(`${root}/a`, 7).setData(root, Buffer.from('no')).commit(done),
      ),
    ).toBe(Exception.BAD_VERSION);
    expect(await answer<string[]>((done) => client.getChildren(root, done))).toEqual(['a']);
    expect(await answer((done) => client.getData(root, done))).toEqual(Buffer.from('zero'));
  });

  test('watches of exists, getData and getChildren', async () => {
    const [client, root] = await begin();
    const other = await open();
    const events = new Events();
    await answer((done) => client.exists(`${root}/a`, events.watcher, done));
    await answer<string[]>((done) => client.getChildren(root, events.watcher, done));
    await answer((done) => other.create(`${root}/a`, done));
    expect(await events.wait(2)).toEqual([`NODE_CREATED ${root}/a`, `NODE_CHILDREN_CHANGED ${root}`]);
    await answer((done) => client.getData(`${root}/a`, events.watcher, done));
    await answer<zookeeper.Stat>((done) => other.setData(`${root}/a`, Buffer.from('x'), done));
    expect((await events.wait(3)).at(-1)).toBe(`NODE_DATA_CHANGED ${root}/a`);
    await answer((done) => client.getData(`${root}/a`, events.watcher, done));
    await answer(remove(other, `${root}/a`));
    expect((await events.wait(4)).at(-1)).toBe(`NODE_DELETED ${root}/a`);
  });

  test('a chroot is in front of every path', async () => {
    const [client, root] = await begin();
    const inside = await open(`${ensemble.connectString}${root}`);
    expect(await answer((done) => inside.create('/a', done))).toBe('/a');
    // The library has no sync: behind a write of its own a client sees what others wrote before.
    await answer<zookeeper.Stat>((done) => client.setData(root, Buffer.from('x'), done));
    expect(await answer<string[]>((done) => client.getChildren(root, done))).toEqual(['a']);
    const events = new Events();
    await answer((done) => inside.getData('/a', events.watcher, done));
    await answer<zookeeper.Stat>((done) => client.setData(`${root}/a`, Buffer.from('x'), done));
    expect(await events.wait(1)).toEqual(['NODE_DATA_CHANGED /a']);
  });

  test('300 requests at once are answered in order', async () => {
    const [client, root] = await begin();
    const mode = CreateMode.PERSISTENT_SEQUENTIAL;
    const paths = await Promise.all(
      Array.from({ length: 300 }, () => answer<string>((done) => client.create(`${root}/p-`, mode, done))),
    );
    expect(paths).toEqual(paths.map((_, index) => `${root}/p-${String(index).padStart(10, '0')}`));
  });

  test('after SIGKILL of its server the session, its authentication, its ephemeral node and its watches go on', async () => {
    const [client, root] = await begin();
    const server = await serverOf(client);
    client.addAuthInfo('digest', Buffer.from('ann:secret'));
    await answer((done) => client.create(`${root}/mine`, creatorAcls, CreateMode.EPHEMERAL, done));
    const session = client.getSessionId();
    const events = new Events();
    await answer((done) => client.getData(root, events.watcher, done));
    await answer((done) => client.exists(`${root}/later`, events.watcher, done));
    const back = once(client, 'connected');
    await server.crash();
    await back;
    expect(client.getSessionId()).toEqual(session);
    await answer((done) => client.getData(`${root}/mine`, done));
    expect(await events.wait(0)).toEqual([]);
    await answer<zookeeper.Stat>((done) => client.setData(root, Buffer.from('x'), done));
    await answer((done) => client.create(`${root}/later`, done));
    expect(await events.wait(2)).toEqual([`NODE_DATA_CHANGED ${root}`, `NODE_CREATED ${root}/later`]);
    server.start();
    await ensemble.waitUntilServing();
  });
});
