import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../harness/poll.ts';
import type { Flavour } from '../../harness/server-command.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';
import { PatroniCluster } from './patroni-cluster.ts';
import { PostgresWriter } from './postgres-writer.ts';

describe.each<Flavour>(['vivarium', 'apache'])('Patroni and three servers of %s', (flavour) => {
  let ensemble: TestEnsemble;
  let cluster: PatroniCluster;
  let writer: PostgresWriter;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ flavours: flavour });
    cluster = await PatroniCluster.create(3, ensemble.connectString);
    cluster.startAll();
    const leader = await cluster.waitUntilSettled();
    await leader.query('CREATE TABLE written (value integer)');
    writer = new PostgresWriter(cluster.nodes.map((node) => node.postgresPort));
    await writer.progress();
  }, 90_000);

  afterAll(async () => {
    await writer?.close();
    await cluster?.stop();
    await ensemble?.stop();
  });

  /** What the writer saw of the disturbance that just ended; one line for who reads the results. */
  function tellGap(what: string): void {
    console.log(`Patroni, ${flavour}: ${what}: at most ${writer.takeLongestGapMs().toFixed(0)} ms between two writes`);
  }

  test('one node leads, the others follow it, and it holds the lock', async () => {
    const leader = await cluster.waitUntilSettled();
    const roles = (await cluster.list()).map(({ Role }) => Role);
    expect(roles.toSorted()).toEqual(['Leader', 'Replica', 'Sync Standby']);
    for (const node of cluster.nodes) {
      expect(await node.query('SELECT pg_is_in_recovery()')).toEqual([node === leader ? 'f' : 't']);
    }
  });

  test('a change of the configuration in ZooKeeper reaches every node', async () => {
    await cluster.patronictl('edit-config', '--force', '--quiet', '-p', 'work_mem=5MB');
    for (const node of cluster.nodes) {
      await pollUntil(async () => ((await node.query('SHOW work_mem'))[0] === '5MB' ? true : undefined), {
        deadlineMs: 30_000,
        describe: () => `the new configuration\n${node.report()}`,
      });
    }
  });

  test("ZooKeeper's leader is killed: the database stays where it is, and is written on", async () => {
    const leader = await cluster.waitUntilSettled();
    writer.takeLongestGapMs();
    const killed = await ensemble.killLeader();
    expect(await ensemble.waitForLeader()).not.toBe(killed);
    await writer.progress();
    expect(await cluster.waitUntilSettled()).toBe(leader);
    tellGap("ZooKeeper's leader killed");
    killed.start();
    await ensemble.waitUntilServing();
  });

  test("ZooKeeper's servers are restarted one after the other: the database stays where it is, and is written on", async () => {
    const leader = await cluster.waitUntilSettled();
    writer.takeLongestGapMs();
    for (const server of ensemble.servers) {
      await server.restart();
      await ensemble.waitUntilServing();
      await writer.progress();
    }
    expect(await cluster.waitUntilSettled()).toBe(leader);
    tellGap("ZooKeeper's servers restarted");
  });

  test('a switchover by patronictl', async () => {
    const former = await cluster.waitUntilSettled();
    const candidate = (await cluster.list()).find(({ Role }) => Role === 'Sync Standby')?.Member ?? '';
    writer.takeLongestGapMs();
    await cluster.patronictl('switchover', '--leader', former.name, '--candidate', candidate, '--force');
    expect((await cluster.waitUntilSettled()).name).toBe(candidate);
    await writer.progress();
    tellGap('switchover');
  });

  test("PostgreSQL's leader is killed: a replica takes over, and the killed one comes back as a replica", async () => {
    const killed = await cluster.waitUntilSettled();
    writer.takeLongestGapMs();
    await killed.crash();
    const successor = await cluster.waitForLeader(killed);
    await writer.progress();
    tellGap("PostgreSQL's leader killed");
    killed.start();
    expect(await cluster.waitUntilSettled()).toBe(successor);
  });

  test('every node has every acknowledged row, once, and the same rows as the others', async () => {
    await writer.stop();
    await cluster.waitUntilSettled();
    const [first, ...others] = await Promise.all(
      cluster.nodes.map(async (node) => (await node.query('SELECT value FROM written ORDER BY value')).map(Number)),
    );
    expect(first).toEqual([...new Set(first)]);
    const present = new Set(first);
    expect(writer.acknowledged.filter((value) => !present.has(value))).toEqual([]);
    for (const other of others) {
      expect(other).toEqual(first);
    }
    expect(writer.acknowledged.length).toBeGreaterThan(100);
  });
});
