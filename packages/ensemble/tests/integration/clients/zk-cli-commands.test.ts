import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../harness/ports.ts';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { startClientEnsemble, superCredential, threeServers } from './client-ensembles.ts';
import { statOf, ZkCli } from './zk-cli.ts';

/** What the test of one command works with. */
interface Scene {
  cli: ZkCli;
  /** A node of the test's own, with the data `data`. */
  path: string;
  ensemble: TestEnsemble;
}

/** A test of each command, by its name in `help`. Where Apache's two flags do the same to the server, one is tested. */
const commands: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async addWatch({ cli, path }) {
    expect(await cli.command(`addWatch ${path}`)).toEqual([]);
    await cli.command(`create ${path}/a`);
    await cli.command(`create ${path}/a/b`);
    await cli.command(`set ${path}/a/b x`);
    await cli.event(`NodeCreated path:${path}/a/b`);
    await cli.event(`NodeDataChanged path:${path}/a/b`);
    expect(cli.hasEvent(`NodeChildrenChanged path:${path}`)).toBe(false);
    expect(await cli.command(`addWatch -m PERSISTENT ${path}/a`)).toEqual([]);
    await cli.command(`create ${path}/a/c`);
    await cli.event(`NodeChildrenChanged path:${path}/a`);
  },

  async addauth({ cli }) {
    expect(await cli.command('addauth digest ann:secret')).toEqual([]);
    expect(await cli.command('whoami')).toContain('digest: ann');
  },

  async close({ ensemble }) {
    const other = await ZkCli.open(ensemble.connectString);
    await other.connected();
    expect(await other.command('close')).toEqual([]);
    expect(await other.command('ls /')).toContain('Not connected');
    await other.kill();
  },

  async config({ cli, ensemble }) {
    const lines = await cli.command('config');
    const servers = ensemble.lines.map(
      ({ sid, quorumPort, electionPort }) => `server.${sid}=127.0.0.1:${quorumPort}:${electionPort}:participant`,
    );
    expect(lines.slice(0, -1).toSorted()).toEqual(servers);
    expect(lines.at(-1)).toMatch(/^version=[0-9a-f]+$/);
    // Of each server the address for clients, of which these have none in their configuration.
    expect(await cli.command('config -c')).toEqual([`${lines.at(-1)?.slice('version='.length)} ,,`]);
    expect(statOf(await cli.command('config -s'))).toMatchObject({ dataVersion: '-1', aclVersion: '-1' });
    expect(await cli.command('config -w')).toEqual(lines);
  },

  async connect({ ensemble }) {
    const other = await ZkCli.open(ensemble.connectString);
    await other.command('close');
    await other.command(`connect 127.0.0.1:${ensemble.server(2).clientPort}`);
    await other.connected();
    expect((await other.command('ls /')).join()).toContain('zookeeper');
    await other.kill();
  },

  async create({ cli, path }) {
    expect(await cli.command(`create ${path}/plain`)).toEqual([`Created ${path}/plain`]);
    expect(await cli.command(`create ${path}/full text world:anyone:r`)).toEqual([`Created ${path}/full`]);
    expect(await cli.command(`create ${path}/full/x`)).toEqual([`Insufficient permission : ${path}/full/x`]);
    expect(await cli.command(`create -s ${path}/s-`)).toEqual([`Created ${path}/s-0000000002`]);
    expect(await cli.command(`create -e ${path}/e`)).toEqual([`Created ${path}/e`]);
    expect(await cli.command(`create -s -e ${path}/se-`)).toEqual([`Created ${path}/se-0000000004`]);
    expect(await cli.command(`create -c ${path}/c`)).toEqual([`Created ${path}/c`]);
    expect(await cli.command(`create -t 600000 ${path}/t`)).toEqual([`Created ${path}/t`]);
    expect(await cli.command(`create -s -t 600000 ${path}/t-`)).toEqual([`Created ${path}/t-0000000007`]);
    expect(await cli.command(`create ${path}/plain`)).toEqual([`Node already exists: ${path}/plain`]);
    expect(await cli.command(`create ${path}/bad x nothing:x:r`)).toContain(`Acl is not valid : ${path}/bad`);
    // A container goes some time after its last child.
    await cli.command(`stat -w ${path}/c`);
    await cli.command(`create ${path}/c/child`);
    await cli.command(`delete ${path}/c/child`);
    await cli.event(`NodeDeleted path:${path}/c`);
  },

  async delete({ cli, path }) {
    expect(await cli.command(`delete -v 7 ${path}`)).toEqual([`version No is not valid : ${path}`]);
    expect(await cli.command(`delete -v 0 ${path}`)).toEqual([]);
    expect(await cli.command(`delete ${path}`)).toEqual([`Node does not exist: ${path}`]);
  },

  async deleteall({ cli, path }) {
    for (const name of ['a', 'a/b', 'a/c', 'd']) {
      await cli.command(`create ${path}/${name}`);
    }
    expect(await cli.command(`deleteall ${path} -b 2`)).toEqual([]);
    expect(await cli.command(`stat ${path}`)).toEqual([`Node does not exist: ${path}`]);
  },

  async delquota({ cli, path }) {
    await cli.command(`setquota -n 9 ${path}`);
    await cli.command(`setquota -B 100 ${path}`);
    expect(await cli.command(`delquota -n ${path}`)).toEqual([]);
    expect((await cli.command(`listquota ${path}`))[1]).toBe(
      `Output quota for ${path} count=-1,bytes=-1=;byteHardLimit=100;countHardLimit=-1`,
    );
    expect(await cli.command(`delquota -B ${path}`)).toEqual([]);
    expect(await cli.command(`delquota ${path}`)).toEqual([]);
    expect((await cli.command(`listquota ${path}`))[1]).toBe(`quota for ${path} does not exist.`);
  },

  async get({ cli, path }) {
    expect(await cli.command(`get ${path}`)).toEqual(['data']);
    expect(statOf(await cli.command(`get -s ${path}`))).toMatchObject({ dataVersion: '0', dataLength: '4' });
    await cli.command(`get -w ${path}`);
    await cli.command(`set ${path} x`);
    await cli.event(`NodeDataChanged path:${path}`);
  },

  async getAcl({ cli, path }) {
    expect(await cli.command(`getAcl ${path}`)).toEqual(["'world,'anyone", ': cdrwa']);
    expect(statOf(await cli.command(`getAcl -s ${path}`)).aclVersion).toBe('0');
  },

  async getAllChildrenNumber({ cli, path }) {
    await cli.command(`create ${path}/a`);
    await cli.command(`create ${path}/a/b`);
    expect(await cli.command(`getAllChildrenNumber ${path}`)).toEqual(['2']);
  },

  async getEphemerals({ cli, path }) {
    await cli.command(`create -e ${path}/one`);
    await cli.command(`create -e ${path}/two`);
    const [list] = await cli.command(`getEphemerals ${path}`);
    expect(
      list
        ?.replace(/[[\] ]/g, '')
        .split(',')
        .toSorted(),
    ).toEqual([`${path}/one`, `${path}/two`]);
    expect(await cli.command(`getEphemerals ${path}/missing`)).toEqual(['[]']);
  },

  async history({ cli, path }) {
    const lines = await cli.command('history');
    expect(lines.some((line) => line.endsWith(` - create ${path} data`))).toBe(true);
  },

  async listquota({ cli, path }) {
    await cli.command(`setquota -N 5 ${path}`);
    await cli.command(`create ${path}/a 123`);
    expect(await cli.command(`listquota ${path}`)).toEqual([
      `absolute path is /zookeeper/quota${path}/zookeeper_limits`,
      `Output quota for ${path} count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=5`,
      `Output stat for ${path} count=2,bytes=7`,
    ]);
  },

  async ls({ cli, path }) {
    await cli.command(`create ${path}/a`);
    await cli.command(`create ${path}/a/b`);
    expect(await cli.command(`ls ${path}`)).toEqual(['[a]']);
    expect(await cli.command(`ls -R ${path}`)).toEqual([path, `${path}/a`, `${path}/a/b`]);
    expect(statOf(await cli.command(`ls -s ${path}`)).numChildren).toBe('1');
    await cli.command(`ls -w ${path}`);
    await cli.command(`create ${path}/c`);
    await cli.event(`NodeChildrenChanged path:${path}`);
  },

  async printwatches({ cli, path }) {
    expect(await cli.command('printwatches off')).toEqual([]);
    await cli.command(`get -w ${path}`);
    await cli.command(`set ${path} x`);
    // Its answer comes by the thread that prints events, behind the one that is not to be printed.
    await cli.command(`sync ${path}`);
    expect(await cli.command('printwatches on')).toEqual([]);
    await cli.command(`get -w ${path}`);
    expect(cli.hasEvent(`NodeDataChanged path:${path}`)).toBe(false);
    await cli.command(`set ${path} y`);
    await cli.event(`NodeDataChanged path:${path}`);
  },

  async quit({ ensemble }) {
    const other = await ZkCli.open(ensemble.connectString);
    expect(await other.quit()).toBe(0);
  },

  async reconfig({ cli, ensemble }) {
    const [quorum, election, client] = await freePorts(3);
    const spec = `server.4=127.0.0.1:${quorum}:${election}:observer;${client}`;
    const before = (await cli.command('config')).slice(0, -1).toSorted();
    const other = await ZkCli.open(ensemble.connectString);
    expect(await other.command(`reconfig -add ${spec}`)).toEqual(['Insufficient permission : ']);
    await other.command(`addauth digest ${superCredential}`);
    const added = await other.command(`reconfig -s -add ${spec}`);
    expect(added).toContain('Committed new configuration:');
    expect(added).toContain(`server.4=127.0.0.1:${quorum}:${election}:observer;0.0.0.0:${client}`);
    expect(statOf(added)).toMatchObject({ dataVersion: '-1', numChildren: '0' });
    expect(await other.command('reconfig -v 5 -remove 4')).toEqual(['version No is not valid : ']);
    expect(await other.command('reconfig -remove 1,2,4')).toEqual(['Arguments are not valid : ']);
    const removed = await other.command('reconfig -remove 4');
    expect(removed.slice(1, -1).toSorted()).toEqual(before);
    const members = ensemble.lines.map(
      ({ sid, quorumPort, electionPort }, index) =>
        `server.${sid}=127.0.0.1:${quorumPort}:${electionPort}:participant;${ensemble.server(index).clientPort}`,
    );
    const directory = mkdtempSync(join(tmpdir(), 'vivarium-cli-'));
    try {
      writeFileSync(join(directory, 'members'), members.join('\n'));
      const fromFile = await other.command(`reconfig -file ${join(directory, 'members')}`);
      const expected = members.map((line) => line.replace(';', ';0.0.0.0:'));
      expect(fromFile.slice(1, -1).toSorted()).toEqual(expected);
      expect((await other.command(`reconfig -members ${members.join(',')}`)).slice(1, -1).toSorted()).toEqual(expected);
    } finally {
      rmSync(directory, { recursive: true });
      await other.kill();
    }
    // The other client asked for this event with `config -w`.
    await cli.event('NodeDataChanged path:/zookeeper/config');
  },

  async redo({ cli, path }) {
    const lines = await cli.command('history');
    const number = lines.find((line) => line.endsWith(` - create ${path} data`))?.split(' ')[0];
    await cli.command(`delete ${path}`);
    expect(await cli.command(`redo ${number}`)).toEqual([`Created ${path}`]);
  },

  async removewatches({ cli, path }) {
    await cli.command(`get -w ${path}`);
    await cli.command(`ls -w ${path}`);
    await cli.command(`removewatches ${path} -d`);
    await cli.event(`DataWatchRemoved path:${path}`);
    await cli.command(`removewatches ${path} -c`);
    await cli.event(`ChildWatchRemoved path:${path}`);
    await cli.command(`addWatch -m PERSISTENT ${path}`);
    await cli.command(`removewatches ${path} -a`);
    await cli.event(`PersistentWatchRemoved path:${path}`);
    expect(await cli.command(`removewatches ${path} -a`)).toEqual([`KeeperErrorCode = No such watcher for ${path}`]);
    await cli.command(`set ${path} x`);
    expect(cli.hasEvent(`NodeDataChanged path:${path}`)).toBe(false);
    await cli.command(`get -w ${path}`);
    await cli.command(`removewatches ${path} -l`);
  },

  async set({ cli, path }) {
    expect(await cli.command(`set ${path} one`)).toEqual([]);
    expect(statOf(await cli.command(`set -s -v 1 ${path} two`))).toMatchObject({ dataVersion: '2', dataLength: '3' });
    expect(await cli.command(`set -v 1 ${path} no`)).toEqual([`version No is not valid : ${path}`]);
  },

  async setAcl({ cli, path }) {
    await cli.command('addauth digest ann:secret');
    await cli.command(`create ${path}/a`);
    expect(await cli.command(`setAcl -R ${path} auth::cdrwa`)).toEqual([]);
    const hash = createHash('sha1').update('ann:secret').digest('base64');
    expect(await cli.command(`getAcl ${path}/a`)).toEqual([`'digest,'ann:${hash}`, ': cdrwa']);
    const stat = statOf(await cli.command(`setAcl -s -v 1 ${path} world:anyone:cdrwa,ip:127.0.0.0/8:r`));
    expect(stat.aclVersion).toBe('2');
    expect(await cli.command(`setAcl -v 1 ${path} world:anyone:cdrwa`)).toEqual([`version No is not valid : ${path}`]);
    expect(await cli.command(`setAcl ${path} digest:nohash:r`)).toEqual([`Acl is not valid : ${path}`]);
  },

  async setquota({ cli, path }) {
    expect(await cli.command(`setquota -n 10 ${path}`)).toEqual([]);
    expect(await cli.command(`setquota -b 100 ${path}`)).toEqual([]);
    expect(await cli.command(`setquota -N 2 ${path}`)).toEqual([]);
    expect(await cli.command(`setquota -B 20 ${path}`)).toEqual([]);
    expect(await cli.command(`create ${path}/a`)).toEqual([`Created ${path}/a`]);
    expect(await cli.command(`create ${path}/b`)).toEqual([`Quota has exceeded : ${path}/b`]);
    expect(await cli.command(`set ${path}/a 12345678901234567`)).toEqual([`Quota has exceeded : ${path}/a`]);
    expect(await cli.command(`set ${path}/a 1234567890123456`)).toEqual([]);
    expect((await cli.command(`setquota -n 5 ${path}/a`)).join()).toContain('quota');
  },

  async stat({ cli, path }) {
    expect(statOf(await cli.command(`stat ${path}`))).toMatchObject({ dataLength: '4', ephemeralOwner: '0x0' });
    await cli.command(`stat -w ${path}`);
    await cli.command(`delete ${path}`);
    await cli.event(`NodeDeleted path:${path}`);
  },

  async sync({ cli, path }) {
    expect(await cli.command(`sync ${path}`)).toEqual(['Sync is OK']);
  },

  async version({ cli }) {
    expect((await cli.command('version')).join()).toContain('ZooKeeper CLI version: 3.');
  },

  async whoami({ cli }) {
    const lines = await cli.command('whoami');
    expect(lines).toContain('Auth scheme: User');
    expect(lines).toContain('ip: 127.0.0.1');
  },
};

/** The names of the commands that `help` lists. */
async function listed(cli: ZkCli): Promise<string[]> {
  const lines = await cli.command('help');
  return lines.flatMap((line) => /^\t(\S+) /.exec(line)?.[1] ?? []);
}

describe.each(threeServers)('the commands of zkCli.sh and $name', (environment) => {
  let ensemble: TestEnsemble;
  let cli: ZkCli;

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
    cli = await ZkCli.open(ensemble.connectString);
    await cli.connected();
  }, 60_000);

  afterAll(async () => {
    await cli?.kill();
    await ensemble?.stop();
  });

  test('every command that help lists has a test here', async () => {
    expect((await listed(cli)).toSorted()).toEqual(Object.keys(commands).toSorted());
  });

  test.each(Object.entries(commands))(
    '%s',
    async (name, run) => {
      const path = `/${name}`;
      expect(await cli.command(`create ${path} data`)).toEqual([`Created ${path}`]);
      await run({ cli, path, ensemble });
    },
    60_000,
  );
});
