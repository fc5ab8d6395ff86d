import { readFileSync } from 'node:fs';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Row } from '../pages/part.ts';
import { short, summary } from '../pages/statistics.ts';
import type { AttachBench } from './part.ts';
import { mirrored, residentMebibytes } from './rig.ts';
import { MANY } from './tree.ts';

const QUESTIONS = 40;
/** Of `/proc/<pid>/stat`: `getconf CLK_TCK`. */
const TICKS_A_SECOND = 100;

/** What the mirror of the whole tree costs, and how fast it answers. */
export async function mirror(bench: AttachBench): Promise<readonly Row[]> {
  const seconds: number[] = [];
  const leaderSeconds: number[] = [];
  const rows: Row[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const { server } = await bench.foreign.leader();
    const leaderBefore = cpuSeconds(server.pid);
    const begunMs = performance.now();
    const vivarium = await bench.attach();
    try {
      const cluster = await mirrored(vivarium);
      seconds.push((performance.now() - begunMs) / 1_000);
      leaderSeconds.push(cpuSeconds(server.pid) - leaderBefore);
      if (round < bench.rounds - 1) continue;
      const { now, highest } = residentMebibytes(vivarium);
      rows.push(
        {
          figure: `from the start of the program to a complete mirror of ${bench.znodes} znodes`,
          value: `${short(Math.min(...seconds))} s (best of ${seconds.length})`,
        },
        { figure: "… and what the leader's process worked for it", value: `${short(Math.min(...leaderSeconds))} s` },
        { figure: '… memory of the program', value: `${short(now)} MiB, at most ${short(highest)} MiB` },
        ...(await searches(vivarium, cluster, bench.znodes)),
      );
    } finally {
      await vivarium.stop();
    }
  }
  return rows;
}

async function searches(vivarium: Vivarium, cluster: string, znodes: number): Promise<readonly Row[]> {
  const numbered = (at: number): string => String(Math.floor((at * znodes) / QUESTIONS)).padStart(7, '0');
  const search = (where: string, text: string) =>
    `search?${new URLSearchParams({ in: where, text, limit: '100' }).toString()}`;
  const asked: readonly (readonly [string, string | undefined, (at: number) => string])[] = [
    ['a name that one znode has', '50 ms', (at) => search('name', numbered(at))],
    ['a name that many have', '50 ms', (at) => search('name', `-0${at}`)],
    ['a name that none has', '50 ms', (at) => search('name', `kafka-${at}`)],
    ['a path by a pattern', undefined, (at) => search('pattern', `/data/*/service-*${at}7`)],
    ['content that one znode has', '300 ms', (at) => search('content', `${numbered(at)}"`)],
    ['content that none has', '300 ms', (at) => search('content', `host=db-${at}`)],
    ['the sizes of the whole tree', undefined, () => 'subtree?path=/'],
    ['the sizes below a folder', undefined, () => 'subtree?path=/data'],
    [`a page of /${MANY}`, '300 ms', (at) => `znodes/children?path=/${MANY}&offset=${at * 500}&limit=500&stat=true`],
  ];
  const rows: Row[] = [];
  for (const [what, limit, question] of asked) {
    const times: number[] = [];
    for (let at = 0; at < QUESTIONS; at++) {
      const begunMs = performance.now();
      const { status } = await vivarium.api('GET', `clusters/${cluster}/${question(at)}`);
      times.push(performance.now() - begunMs);
      if (status !== 200) throw new Error(`${question(at)} was answered ${status}`);
    }
    rows.push({
      figure: `asked for ${what}`,
      value: summary(times),
      ...(limit === undefined ? {} : { limit: `p95 ${limit}` }),
    });
  }
  return rows;
}

/** What a process has worked so far. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
