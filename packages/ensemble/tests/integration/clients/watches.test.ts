/** What clients are told of their watches, frame by frame, by our servers and by Apache's. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../../harness/raw-connection.ts';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { kind, mode, nodeBody, openAcl, WatchingClient, watchOp } from '../../harness/watching-client.ts';
import { MovingSession } from '../mixed/moving-session.ts';
import { startClientEnsemble, superCredential, threeServers } from './client-ensembles.ts';

const OK = 0;
const MARSHALLING_ERROR = -5;
const NO_NODE = -101;
const NO_AUTH = -102;
const NO_WATCHER = -121;
const SET_ACL = 7;
const MULTI = 14;
const RECONFIG = 16;
const CATCH_UP_ZXID = -1n;
const OWNER = 'owner:secret';
const ownerId = `owner:${createHash('sha1').update(OWNER).digest('base64')}`;
/** Only its owner may do anything. */
const closedAcl = [31, 'digest', ownerId] as const;

describe.each(threeServers)('watches of $name', (environment) => {
  const apache = environment.flavour === 'apache';
  let ensemble: TestEnsemble;
  let number = 0;
  let clients: WatchingClient[] = [];

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
  }, 60_000);

  afterEach(() => {
    for (const client of clients) client.destroy();
    clients = [];
  });

  afterAll(async () => {
    await ensemble?.stop();
  });

  async function open(server = 0): Promise<WatchingClient> {
    const client = await WatchingClient.open(ensemble.server(server).clientPort);
    clients.push(client);
    return client;
  }

  /** Two clients, by default of the same server, and a path that nobody has used. */
  async function pair(server = 0): Promise<{ watcher: WatchingClient; writer: WatchingClient; root: string }> {
    const watcher = await open();
    const writer = await open(server);
    const root = `/watches-${++number}`;
    return { watcher, writer, root };
  }

  test('pitfall 5: an event comes before the reply that shows its change, also to who makes it', async () => {
    const { writer: client, root } = await pair();
    expect(await client.watch(watchOp.exists, root)).toBe(NO_NODE);
    const created = await client.create(root);
    expect(client.frames.splice(0)).toEqual(['reply 1', `created ${root}`, 'reply 2']);
    await client.watch(watchOp.getData, root);
    await client.watch(watchOp.getChildren, root);
    await client.set(root);
    expect(client.frames.splice(0)).toEqual(['reply 3', 'reply 4', `changed ${root}`, 'reply 5']);
    await client.create(`${root}/child`);
    expect(client.frames.splice(0)).toEqual([`children ${root}`, 'reply 6']);
    // Apache tells the transaction since 3.9.
    expect(client.eventZxids[0]).toBe(apache ? CATCH_UP_ZXID : created.zxid);
  });

  test('pitfall 5: who watches the data and the children of a node is told once that it is deleted', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    await watcher.watch(watchOp.exists, root);
    await watcher.watch(watchOp.getData, root);
    await watcher.watch(watchOp.getChildren, root);
    await writer.watch(watchOp.getChildren, root);
    await writer.delete(root);
    expect(await watcher.events()).toEqual([`deleted ${root}`]);
    expect(await writer.events()).toEqual([`deleted ${root}`]);
  });

  test('pitfall 6: exists watches a node that is missing; a read that fails watches nothing', async () => {
    const { watcher, writer, root } = await pair();
    expect(await watcher.watch(watchOp.getData, root)).toBe(NO_NODE);
    expect(await watcher.watch(watchOp.getChildren, root)).toBe(NO_NODE);
    expect(await watcher.checkWatches(root, kind.any)).toBe(NO_WATCHER);
    expect(await watcher.watch(watchOp.exists, root)).toBe(NO_NODE);
    await writer.create(root);
    await writer.set(root);
    await writer.create(`${root}/child`);
    expect(await watcher.events()).toEqual([`created ${root}`]);
  });

  test('a watch of a read fires once, and not for what concerns another node or nobody', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    await writer.create(`${root}/a`);
    await watcher.watch(watchOp.getData, root);
    await watcher.watch(watchOp.getChildren, root);
    await writer.set(`${root}/a`);
    await writer.create(`${root}/a/b`);
    await writer.done(SET_ACL, new Bytes().field(root).int(1).int(31).field('world').field('anyone').int(-1).buffer);
    expect(await writer.code(op.delete, new Bytes().field(root).int(-1).buffer)).toBe(-111);
    expect(await watcher.events()).toEqual([]);
    for (const path of [root, root]) await writer.set(path);
    for (const path of [`${root}/c`, `${root}/d`]) await writer.create(path);
    expect(await watcher.events()).toEqual([`changed ${root}`, `children ${root}`]);
  });

  test('pitfall 7: setWatches tells what was missed before it answers, and sets the rest', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    for (const name of ['same', 'changed', 'born', 'kids']) await writer.create(`${root}/${name}`);
    const { zxid } = await writer.create(`${root}/mark`);
    await writer.set(`${root}/changed`);
    await writer.create(`${root}/kids/one`);
    const at = (...names: string[]): string[] => names.map((name) => `${root}/${name}`);
    // It has seen nothing that is newer than the mark.
    await watcher.events();
    watcher.frames.length = 0;
    const reply = await watcher.setWatches(zxid, {
      data: at('same', 'changed', 'gone'),
      exist: at('born', 'unborn'),
      child: at('same', 'kids', 'lost'),
    });
    expect(reply).toMatchObject({ error: OK, xid: -8, body: Buffer.alloc(0) });
    const missed = ['changed changed', 'deleted gone', 'created born', 'children kids', 'deleted lost'];
    expect(watcher.frames).toEqual([...missed.map((event) => event.replace(' ', ` ${root}/`)), 'reply -8']);
    expect(new Set(watcher.eventZxids)).toEqual(new Set([CATCH_UP_ZXID]));
    await watcher.events();
    for (const name of ['changed', 'born', 'same']) await writer.set(`${root}/${name}`);
    for (const name of ['unborn', 'same/x', 'kids/two']) await writer.create(`${root}/${name}`);
    expect(await watcher.events()).toEqual([`changed ${root}/same`, `created ${root}/unborn`, `children ${root}/same`]);
  });

  test('pitfall 7: setWatches2 sets watches that stay again without a word', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    const reply = await watcher.setWatches(0n, { persistent: [root, `${root}/none`], recursive: [`${root}/a`] });
    expect(reply).toMatchObject({ error: OK, xid: -8 });
    expect(await watcher.events()).toEqual([]);
    await writer.create(`${root}/a`);
    await writer.create(`${root}/a/b`);
    await writer.create(`${root}/none`);
    expect(await watcher.events()).toEqual([
      `created ${root}/a`,
      `children ${root}`,
      `created ${root}/a/b`,
      `created ${root}/none`,
      `children ${root}`,
    ]);
  });

  test('pitfall 8: a recursive watch sees all nodes below its path, and no event of children', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(`${root}x`);
    expect(await watcher.addWatch(root, mode.recursive)).toBe(OK);
    for (const path of [root, `${root}/a`, `${root}/a/b`, `${root}x/a`]) await writer.create(path);
    await writer.set(`${root}/a/b`);
    await writer.delete(`${root}/a/b`);
    await writer.set(root);
    expect(await watcher.events()).toEqual([
      `created ${root}`,
      `created ${root}/a`,
      `created ${root}/a/b`,
      `changed ${root}/a/b`,
      `deleted ${root}/a/b`,
      `changed ${root}`,
    ]);
  });

  test('a persistent watch sees its node and the list of its children, again and again', async () => {
    const { watcher, writer, root } = await pair();
    const added = await watcher.ask(watchOp.addWatch, new Bytes().field(root).int(mode.persistent).buffer);
    expect(added).toMatchObject({ error: OK, body: new Bytes().int(0).buffer });
    for (const path of [root, `${root}/a`, `${root}/a/b`]) await writer.create(path);
    await writer.set(`${root}/a`);
    for (const path of [`${root}/a/b`, `${root}/a`, root]) await writer.delete(path);
    await writer.create(root);
    expect(await watcher.events()).toEqual([
      `created ${root}`,
      `children ${root}`,
      `children ${root}`,
      `deleted ${root}`,
      `created ${root}`,
    ]);
  });

  test('a mode and a kind that there are not: MARSHALLINGERROR, and the connection lives', async () => {
    const { watcher, writer, root } = await pair();
    expect(await watcher.addWatch(root, mode.none)).toBe(MARSHALLING_ERROR);
    expect(await watcher.checkWatches(root, kind.none)).toBe(MARSHALLING_ERROR);
    expect(await watcher.removeWatches(root, 0)).toBe(MARSHALLING_ERROR);
    expect(await watcher.code(watchOp.addWatch, new Bytes().field(root).buffer)).toBe(MARSHALLING_ERROR);
    // Apache keeps a watch of no path at all.
    const nowhere = await watcher.code(watchOp.addWatch, new Bytes().field(null).int(mode.persistent).buffer);
    expect(nowhere).toBe(apache ? OK : MARSHALLING_ERROR);
    await writer.create(root);
    expect(await watcher.events()).toEqual([]);
  });

  test('pitfall 9: watches of all modes stand side by side on a path, and one change is told once', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    for (let round = 1; round <= 2; round++) {
      await watcher.addWatch(root, mode.recursive);
      await watcher.addWatch(root, mode.persistent);
      await watcher.watch(watchOp.getData, root);
      await watcher.watch(watchOp.getChildren, root);
      await writer.set(root);
      await writer.create(`${root}/a`);
      await writer.set(root);
      await writer.delete(`${root}/a`);
      const all = [`changed ${root}`, `created ${root}/a`, `children ${root}`, `changed ${root}`];
      const left = [...all, `deleted ${root}/a`, `children ${root}`];
      // Of 3.8 one connection has one mode on a path: the one that it asked for last.
      expect(await watcher.events()).toEqual(apache ? [`changed ${root}`, `children ${root}`] : left);
    }
  });

  test('pitfall 9: what is removed by its kind leaves the others, and what is not there is said to be missing', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    const setAll = async (): Promise<void> => {
      await watcher.addWatch(root, mode.recursive);
      await watcher.addWatch(root, mode.persistent);
      await watcher.watch(watchOp.getData, root);
      await watcher.watch(watchOp.getChildren, root);
    };
    await setAll();
    expect(await watcher.removeWatches(root, kind.any)).toBe(OK);
    expect(await watcher.removeWatches(root, kind.any)).toBe(NO_WATCHER);
    expect(await watcher.checkWatches(root, kind.any)).toBe(NO_WATCHER);
    await writer.set(root);
    expect(await watcher.events()).toEqual([]);
    if (apache) {
      // Since 3.9.
      expect(await watcher.removeWatches(root, kind.recursive)).toBe(MARSHALLING_ERROR);
      return;
    }
    await setAll();
    const kinds = [kind.data, kind.persistent, kind.children, kind.recursive];
    for (let gone = kinds.shift(); gone !== undefined; gone = kinds.shift()) {
      expect(await watcher.removeWatches(root, gone)).toBe(OK);
      expect(await watcher.removeWatches(root, gone)).toBe(NO_WATCHER);
      expect(await watcher.checkWatches(root, gone)).toBe(NO_WATCHER);
      for (const left of kinds) expect(await watcher.checkWatches(root, left)).toBe(OK);
    }
    await writer.set(root);
    expect(await watcher.events()).toEqual([]);
  });

  test("pitfall 9: nobody asks for, or removes, another connection's watches", async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    await watcher.watch(watchOp.getData, root);
    // 3.8.0 tells of anybody's.
    expect(await writer.checkWatches(root, kind.data)).toBe(apache ? OK : NO_WATCHER);
    expect(await writer.removeWatches(root, kind.data)).toBe(NO_WATCHER);
    await writer.set(root);
    expect(await watcher.events()).toEqual([`changed ${root}`]);
  });

  test('pitfall 10: an event is only for who may read the node, and the watch is used up all the same', async () => {
    const { watcher, writer, root } = await pair();
    await writer.authenticate(OWNER);
    await writer.create(root);
    const [open, hidden] = [`${root}/open`, `${root}/hidden`];
    await watcher.watch(watchOp.exists, hidden);
    await watcher.addWatch(hidden, mode.persistent);
    await writer.create(open);
    await watcher.watch(watchOp.getData, open);
    await writer.create(hidden, closedAcl);
    // Debian's 3.8.0 filters events, and lets anybody ask.
    const asked = await watcher.code(watchOp.exists, new Bytes().field(hidden).byte(0).buffer);
    expect(asked).toBe(apache ? OK : NO_AUTH);
    await writer.set(hidden);
    await writer.create(`${hidden}/child`);
    await writer.delete(`${hidden}/child`);
    await writer.delete(hidden);
    await writer.done(SET_ACL, new Bytes().field(open).int(1).int(31).field('digest').field(ownerId).int(-1).buffer);
    await writer.set(open);
    await writer.done(SET_ACL, new Bytes().field(open).int(1).int(31).field('world').field('anyone').int(-1).buffer);
    await writer.set(open);
    expect(await watcher.events()).toEqual([]);
    // Who has proved to be somebody who may is told.
    await watcher.authenticate(OWNER);
    await writer.create(hidden, closedAcl);
    expect(await watcher.events()).toEqual([`created ${hidden}`]);
  });

  test("pitfall 10: of a node's children who may read the node is told, whatever of the child", async () => {
    const { watcher, writer, root } = await pair();
    await writer.authenticate(OWNER);
    await writer.create(root);
    await watcher.watch(watchOp.getChildren, root);
    await writer.create(`${root}/hidden`, closedAcl);
    expect(await watcher.events()).toEqual([`children ${root}`]);
    await watcher.watch(watchOp.getChildren, root);
    await writer.delete(`${root}/hidden`);
    expect(await watcher.events()).toEqual([`children ${root}`]);
  });

  test('pitfall 10: setWatches tells nobody of what he may not read', async () => {
    const { watcher, writer, root } = await pair();
    await writer.authenticate(OWNER);
    await writer.create(root, closedAcl);
    await watcher.setWatches(0n, { data: [root], exist: [root], child: [root] });
    const all = [`changed ${root}`, `created ${root}`];
    // Apache looks at no ACL here, in no version so far. It has no child: its pzxid is that of its creation.
    expect(await watcher.events()).toEqual(apache ? [...all, `children ${root}`] : []);
    await writer.set(root);
    await writer.create(`${root}/child`, closedAcl);
    expect(await watcher.events()).toEqual([]);
  });

  test('security 15: a recursive watch over an unreadable child tells nothing of it', async () => {
    const { watcher, writer, root } = await pair();
    await writer.authenticate(OWNER);
    await watcher.addWatch(root, mode.recursive);
    await writer.create(root);
    const hidden = `${root}/hidden`;
    await writer.create(hidden, closedAcl);
    await writer.set(hidden);
    await writer.create(`${hidden}/shown`);
    await writer.delete(`${hidden}/shown`);
    await writer.delete(hidden);
    expect(await watcher.events()).toEqual([`created ${root}`, `created ${hidden}/shown`, `deleted ${hidden}/shown`]);
  });

  test('a multi is told of operation by operation, and one that fails not at all', async () => {
    const { watcher, writer, root } = await pair();
    await watcher.addWatch(root, mode.recursive);
    await watcher.addWatch(`${root}/a`, mode.persistent);
    const header = (type: number): Bytes => new Bytes().int(type).byte(0).int(-1);
    const end = new Bytes().int(-1).byte(1).int(-1).buffer;
    const create = (path: string): Buffer => header(op.create).raw(nodeBody(path)).buffer;
    const set = header(op.setData).field(`${root}/a`).field('x').int(-1).buffer;
    const remove = header(op.delete).field(`${root}/a/b`).int(-1).buffer;
    const all = [create(root), create(`${root}/a`), create(`${root}/a/b`), set, remove];
    const wrong = header(op.check).field(root).int(77).buffer;
    await writer.done(MULTI, Buffer.concat([...all, wrong, end]));
    expect(await watcher.events()).toEqual([]);
    await writer.done(MULTI, Buffer.concat([...all, end]));
    expect(await watcher.events()).toEqual([
      `created ${root}`,
      `created ${root}/a`,
      `created ${root}/a/b`,
      `children ${root}/a`,
      `changed ${root}/a`,
      `deleted ${root}/a/b`,
      `children ${root}/a`,
    ]);
  });

  test('a session that closes, or is silent for too long, takes its ephemerals with it before everybody', async () => {
    const { watcher, writer, root } = await pair();
    await writer.create(root);
    await watcher.addWatch(root, mode.persistent);
    await watcher.addWatch(`${root}/e`, mode.recursive);
    await writer.create(`${root}/e`, openAcl, 1);
    await watcher.watch(watchOp.getData, `${root}/e`);
    await writer.done(op.closeSession, Buffer.alloc(0));
    // Of 3.8 the mode that was asked for last is the only one on the path.
    expect(await watcher.events()).toEqual([
      `created ${root}/e`,
      `children ${root}`,
      `deleted ${root}/e`,
      `children ${root}`,
    ]);
    const silent = await RawConnection.openSession(ensemble.server(1).clientPort, 1_000);
    expect((await silent.request(op.create, nodeBody(`${root}/s`, openAcl, 1)))?.error).toBe(OK);
    silent.destroy();
    expect(await watcher.events()).toEqual([`children ${root}`]);
    const gone = await pollUntil(
      async () => {
        const events = await watcher.events();
        return events.length > 0 ? events : undefined;
      },
      { deadlineMs: 20_000, describe: () => 'the event of an ephemeral that expires' },
    );
    expect(gone).toEqual([`children ${root}`]);
  });

  test('a container, and a node whose time is over, are told of when the leader removes them', async () => {
    const { watcher, writer, root } = await pair(1);
    await watcher.addWatch(root, mode.recursive);
    await writer.create(root);
    await writer.done(op.createContainer, nodeBody(`${root}/c`, openAcl, 4));
    await writer.create(`${root}/c/child`);
    await writer.delete(`${root}/c/child`);
    await writer.done(op.createTtl, new Bytes().raw(nodeBody(`${root}/t`, openAcl, 5)).long(1n).buffer);
    const events: string[] = [];
    await pollUntil(
      async () => {
        events.push(...(await watcher.events()));
        return events.includes(`deleted ${root}/c`) && events.includes(`deleted ${root}/t`) ? true : undefined;
      },
      { deadlineMs: 20_000, describe: () => `the events of what the leader removes, after ${events.join(', ')}` },
    );
    expect(events.filter((event) => event.startsWith('deleted')).sort()).toEqual([
      `deleted ${root}/c`,
      `deleted ${root}/c/child`,
      `deleted ${root}/t`,
    ]);
  });

  test('what a quota counts is told to nobody', async () => {
    const { watcher, writer, root } = await pair();
    const quota = `/zookeeper/quota${root}`;
    await writer.create(root);
    await watcher.addWatch('/zookeeper/quota', mode.recursive);
    await writer.create(quota);
    await writer.done(op.create, createBody(`${quota}/zookeeper_limits`, 'count=100,bytes=-1'));
    await writer.done(op.create, createBody(`${quota}/zookeeper_stats`, 'count=0,bytes=0'));
    const made = [quota, `${quota}/zookeeper_limits`, `${quota}/zookeeper_stats`].map((path) => `created ${path}`);
    expect(await watcher.events()).toEqual(made);
    await writer.create(`${root}/counted`);
    await writer.set(`${root}/counted`);
    await writer.delete(`${root}/counted`);
    expect(await watcher.events()).toEqual([]);
  });

  test('events of what another server was asked come in the order of the transactions', async () => {
    const { watcher, writer, root } = await pair(2);
    await watcher.addWatch(root, mode.recursive);
    const expected: string[] = [];
    await writer.create(root);
    expected.push(`created ${root}`);
    for (let i = 0; i < 50; i++) {
      await writer.create(`${root}/${i}`);
      await writer.set(root);
      await writer.delete(`${root}/${i}`);
      expected.push(`created ${root}/${i}`, `changed ${root}`, `deleted ${root}/${i}`);
    }
    expect(await watcher.events()).toEqual(expected);
    const rises = watcher.eventZxids.every((zxid, i, all) => i === 0 || zxid > (all[i - 1] ?? zxid));
    expect(rises).toBe(!apache);
  });

  test('watches belong to a connection: a session that moves has none until it sets them again', async () => {
    const { writer, root } = await pair();
    await writer.create(root);
    const session = await MovingSession.open(ensemble.server(1).clientPort);
    const before = WatchingClient.on(session.connection);
    await before.addWatch(root, mode.persistent);
    await before.watch(watchOp.getData, root);
    const { zxid } = await before.ask(watchOp.exists, new Bytes().field(root).byte(0).buffer);
    await writer.set(root);
    expect(await session.moveTo(ensemble.server(2).clientPort)).toBe(true);
    const after = WatchingClient.on(session.connection);
    clients.push(after);
    await after.events();
    await writer.set(root);
    expect(await after.events()).toEqual([]);
    await after.setWatches(zxid, { data: [root], persistent: [root] });
    expect(await after.events()).toEqual([`changed ${root}`]);
    await writer.set(root);
    expect(await after.events()).toEqual([`changed ${root}`]);
  });

  test('a reconfiguration is told of to who watches the configuration node', async () => {
    const { watcher, writer } = await pair();
    await writer.authenticate(superCredential);
    await watcher.addWatch('/zookeeper', mode.recursive);
    await watcher.addWatch('/', mode.persistent);
    expect(await watcher.watch(watchOp.getData, '/zookeeper/config')).toBe(OK);
    // The last test: one of the servers that are neither the leader nor these clients' leaves.
    const leader = await ensemble.waitForLeader();
    const leaving = ensemble.servers.findIndex((server, index) => index > 0 && server !== leader) + 1;
    await writer.done(RECONFIG, new Bytes().field(null).field(`${leaving}`).field(null).long(-1n).buffer);
    const changed = 'changed /zookeeper/config';
    // Apache writes the node when the configuration comes into force, and again when it applies the transaction.
    expect(await watcher.events()).toEqual(apache ? [changed, changed] : [changed]);
  });
});
