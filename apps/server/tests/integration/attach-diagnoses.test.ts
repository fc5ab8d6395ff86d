/** Eight faults, injected on purpose into servers of Apache's, and the diagnosis that is read of each. */
import { once } from 'node:events';
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AttachRig, entryOf } from '../harness/attach-rig.ts';

const CLUSTER = 'foreign';
/** `jute.maxbuffer` unless it is configured. */
const MAX_BUFFER = 0xfffff;
/** Below `syncLimit`, after which the leader would leave it behind. */
const LAG_MS = 5_000;
const LONG_NAME = 'a-child-with-a-long-name-'.repeat(50);
const CHILDREN = 610;
const CHILDREN_A_MULTI = 100;

let foreign: ForeignEnsemble;
let rig: AttachRig;
let client: ZooKeeperClient;
const mend: (() => unknown)[] = [];

beforeAll(async () => {
  foreign = await ForeignEnsemble.start({
    faults: true,
    links: true,
    // A leader has patience with a follower that lags.
    extra: { syncLimit: 40 },
  });
  client = new ZooKeeperClient({ connectString: foreign.directConnectString, sessionTimeoutMs: 20_000 });
  client.start();
  if (client.state !== 'connected') await once(client, 'state');
  await crowd('/crowded');
  rig = await AttachRig.start([await entryOf(foreign, CLUSTER)]);
  await rig.mirrored(CLUSTER);
  await rig.healthUntil(CLUSTER, ({ word }) => (word === 'healthy' || word === 'coming' ? true : undefined), 'well');
}, 90_000);

afterEach(async () => {
  for (const undo of mend.splice(0)) await undo();
  await foreign.ensemble.waitUntilServing();
});

afterAll(async () => {
  await client?.close();
  await rig?.remove();
  await foreign?.stop();
});

test('a list of children comes near the limit', async () => {
  const found = await rig.finding(CLUSTER, 'childListNearLimit');
  expect(found.path).toBe('/crowded');
  expect(found.evidence).toMatchObject({ kind: 'gauge', unit: 'bytes', limit: MAX_BUFFER });
});

test('a server is down, and quorum at its edge', async () => {
  const victim = await foreign.follower();
  await victim.server.crash();
  mend.push(() => victim.server.start());
  const down = await rig.finding(CLUSTER, 'serverDown', victim.sid);
  expect(down.sinceMs).not.toBeNull();
  const edge = await rig.finding(CLUSTER, 'quorumAtEdge');
  expect(edge.severity).toBe('warning');
  const { word, restart } = await rig.health(CLUSTER);
  expect(word).toBe('atRisk');
  const leader = await foreign.leader();
  for (const sid of [1, 2, 3].filter((other) => other !== victim.sid)) {
    expect(restart.find((answer) => answer.sid === sid)?.answer, `restart ${sid}, ${leader.sid} leads`).toBe('no');
  }
});

test('a server is paused: it takes connections and says nothing', async () => {
  await rig.gone(CLUSTER, 'serverDown', 'quorumAtEdge');
  const victim = await foreign.follower();
  await victim.server.pause();
  mend.push(() => victim.server.kill('SIGCONT'));
  const silent = await rig.finding(CLUSTER, 'serverSilent', victim.sid);
  expect(silent.sids).toEqual([victim.sid]);
  const { findings } = await rig.health(CLUSTER);
  expect(findings.map(({ code }) => code)).not.toContain('serverDown');
});

test('a replica that was changed by hand differs', async () => {
  await rig.gone(CLUSTER, 'serverSilent', 'quorumAtEdge');
  await client.create('/changed-by-hand', new TextEncoder().encode('as it was committed'));
  const victim = await foreign.follower();
  await foreign.diverge(victim.sid, '/changed-by-hand');
  const writing = keepWriting('/digest-mark');
  mend.push(() => writing.end());
  const found = await rig.finding(CLUSTER, 'digestsDiffer', victim.sid, 60_000);
  expect(found).toMatchObject({ severity: 'critical', sids: [victim.sid], evidence: { kind: 'values' } });
  // The right value again, by way of a restart without data.
  await client.delete('/changed-by-hand');
});

test('a disk is slow', async () => {
  const victim = await foreign.leader();
  victim.faults?.setSyncDelay(600);
  mend.push(() => victim.faults?.setSyncDelay(0));
  const writing = keepWriting('/slow');
  mend.push(() => writing.end());
  const found = await rig.finding(CLUSTER, 'slowFsync', victim.sid);
  expect(found.evidence.kind).not.toBe('none');
  expect(
    (await rig.health(CLUSTER)).findings.filter(({ code }) => code === 'slowFsync').flatMap(({ sids }) => sids),
  ).toEqual([victim.sid]);
});

test('a flood of requests: those outstanding grow', async () => {
  const flood = new Flood(foreign.directConnectString);
  mend.push(() => flood.end());
  await flood.begin();
  const found = await rig.finding(CLUSTER, 'outstandingGrow');
  expect(found.evidence.kind).toBe('series');
});

test('a follower lags behind', async () => {
  const leader = await foreign.leader();
  const victim = await foreign.follower();
  const link = foreign.link(victim.sid, leader.sid);
  link.delay(LAG_MS);
  mend.push(() => link.mend());
  const writing = keepWriting('/lagging');
  mend.push(() => writing.end());
  const found = await rig.finding(CLUSTER, 'lagging', victim.sid);
  expect(found.params).toMatchObject({ sid: victim.sid, leader: leader.sid });
  expect(Number(found.params.transactions)).toBeGreaterThan(0);
});

/** Makes a list of children that is near the limit. Such lists are looked for soon after attaching, and then once a minute. */
async function crowd(parent: string): Promise<void> {
  await client.create(parent, null);
  const paths = Array.from({ length: CHILDREN }, (_, at) => `${parent}/${LONG_NAME}${at}`);
  for (let first = 0; first < paths.length; first += CHILDREN_A_MULTI) {
    const some = paths.slice(first, first + CHILDREN_A_MULTI);
    await client.multi(some.map((path) => ({ op: 'create', path, data: new Uint8Array(0) })));
  }
}

/** A write at a time, for as long as it is wanted. */
function keepWriting(path: string): { end(): Promise<void> } {
  let isOver = false;
  const run = async (): Promise<void> => {
    await client.create(path, null).catch(() => undefined);
    while (!isOver) await client.setData(path, new Uint8Array(100)).catch(() => undefined);
  };
  const running = run();
  return {
    async end() {
      isOver = true;
      await running;
    },
  };
}

/** Clients that send more than the servers can answer. */
class Flood {
  private readonly clients: readonly ZooKeeperClient[];
  private running: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(connectString: string) {
    this.clients = Array.from(
      { length: 8 },
      () => new ZooKeeperClient({ connectString, sessionTimeoutMs: 40_000, operationDeadlineMs: 60_000 }),
    );
  }

  async begin(): Promise<void> {
    for (const one of this.clients) one.start();
    await client.create('/flood', null);
    const lane = async (one: ZooKeeperClient): Promise<void> => {
      while (!this.isOver) await one.setData('/flood', new Uint8Array(1_000)).catch(() => undefined);
    };
    this.running = Promise.all(this.clients.flatMap((one) => Array.from({ length: 200 }, () => lane(one))));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
    await Promise.all(this.clients.map((one) => one.close()));
  }
}
