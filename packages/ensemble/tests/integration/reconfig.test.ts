/** Servers join a running ensemble of ours and leave it, under load: the leader among them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { WriteLoad } from './load/write-load.ts';
import { CHANGEABLE, type Joiner, makeJoiner, reconfigure, waitForMembers } from './reconfig/changing-ensemble.ts';

const SESSIONS = 4;
const BAD_VERSION = -103;
const BAD_ARGUMENTS = -8;
const NO_QUORUM = -13;

let ensemble: TestEnsemble;
let joiner: Joiner;
let load: WriteLoad;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({ servers: 3, extra: CHANGEABLE });
  joiner = await makeJoiner(ensemble, 4, flavourUnderTest);
  load = new WriteLoad(`${ensemble.connectString},127.0.0.1:${joiner.server.clientPort}`, SESSIONS);
  await load.progressAfter(0);
}, 60_000);

afterAll(async () => {
  await load?.close();
  await joiner?.server.crash();
  await ensemble?.stop();
});

function serversOf(sids: readonly number[]): TestServer[] {
  return sids.map((sid) => (sid === 4 ? joiner.server : ensemble.server(sid - 1)));
}

async function leaderOf(servers: readonly TestServer[]): Promise<TestServer> {
  return pollUntil(
    async () => {
      const modes = await Promise.all(servers.map((server) => server.status()));
      return servers.find((_, index) => modes[index]?.mode === 'leader');
    },
    { deadlineMs: 30_000, describe: () => 'a leader' },
  );
}

test('a change that makes no sense is refused, and changes nothing', async () => {
  const [first] = ensemble.servers as [TestServer];
  expect(await reconfigure(first, { leaving: '3', version: 7n })).toBe(BAD_VERSION);
  expect(await reconfigure(first, { joining: 'server.4=nonsense' })).toBe(BAD_ARGUMENTS);
  expect(await reconfigure(first, { leaving: '1,2,3' })).toBe(BAD_ARGUMENTS);
  // Nobody is there yet: {2, 4, 5} would have one of three.
  const others = `server.5=127.0.0.1:1:2;127.0.0.1:3,${joiner.line('participant')}`;
  expect(await reconfigure(first, { joining: others, leaving: '1,3' })).toBe(NO_QUORUM);
  await waitForMembers(ensemble.servers, [1, 2, 3]);
});

test('a server joins, serves and counts', async () => {
  joiner.server.start();
  await pollUntil(async () => (await reconfigure(ensemble.server(0), { joining: joiner.line('participant') })) === 0, {
    deadlineMs: 20_000,
    describe: () => `the joiner is taken\n${joiner.server.report()}`,
  });
  await waitForMembers(serversOf([1, 2, 3, 4]), [1, 2, 3, 4]);
  expect((await joiner.server.status())?.mode).toBe('follower');
  const [follower] = (
    await Promise.all(ensemble.servers.map(async (s) => ((await s.status())?.mode === 'leader' ? [] : [s])))
  ).flat();
  await follower?.crash();
  await load.progressAfter(Date.now());
  follower?.start();
  await ensemble.waitUntilServing();
});

test('the leader leaves, another one leads at once, and it comes back as an observer', async () => {
  const leader = await leaderOf(serversOf([1, 2, 3, 4]));
  const leaving = serversOf([1, 2, 3, 4]).indexOf(leader) + 1;
  const staying = [1, 2, 3, 4].filter((sid) => sid !== leaving);
  load.takeLongestGapMs();
  const via = serversOf(staying)[0] as TestServer;
  // The server that is asked may lose its clients with the change of leaders, before it has answered.
  expect([0, null]).toContain(await reconfigure(via, { leaving: String(leaving) }));
  await waitForMembers(serversOf(staying), staying);
  expect(await leaderOf(serversOf(staying))).not.toBe(leader);
  await load.progressAfter(Date.now());
  expect(await leader.status()).toBeUndefined();
  const addresses = ensemble.lines[leaving - 1];
  if (addresses !== undefined) {
    const line = `127.0.0.1:${addresses.quorumPort}:${addresses.electionPort}:observer;127.0.0.1:${leader.clientPort}`;
    expect(await reconfigure(via, { joining: `server.${leaving}=${line}` })).toBe(0);
    await waitForMembers(serversOf([1, 2, 3, 4]), [1, 2, 3, 4]);
    expect((await leader.status())?.mode).toBe('observer');
  }
  console.log(`the leader was removed: ${load.takeLongestGapMs().toFixed(0)} ms without an acknowledged write`);
});

test('all that was acknowledged is on every server, also after a restart of all', async () => {
  const members = [1, 2, 3, 4];
  await Promise.all(serversOf(members).map((server) => server.crash()));
  for (const server of serversOf(members)) server.start();
  await waitForMembers(serversOf(members), members);
  await load.progressAfter(Date.now());
  const report = await load.stop();
  expect(report.losses).toBe(0);
  for (const server of serversOf(members)) {
    const verification = await load.verify(server.clientPort);
    expect(verification).toEqual({ missing: [], stale: [], orphans: [], checked: load.acknowledgedPaths });
  }
  console.log(`${load.acknowledgedPaths} paths checked on each server`);
}, 60_000);
