/**
 * A rolling migration: three Apache servers are replaced by ours, one by one, on their own data directories and under load,
 * and back again. Sessions and ephemerals live through all of it, and at the end nothing is other than it was.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { digestId, SUPERUSER } from './differential/request-generator.ts';
import { readTree } from './differential/tree-text.ts';
import { WriteLoad } from './load/write-load.ts';
import { compareDigests, digestMismatches } from './mixed/digests.ts';
import { MovingSession } from './mixed/moving-session.ts';
import { randomLoad } from './mixed/random-load.ts';

const SESSIONS = 4;
/** Written while the servers change, each in one direction. */
const ROOTS = ['/there', '/back'] as const;
/** What no load may have changed, and what each server writes for itself. */
const OWN_PATHS = ['/digest-mark', '/zookeeper/config'];

let ensemble: TestEnsemble;
let servers: TestServer[];
let session: MovingSession;
/** Loads in the order in which they began; they keep their sessions and ephemerals to the end. */
const loads: WriteLoad[] = [];
/** What the servers had before any was replaced. */
let before: Map<string, string>;
/** And when all were replaced. */
let between: Map<string, string>;
const figures: string[] = [];

/** The tree that all servers have. */
async function commonTree(): Promise<Map<string, string>> {
  const [first, ...others] = await Promise.all(servers.map((server) => readTree(server.clientPort)));
  if (first === undefined) throw new Error('no server');
  for (const tree of [first, ...others]) for (const path of OWN_PATHS) tree.delete(path);
  for (const other of others) expect(other).toEqual(first);
  return first;
}

/** The entries of a tree that stand below none of these paths. */
function apartFrom(tree: ReadonlyMap<string, string>, roots: readonly string[]): Map<string, string> {
  return new Map([...tree].filter(([path]) => !roots.some((root) => path === root || path.startsWith(`${root}/`))));
}

/** How many sessions the ensemble has, by what each server says. */
async function sessionCounts(): Promise<number[]> {
  const texts = await Promise.all(servers.map((server) => fourLetterWord(server.clientPort, 'mntr')));
  return texts.map((text) => Number(/^zk_global_sessions\t(\d+)$/m.exec(text)?.[1]));
}

/** Replaces every server by one of this flavour, one by one, under a load of its own. */
async function migrate(flavour: Flavour, root: string): Promise<void> {
  const load = new WriteLoad(ensemble.connectString, SESSIONS, root);
  loads.push(load);
  await load.progressAfter(0);
  const beganMs = performance.now();
  const gapsMs: number[] = [];
  let digests = 0;
  for (const [index, former] of servers.entries()) {
    load.takeLongestGapMs();
    // An orderly end one way, and none the other way.
    if (flavour === 'vivarium') await former.stop();
    else await former.crash();
    const server = new TestServer({ ...former.options, flavour });
    servers[index] = server;
    server.start();
    await server.waitUntilServing();
    expect(await session.moveTo(server.clientPort)).toBe(true);
    await load.progressAfter(Date.now());
    gapsMs.push(load.takeLongestGapMs());
    const { compared, differences } = await compareDigests(servers);
    expect(differences).toEqual([]);
    digests = Math.max(digests, compared);
  }
  const { losses, sessions } = await load.stop();
  expect(losses).toBe(0);
  expect(sessions.map(({ last }) => last)).toEqual(sessions.map(({ first }) => first));
  for (const one of loads) {
    for (const server of servers) {
      expect(await one.verify(server.clientPort)).toEqual({
        missing: [],
        stale: [],
        orphans: [],
        checked: one.acknowledgedPaths,
      });
    }
  }
  figures.push(
    `to ${flavour}: ${((performance.now() - beganMs) / 1000).toFixed(1)} s, ${load.acknowledgedPaths} paths written, ` +
      `longest gaps ${gapsMs.map((ms) => ms.toFixed(0)).join(', ')} ms, up to ${digests} digests compared at a time`,
  );
}

beforeAll(async () => {
  ensemble = await TestEnsemble.create({
    servers: 3,
    flavours: 'apache',
    extra: {
      // Containers and znodes whose time is over stay: what was there before has to be there afterwards.
      extendedTypesEnabled: true,
      'znode.container.checkIntervalMs': 1_000_000_000,
      preAllocSize: 64,
      // For several snapshots of each server.
      snapCount: 500,
      'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
    },
  });
  servers = [...ensemble.servers];
  for (const server of servers) server.start();
  await ensemble.waitUntilServing();
}, 60_000);

afterAll(async () => {
  await Promise.all(loads.map((load) => load.close()));
  await Promise.all((servers ?? []).map((server) => server.crash()));
  await ensemble?.stop();
  for (const line of figures) console.log(line);
});

test('before: a tree of all kinds of znodes, and a session with ephemerals', async () => {
  await randomLoad(servers, 7_001);
  const [first] = servers;
  session = await MovingSession.open(first?.clientPort ?? 0, 60_000);
  for (let number = 0; number < 5; number++) expect(await session.createEphemeral(`/ephemeral-${number}`)).toBe(0);
  const { connection } = session;
  const container = createBody('/container', 'c', 4);
  expect((await connection.request(op.createContainer, container))?.error).toBe(0);
  const longLived = new Bytes().raw(createBody('/ttl', 't', 5)).long(10_000_000n).buffer;
  expect((await connection.request(op.createTtl, longLived))?.error).toBe(0);
  // No later step may create a child of the root: that would change the root.
  for (const root of ROOTS) expect((await connection.request(op.create, createBody(root, '')))?.error).toBe(0);
  expect((await compareDigests(servers)).differences).toEqual([]);
  before = await commonTree();
  expect(before.size).toBeGreaterThan(30);
});

test('Apache’s servers are replaced by ours, under load', async () => {
  await migrate('vivarium', ROOTS[0]);
  between = await commonTree();
  expect(apartFrom(between, [ROOTS[0]])).toEqual(apartFrom(before, [ROOTS[0]]));
  const counts = await sessionCounts();
  expect(new Set(counts).size).toBe(1);
  for (const server of servers) expect(await digestMismatches(server)).toBe(0);
}, 120_000);

test('and ours by Apache’s again', async () => {
  await migrate('apache', ROOTS[1]);
  const after = await commonTree();
  expect(apartFrom(after, [ROOTS[1]])).toEqual(apartFrom(between, [ROOTS[1]]));
  expect(apartFrom(after, ROOTS)).toEqual(apartFrom(before, ROOTS));
  const counts = await sessionCounts();
  expect(new Set(counts).size).toBe(1);
}, 120_000);

test('the sessions are alive, and their ephemerals go with them', async () => {
  for (const load of loads) await load.close();
  for (const { clientPort } of servers) {
    expect(await session.moveTo(clientPort)).toBe(true);
    const reader = await RawConnection.openSession(clientPort);
    await reader.request(9, new Bytes().field('/').buffer);
    for (let number = 0; number < 5; number++) {
      const reply = await reader.request(op.exists, new Bytes().field(`/ephemeral-${number}`).byte(0).buffer);
      expect(reply?.error).toBe(0);
    }
    reader.destroy();
  }
  expect(await session.close()).toBe(0);
  const tree = await commonTree();
  expect([...tree.keys()].filter((path) => path.startsWith('/ephemeral-'))).toEqual([]);
});
