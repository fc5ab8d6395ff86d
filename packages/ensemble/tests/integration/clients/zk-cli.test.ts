import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { oneAndThreeServers, startClientEnsemble } from './client-ensembles.ts';
import { runOnce, statOf, ZkCli } from './zk-cli.ts';

describe.each(oneAndThreeServers)('zkCli.sh and $name', (environment) => {
  const { servers } = environment;
  let ensemble: TestEnsemble;
  let cli: ZkCli;

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
    cli = await ZkCli.open(ensemble.connectString);
  }, 60_000);

  afterAll(async () => {
    await cli?.kill();
    await ensemble?.stop();
  });

  test('create, get -s and stat', async () => {
    expect(await cli.command('create /a hello')).toEqual(['Created /a']);
    expect(await cli.command('create /a hello')).toEqual(['Node already exists: /a']);
    expect(await cli.command('create /no/child x')).toEqual(['Node does not exist: /no/child']);
    expect(await cli.command('get /a')).toEqual(['hello']);
    const lines = await cli.command('get -s /a');
    expect(lines[0]).toBe('hello');
    const stat = statOf(lines);
    expect(stat).toMatchObject({
      cversion: '0',
      dataVersion: '0',
      aclVersion: '0',
      ephemeralOwner: '0x0',
      dataLength: '5',
      numChildren: '0',
    });
    expect(stat.mZxid).toBe(stat.cZxid);
    expect(stat.pZxid).toBe(stat.cZxid);
    expect(Math.abs(Date.parse(stat.ctime ?? '') - Date.now())).toBeLessThan(60_000);
    expect(statOf(await cli.command('stat /a'))).toEqual(stat);
  });

  test('set, with and without a version', async () => {
    expect(await cli.command('set /a one')).toEqual([]);
    const stat = statOf(await cli.command('set -s /a three'));
    expect(stat).toMatchObject({ dataVersion: '2', dataLength: '5' });
    expect(await cli.command('set -v 1 /a no')).toEqual(['version No is not valid : /a']);
    expect(await cli.command('set -v 2 /a four')).toEqual([]);
    expect(await cli.command('get /a')).toEqual(['four']);
  });

  test('create -e, -s and -s -e', async () => {
    expect(await cli.command('create -s /a/q- x')).toEqual(['Created /a/q-0000000000']);
    expect(await cli.command('create -e /a/e y')).toEqual(['Created /a/e']);
    expect(await cli.command('create -s -e /a/es- z')).toEqual(['Created /a/es-0000000002']);
    expect(statOf(await cli.command('stat /a/e')).ephemeralOwner).toMatch(/^0x[0-9a-f]{8,}$/);
    expect(await cli.command('create /a/e/child x')).toEqual(['Ephemerals cannot have children: /a/e/child']);
  });

  test('ls, ls -s, ls -R', async () => {
    expect(await cli.command('ls /')).toEqual(['[a, zookeeper]']);
    const lines = await cli.command('ls -s /a');
    expect(lines[0]).toBe('[e, es-0000000002, q-0000000000]');
    expect(statOf(lines)).toMatchObject({ numChildren: '3', cversion: '3' });
    expect(await cli.command('ls -R /a')).toEqual(['/a', '/a/e', '/a/es-0000000002', '/a/q-0000000000']);
    expect(await cli.command('ls -R /zookeeper')).toEqual(['/zookeeper', '/zookeeper/config', '/zookeeper/quota']);
    expect(await cli.command('ls /missing')).toEqual(['Node does not exist: /missing']);
  });

  test('getAcl, setAcl and addauth', async () => {
    expect(await cli.command('getAcl /a')).toEqual(["'world,'anyone", ': cdrwa']);
    expect(await cli.command('addauth digest ann:secret')).toEqual([]);
    expect(await cli.command('setAcl /a auth::cdrwa')).toEqual([]);
    const lines = await cli.command('getAcl -s /a');
    const hash = createHash('sha1').update('ann:secret').digest('base64');
    expect(lines.slice(0, 2)).toEqual([`'digest,'ann:${hash}`, ': cdrwa']);
    expect(statOf(lines).aclVersion).toBe('1');
    const stranger = await ZkCli.open(ensemble.connectString);
    expect(await stranger.command('get /a')).toEqual(['Insufficient permission : /a']);
    expect(await stranger.command('addauth digest ann:secret')).toEqual([]);
    expect(await stranger.command('get /a')).toEqual(['four']);
    expect(await stranger.quit()).toBe(0);
    expect(await cli.command('setAcl /a nothing:x:r')).toEqual(['Acl is not valid : /a']);
    expect(await cli.command('setAcl /a world:anyone:cdrwa')).toEqual([]);
  });

  test('sync, delete and deleteall', async () => {
    expect(await cli.command('sync /a')).toEqual(['Sync is OK']);
    expect(await cli.command('delete /a')).toEqual(['Node not empty: /a']);
    expect(await cli.command('delete -v 3 /a/e')).toEqual(['version No is not valid : /a/e']);
    expect(await cli.command('delete -v 0 /a/e')).toEqual([]);
    expect(await cli.command('create /a/deep x')).toEqual(['Created /a/deep']);
    expect(await cli.command('create /a/deep/deeper x')).toEqual(['Created /a/deep/deeper']);
    expect(await cli.command('deleteall /a')).toEqual([]);
    expect(await cli.command('ls /')).toEqual(['[zookeeper]']);
  });

  test('watches of get, stat and ls', async () => {
    expect(await cli.command('stat -w /w')).toEqual(['Node does not exist: /w']);
    expect(await cli.command('create /w x')).toEqual(['Created /w']);
    await cli.event('NodeCreated path:/w');
    await cli.command('get -w /w');
    await cli.command('set /w y');
    await cli.event('NodeDataChanged path:/w');
    await cli.command('ls -w /w');
    await cli.command('create /w/child');
    await cli.event('NodeChildrenChanged path:/w');
    await cli.command('get -w /w/child');
    await cli.command('deleteall /w');
    await cli.event('NodeDeleted path:/w/child');
  });

  test('one command a session: exit codes and output', async () => {
    const created = await runOnce(ensemble.connectString, 'create', '/once', 'data');
    expect(created.code).toBe(0);
    expect(created.lines).toContain('Created /once');
    const read = await runOnce(ensemble.connectString, 'get', '/once');
    expect(read.code).toBe(0);
    expect(read.lines).toContain('data');
    const failed = await runOnce(ensemble.connectString, 'get', '/missing');
    expect(failed.code).toBe(1);
    expect(failed.lines).toContain('Node does not exist: /missing');
  }, 30_000);

  test('what changed while its server was dead fires the watches when it is back; the others stay', async () => {
    const server = ensemble.server(0);
    const watching = await ZkCli.open(`127.0.0.1:${server.clientPort}`);
    for (const name of ['changed', 'parent', 'deleted', 'later']) {
      await watching.command(`create /${name} old`);
    }
    await watching.command('create -e /mine x');
    const owner = statOf(await watching.command('stat /mine')).ephemeralOwner;
    await watching.command('get -w /changed');
    await watching.command('get -w /later');
    await watching.command('get -w /deleted');
    await watching.command('ls -w /parent');
    await watching.command('stat -w /created');
    await server.crash();
    const changeAll = async (connectString: string) => {
      const other = await ZkCli.open(connectString);
      await other.command('set /changed new');
      await other.command('create /parent/child x');
      await other.command('delete /deleted');
      await other.command('create /created x');
      await other.quit();
    };
    if (servers > 1) {
      await changeAll(
        ensemble.servers
          .slice(1)
          .map((one) => `127.0.0.1:${one.clientPort}`)
          .join(','),
      );
    }
    server.start();
    await ensemble.waitUntilServing();
    if (servers === 1) {
      await changeAll(ensemble.connectString);
    }
    await watching.event('NodeDataChanged path:/changed');
    await watching.event('NodeChildrenChanged path:/parent');
    await watching.event('NodeDeleted path:/deleted');
    await watching.event('NodeCreated path:/created');
    expect(statOf(await watching.command('stat /mine')).ephemeralOwner).toBe(owner);
    await watching.command('set /later new');
    await watching.event('NodeDataChanged path:/later');
    expect(await watching.quit()).toBe(0);
  }, 60_000);
});
