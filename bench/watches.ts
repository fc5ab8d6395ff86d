import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import { debianJvmArguments } from '@vivarium/ensemble/tests/harness/server-command';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import type { Figure, Sample } from './figures.ts';
import { nextResult, residentMebibytes, spawnGenerator } from './rig.ts';

const SESSIONS = 10_000;
const NODES = 100;
const FIRINGS = 5;

/** One server that holds 10,000 sessions with a million watches between them: what they cost, and to fire a znode's. */
export const watches: Figure = {
  name: 'watches',
  leastRounds: 1,
  async measure(flavour: Flavour): Promise<Sample[]> {
    const ensemble = await TestEnsemble.start({
      servers: 1,
      flavours: flavour,
      tickTimeMs: 2_000,
      extra: { maxClientCnxns: 0, maxSessionTimeout: 600_000 },
      jvmArguments: debianJvmArguments,
    });
    try {
      const [server] = ensemble.servers;
      const pid = server?.pid ?? 0;
      const before = residentMebibytes(pid);
      const load = spawnGenerator(
        [server?.clientPort ?? 0],
        ...['--watched', String(NODES), '--sessions', String(SESSIONS)],
      );
      const { heldMs } = await nextResult<{ heldMs: number }>(load);
      const held = residentMebibytes(pid);
      const firedMs: number[] = [];
      for (let firing = 0; firing < FIRINGS; firing++) {
        load.send('fire');
        firedMs.push((await nextResult<{ firedMs: number }>(load)).firedMs);
      }
      load.end();
      await load.exited;
      const each = `${SESSIONS} sessions, ${SESSIONS * NODES} watches`;
      return [
        { row: `${each}: set up`, unit: 's', higherIsBetter: false, value: heldMs / 1_000 },
        { row: '… resident memory for them', unit: 'MiB', higherIsBetter: false, value: held - before },
        { row: '… resident memory in all', unit: 'MiB', higherIsBetter: false, value: held },
        ...firedMs.map((value) => ({
          row: `… ${SESSIONS} watches of one znode fired and heard`,
          unit: 's',
          higherIsBetter: false,
          value: value / 1_000,
        })),
      ];
    } finally {
      await ensemble.stop();
    }
  },
};
