/**
 * Ways into a cluster that somebody else runs: all together, each alone, closed ones, and those behind which something else
 * answers. One Vivarium is attached to the same servers several times, which must not notice one another.
 */

import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { fourLetterWord } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import type { ChildrenJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import type { WayReasonCode } from '@vivarium/shared/contract/source';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttachRig, entryOf } from '../harness/attach-rig.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each<{ flavour: Flavour }>([{ flavour: 'apache' }, { flavour: 'vivarium' }])('$flavour', ({ flavour }) => {
  let foreign: ForeignEnsemble;
  let rig: AttachRig;
  let writer: ZooKeeperClient;

  beforeAll(async () => {
    foreign = await ForeignEnsemble.start({ flavour });
    writer = new ZooKeeperClient({ connectString: foreign.directConnectString });
    writer.start();
    for (const path of ['/a', '/a/b', '/a/c']) await writer.create(path, encode(`data of ${path}`));
    const closed = ['quorum', 'election', 'admin'] as const;
    rig = await AttachRig.start([
      await entryOf(foreign, 'all'),
      await entryOf(foreign, 'only-observer', { ways: ['observer'] }),
      await entryOf(foreign, 'only-election', { ways: ['election'] }),
      await entryOf(foreign, 'only-words', { ways: ['words'] }),
      await entryOf(foreign, 'only-admin', { ways: ['admin'] }),
      await entryOf(foreign, 'only-client', { ways: ['observer', 'election', 'admin'], closed }),
      { id: 'no-such-host', connect: 'zookeeper.invalid:2181' },
    ]);
  }, 90_000);

  afterAll(async () => {
    await writer?.close();
    await rig?.remove();
    await foreign?.stop();
  });

  test('every way that is open opens, each server is heard, and each field says where it is from', async () => {
    for (const way of ['client', 'observer', 'election', 'words', 'admin'] as const) {
      const info = await rig.wayIs('all', way, 'open');
      expect(info.reason).toBeNull();
      expect(info.heardMs).not.toBeNull();
    }
    const sids = foreign.servers.map(({ sid }) => sid);
    await pollUntil(
      async () => {
        const ways = await Promise.all((['election', 'words', 'admin'] as const).map((way) => rig.way('all', way)));
        return ways.every(({ servers }) => sids.every((sid) => servers[sid]?.state === 'open')) ? true : undefined;
      },
      { deadlineMs: 20_000, describe: async () => `all servers by each way: ${JSON.stringify(await rig.info('all'))}` },
    );
    await rig.mirrored('all');
    const { provenance, capabilities, attached } = await rig.info('all');
    expect(provenance).toMatchObject({ znodes: 'observer', votes: 'election' });
    expect(capabilities).toMatchObject({
      live: true,
      processes: false,
      faults: false,
      addObserver: false,
      search: true,
      transactions: true,
      health: true,
    });
    if (flavour === 'apache') for (const sid of sids) expect(attached.versions[sid]).toMatch(/^3\.8\.0/);
  });

  test('the health of a cluster that is well says so, with every server in its role', async () => {
    const { replicas } = await rig.healthUntil(
      'all',
      (report) =>
        report.replicas.filter(({ role }) => role !== null).length === foreign.servers.length ? report : undefined,
      'a role of each server',
    );
    const leader = await foreign.leader();
    expect(new Map(replicas.map(({ sid, role }) => [sid, role?.value]))).toEqual(
      new Map(
        foreign.servers.map(({ sid, observer }) => [
          sid,
          observer ? 'observer' : sid === leader.sid ? 'leader' : 'follower',
        ]),
      ),
    );
    const { findings, restart } = await rig.health('all');
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    const answer = (sid: number) => restart.find((one) => one.sid === sid);
    expect(answer(leader.sid)).toMatchObject({ answer: 'yes', because: { code: 'electionFollows' } });
    expect(answer(4)).toMatchObject({ answer: 'yes', because: { code: 'observerOnly' } });
  });

  test('what is closed is said to be closed, and why', async () => {
    const reasonOf = async (cluster: string, way: 'observer' | 'election' | 'words' | 'admin') =>
      (await rig.wayIs(cluster, way, 'closed')).reason?.code;
    for (const [cluster, open] of [
      ['only-observer', 'observer'],
      ['only-election', 'election'],
      ['only-words', 'words'],
      ['only-admin', 'admin'],
    ] as const) {
      await rig.wayIs(cluster, 'client', 'open');
      await rig.wayIs(cluster, open, 'open');
      for (const way of ['observer', 'election', 'words', 'admin'] as const) {
        if (way !== open) expect(await reasonOf(cluster, way), `${way} of ${cluster}`).toBe('turnedOff');
      }
    }
    await rig.wayIs('only-client', 'client', 'open');
    const refused: WayReasonCode = 'refused';
    for (const way of ['observer', 'election', 'admin'] as const)
      expect(await reasonOf('only-client', way)).toBe(refused);
    expect((await rig.way('no-such-host', 'client')).reason?.code).toBe('unknownHost');
    expect((await rig.health('only-client')).blind.map(({ code }) => code)).toContain('digestsDiffer');
  });

  test('the tree is there by each of them, live', async () => {
    for (const cluster of ['all', 'only-observer', 'only-words', 'only-client']) {
      const { body } = await rig.get<ChildrenJson>(cluster, 'znodes/children?path=/a');
      expect(body.children.map(({ name }) => name)).toEqual(['b', 'c']);
      const znode = await rig.get<ZnodeJson>(cluster, 'znodes?path=/a/b');
      expect(Buffer.from(znode.body.data ?? '', 'base64').toString()).toBe('data of /a/b');
    }
  });

  test('a change is a transaction with its session, path and data', async () => {
    await rig.mirrored('all');
    const { stat } = await writer.create('/a/new', encode('the new one'));
    const zxid = `0x${stat.czxid.toString(16)}`;
    const found = await pollUntil(
      async () => (await rig.transactions('all', '?path=/a/new')).find((one) => one.zxid === zxid),
      { deadlineMs: 10_000, describe: async () => JSON.stringify(await rig.transactions('all')) },
    );
    expect(found).toMatchObject({ path: '/a/new', error: 0, session: `0x${writer.sessionId.toString(16)}` });
    expect(found.changes[0]).toMatchObject({ path: '/a/new', change: 'created', afterBytes: 11 });
  });

  test('the servers did not notice more than learners, sessions and questions: they lead and follow as before', async () => {
    const leader = await foreign.leader();
    const text = await fourLetterWord(leader.ports.client, 'mntr');
    // Listed voters only: two others. Our observers are "non voting", as is the listed one.
    expect(text).toMatch(/^zk_synced_followers\t2$/m);
    expect(Number(/^zk_synced_observers\t(\d+)$/m.exec(text)?.[1])).toBe(3);
  });

  // The doors answer by themselves, whoever is behind them.
  if (flavour === 'apache') {
    test('behind each port something else answers: that is said, and what else there is goes on', async () => {
      const garbage = Buffer.from('SSH-2.0-something else\r\n'.repeat(50));
      const between = ['quorum', 'election', 'admin'] as const;
      for (const proxy of between.flatMap((door) => foreign.doors(door))) proxy.answerWith(garbage);
      for (const way of ['observer', 'election'] as const) await rig.wayIs('all', way, 'closed', 30_000, 'garbage');
      // Where words tell all, the admin server is looked at once a minute.
      await rig.wayIs('only-admin', 'admin', 'closed', 30_000, 'garbage');
      expect((await rig.way('all', 'client')).state).toBe('open');
      expect((await rig.way('all', 'words')).state).toBe('open');
      for (const proxy of between.flatMap((door) => foreign.doors(door))) proxy.mend();
      for (const proxy of foreign.doors('client')) proxy.answerWith(garbage);
      await rig.wayIs('all', 'words', 'closed', 30_000, 'garbage');
      for (const proxy of foreign.doors('client')) proxy.mend();
      for (const way of ['observer', 'election', 'words'] as const) await rig.wayIs('all', way, 'open', 30_000);
      await rig.wayIs('only-admin', 'admin', 'open', 30_000);
      await rig.wayIs('all', 'client', 'open');
      await rig.mirrored('all');
    });
  }
});
