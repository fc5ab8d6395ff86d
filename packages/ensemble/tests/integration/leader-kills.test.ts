import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { WriteLoad } from './load/write-load.ts';

const KILLS = 20;
const SESSIONS = 6;

let ensemble: TestEnsemble;
let load: WriteLoad;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({ servers: 3 });
  load = new WriteLoad(ensemble.connectString, SESSIONS);
  await load.progressAfter(0);
}, 60_000);

afterAll(async () => {
  await load?.close();
  await ensemble?.stop();
});

/** The epoch in a zxid. */
function epochOf(zxid: bigint): bigint {
  return zxid >> 32n;
}

test(`${KILLS} leaders are killed in a row under write load: each time a new one serves, and nothing is lost`, async () => {
  const outagesMs: number[] = [];
  let epoch = epochOf((await (await ensemble.waitForLeader()).status())?.zxid ?? 0n);
  for (let kill = 1; kill <= KILLS; kill++) {
    load.takeLongestGapMs();
    const killed = await ensemble.killLeader();
    const leader = await ensemble.waitForLeader();
    expect(leader).not.toBe(killed);
    await load.progressAfter(Date.now());
    outagesMs.push(load.takeLongestGapMs());
    const newEpoch = epochOf((await leader.status())?.zxid ?? 0n);
    expect(newEpoch, `epoch after kill ${kill}`).toBeGreaterThan(epoch);
    epoch = newEpoch;
    killed.start();
    await ensemble.waitUntilServing();
  }
  const report = await load.stop();
  expect(report.losses).toBe(0);
  expect(report.sessions.map((session) => session.last)).toEqual(report.sessions.map((session) => session.first));
  for (const server of ensemble.servers) {
    const verification = await load.verify(server.clientPort);
    expect(verification, `on the server with client port ${server.clientPort}`).toEqual({
      missing: [],
      stale: [],
      orphans: [],
      checked: load.acknowledgedPaths,
    });
  }
  const sorted = outagesMs.toSorted((a, b) => a - b);
  console.log(
    `${KILLS} leader kills, ${load.acknowledgedPaths} paths checked on each server; outage median ` +
      `${sorted[KILLS / 2]?.toFixed(0)} ms, longest ${sorted.at(-1)?.toFixed(0)} ms ` +
      `(${outagesMs.map((ms) => ms.toFixed(0)).join(' ')})`,
  );
}, 400_000);
