import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '@vivarium/ensemble/tests/harness/ports';
import { debianJvmArguments } from '@vivarium/ensemble/tests/harness/server-command';
import { TestServer } from '@vivarium/ensemble/tests/harness/test-server';
import { writeZooCfg } from '@vivarium/ensemble/tests/harness/zoo-cfg';
import type { Row } from '../pages/part.ts';
import { short } from '../pages/statistics.ts';
import type { AttachBench } from './part.ts';

const SID = 99;
const START_LIMIT_MS = 300_000;

/** What the same costs Apache: an observer of its own with an empty disk, from its start until it serves. */
export async function observer({ foreign, rounds }: AttachBench): Promise<readonly Row[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [clientPort = 0, quorumPort = 0, electionPort = 0] = await freePorts(3);
    const directory = join(foreign.ensemble.directory, `apache-observer-${round}`);
    mkdirSync(directory);
    const own = { sid: SID, quorumPort, electionPort, observer: true };
    const servers = [...foreign.ensemble.lines.filter((line) => !line.observer), own];
    const zooCfgPath = writeZooCfg({ directory, clientPort, sid: SID, servers, tickTimeMs: 2_000 });
    const options = { flavour: 'apache', zooCfgPath, clientPort, directory, jvmArguments: debianJvmArguments } as const;
    const server = new TestServer(options);
    const begunMs = performance.now();
    server.start();
    await server.waitUntilServing(START_LIMIT_MS);
    times.push((performance.now() - begunMs) / 1_000);
    await server.crash();
    rmSync(directory, { recursive: true });
  }
  return [
    { figure: "an observer of Apache's with an empty disk, from its start until it serves", value: seconds(times) },
  ];
}

/** The shortest of them: what else ran on the machine only makes it longer. */
function seconds(values: readonly number[]): string {
  return `${short(Math.min(...values))} s (best of ${values.length})`;
}
