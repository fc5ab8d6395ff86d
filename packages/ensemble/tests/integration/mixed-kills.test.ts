/**
 * Leaders of both kinds are killed under load, time after time: whoever takes over, and of whichever kind those are that
 * follow, nothing acknowledged is lost. `MIXED_KILLS=50` kills more of them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { WriteLoad } from './load/write-load.ts';
import { compareDigests } from './mixed/digests.ts';

const KILLS = Number(process.env.MIXED_KILLS ?? 6);
const SESSIONS = 4;

describe.each<{ flavours: readonly Flavour[] }>([
  { flavours: ['apache', 'vivarium', 'apache'] },
  { flavours: ['vivarium', 'apache', 'vivarium'] },
])('$flavours', ({ flavours }) => {
  let ensemble: TestEnsemble;
  let load: WriteLoad;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ servers: 3, flavours });
    load = new WriteLoad(ensemble.connectString, SESSIONS);
    await load.progressAfter(0);
  }, 60_000);

  afterAll(async () => {
    await load?.close();
    await ensemble?.stop();
  });

  test(`${KILLS} leaders are killed, and nothing is lost`, async () => {
    const led = { apache: 0, vivarium: 0 };
    const outagesMs: number[] = [];
    for (let kill = 1; kill <= KILLS; kill++) {
      load.takeLongestGapMs();
      const killed = await ensemble.killLeader();
      led[killed.options.flavour]++;
      await ensemble.waitForLeader();
      await load.progressAfter(Date.now());
      outagesMs.push(load.takeLongestGapMs());
      killed.start();
      await ensemble.waitUntilServing();
    }
    const report = await load.stop();
    expect(report.losses).toBe(0);
    expect(report.sessions.map((session) => session.last)).toEqual(report.sessions.map((session) => session.first));
    expect((await compareDigests(ensemble.servers)).differences).toEqual([]);
    for (const server of ensemble.servers) {
      expect(await load.verify(server.clientPort), server.report()).toEqual({
        missing: [],
        stale: [],
        orphans: [],
        checked: load.acknowledgedPaths,
      });
    }
    console.log(
      `${flavours}: killed while leading: ${led.apache} of Apache's, ${led.vivarium} of ours; ` +
        `${load.acknowledgedPaths} paths checked on each; outages ${outagesMs.map((ms) => ms.toFixed(0)).join(' ')} ms`,
    );
  }, 600_000);
});
