import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../harness/poll.ts';
import type { Flavour } from '../../harness/server-command.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';
import { InsertStream } from './insert-stream.ts';
import { ReplicaPair } from './replica-pair.ts';

describe.each<Flavour>(['vivarium', 'apache'])('ClickHouse and three servers of %s', (flavour) => {
  let ensemble: TestEnsemble;
  let pair: ReplicaPair;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ flavours: flavour });
    pair = await ReplicaPair.start(ensemble);
  }, 90_000);

  afterAll(async () => {
    await pair?.stop();
    await ensemble?.stop();
  });

  /** Makes a table on both replicas: one asks, and the others read what to do from a queue in ZooKeeper. */
  async function createTable(name: string): Promise<void> {
    const engine = `ReplicatedMergeTree('/clickhouse/tables/${name}', '{replica}') PARTITION BY toYYYYMM(day) ORDER BY id`;
    await pair.first.query(`CREATE TABLE ${name} ON CLUSTER everywhere (day Date, id UInt64) ENGINE = ${engine}`);
  }

  /** Expects what a query finds on both replicas, once each has what the other has. */
  async function expectOnBoth(table: string, query: string, rows: readonly string[]): Promise<void> {
    expect(await pair.synchronised(table, `${query} FORMAT CSV`)).toEqual([rows, rows]);
  }

  /**
   * Expects what both replicas find in those parts of a table that ZooKeeper has. Where the session is lost before a part was
   * registered, a ClickHouse so old keeps the part for five minutes, to look then whether it was; what the client inserts again
   * is there twice until then, on that replica alone.
   */
  async function expectRegistered(table: string, rows: readonly string[]): Promise<void> {
    await pair.synchronised(table, 'SELECT 1');
    for (const [index, replica] of pair.both.entries()) {
      const registered = `SELECT name FROM system.zookeeper WHERE path = '/clickhouse/tables/${table}/replicas/replica-${index + 1}/parts'`;
      let found: readonly string[] = [];
      // Merges go on, and for a moment a part and what it became are both there.
      await pollUntil(
        async () => {
          const parts = (await replica.query(registered)).map((name) => `'${name}'`).join();
          found = await replica.query(
            `SELECT count(), uniqExact(id), max(id) FROM ${table} WHERE _part IN (${parts}) FORMAT CSV`,
          );
          return found.join() === rows.join() ? true : undefined;
        },
        { deadlineMs: 30_000, describe: () => `${rows.join()} on replica ${index + 1}, but ${found.join()}` },
      );
    }
  }

  test('what is inserted on one replica is on both, and a block that comes again is there once', async () => {
    await createTable('shared');
    const january = "INSERT INTO shared VALUES ('2020-01-01', 1), ('2020-01-01', 2)";
    const february = "INSERT INTO shared VALUES ('2020-02-01', 3)";
    await pair.first.query(january);
    await pair.second.query(february);
    await pair.first.query(january);
    await pair.second.query(january);
    await pair.first.query(february);
    await expectOnBoth('shared', 'SELECT id FROM shared ORDER BY id', ['1', '2', '3']);
    const replicas =
      "SELECT name FROM system.zookeeper WHERE path = '/clickhouse/tables/shared/replicas' ORDER BY name";
    expect(await pair.second.query(replicas)).toEqual(['replica-1', 'replica-2']);
  });

  test('what changes a table on one replica changes it on both', async () => {
    await createTable('changing');
    for (const id of [1, 2, 3, 4]) {
      await pair.first.query(`INSERT INTO changing VALUES ('2020-01-01', ${id})`);
    }
    await pair.first.query("ALTER TABLE changing ADD COLUMN text String DEFAULT 'none'");
    await pair.second.query("INSERT INTO changing VALUES ('2020-01-01', 5, 'five')");
    await expectOnBoth('changing', 'SELECT groupArray(text) FROM (SELECT * FROM changing ORDER BY id)', [
      `"['none','none','none','none','five']"`,
    ]);
    await pair.first.query('ALTER TABLE changing DELETE WHERE id = 2');
    await pair.second.query("ALTER TABLE changing UPDATE text = 'three' WHERE id = 3");
    for (const replica of pair.both) {
      const undone = "SELECT mutation_id FROM system.mutations WHERE table = 'changing' AND NOT is_done";
      await pollUntil(async () => ((await replica.query(undone)).length === 0 ? true : undefined), {
        deadlineMs: 30_000,
        describe: () => `the end of the mutations\n${pair.report()}`,
      });
    }
    await pair.first.query('OPTIMIZE TABLE changing FINAL');
    await expectOnBoth('changing', 'SELECT id, text FROM changing ORDER BY id', [
      '1,"none"',
      '3,"three"',
      '4,"none"',
      '5,"five"',
    ]);
    await expectOnBoth('changing', "SELECT count() FROM system.parts WHERE table = 'changing' AND active", ['1']);
  });

  test('a replica that is killed catches up when it comes back', async () => {
    await createTable('behind');
    await pair.second.end('SIGKILL');
    for (let id = 0; id < 20; id++) {
      await pair.first.query(`INSERT INTO behind VALUES ('2020-01-01', ${id})`);
    }
    await pair.second.start();
    // It does not write before the session that it had is over, as its sign of life is still there.
    await pair.second.queryUntilDone("INSERT INTO behind VALUES ('2020-01-01', 20)");
    await expectOnBoth('behind', 'SELECT count(), uniqExact(id), max(id) FROM behind', ['21,21,20']);
  });

  test("ZooKeeper's leader is killed amid inserts: they go on, and each acknowledged row is on both replicas, once", async () => {
    await createTable('written');
    const stream = new InsertStream(pair.both, 'written');
    try {
      await stream.progress(20);
      const killed = await ensemble.killLeader();
      expect(await ensemble.waitForLeader()).not.toBe(killed);
      await stream.progress(20);
      killed.start();
      await ensemble.waitUntilServing();
      const readonly = 'SELECT table FROM system.replicas WHERE is_readonly OR is_session_expired';
      for (const replica of pair.both) {
        await pollUntil(async () => ((await replica.query(readonly)).length === 0 ? true : undefined), {
          deadlineMs: 60_000,
          describe: () => `tables that can be written\n${pair.report()}`,
        });
      }
      await stream.progress(20);
    } finally {
      await stream.stop();
    }
    const ids = stream.acknowledgedIds;
    expect(stream.failures).toBeGreaterThan(0);
    await expectRegistered('written', [`${ids},${ids},${ids - 1}`]);
    console.log(
      `ClickHouse, ${flavour}: ZooKeeper's leader killed: ${ids} rows, ${stream.failures} failed requests, at most ` +
        `${stream.longestGapMs.toFixed(0)} ms between two acknowledgements`,
    );
  });

  test('a table that is dropped leaves nothing in ZooKeeper', async () => {
    for (const table of ['shared', 'changing', 'behind', 'written']) {
      await pair.first.queryUntilDone(`DROP TABLE IF EXISTS ${table} ON CLUSTER everywhere`);
    }
    expect(await pair.second.query("SELECT name FROM system.zookeeper WHERE path = '/clickhouse/tables'")).toEqual([]);
  });
});
