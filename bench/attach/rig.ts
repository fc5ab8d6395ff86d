/** What the parts have in common: the attached program, and what is read from it. */
import { readFileSync } from 'node:fs';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { AttachedInfo, ClusterInfo } from '@vivarium/shared/contract/source';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { AttachBench } from './part.ts';

const MIRROR_LIMIT_MS = 600_000;
const MIRROR_POLL_MS = 20;

/** Runs something with an attached program of its own. */
export async function withAttached<T>(bench: AttachBench, use: (vivarium: Vivarium) => Promise<T>): Promise<T> {
  const vivarium = await bench.attach();
  try {
    return await use(vivarium);
  } finally {
    await vivarium.stop();
  }
}

/** The one cluster that it is attached to. */
async function attachedCluster(vivarium: Vivarium): Promise<ClusterInfo & { readonly attached: AttachedInfo }> {
  const { clusters } = (await vivarium.api('GET', 'clusters')).body as { clusters: readonly ClusterInfo[] };
  for (const info of clusters) if (info.attached !== null) return { ...info, attached: info.attached };
  throw new Error('no attached cluster');
}

/** Waits until the whole tree is in the mirror; returns the cluster's id. */
export function mirrored(vivarium: Vivarium): Promise<string> {
  return pollUntil(
    async () => {
      const { id, attached } = await attachedCluster(vivarium);
      return attached.mirror?.state === 'complete' ? id : undefined;
    },
    {
      deadlineMs: MIRROR_LIMIT_MS,
      intervalMs: MIRROR_POLL_MS,
      describe: async () => `a complete mirror: ${JSON.stringify(await attachedCluster(vivarium))}`,
    },
  );
}

/** The resident memory of the program in MiB, and its highest so far. */
export function residentMebibytes({ pid }: Vivarium): { readonly now: number; readonly highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1_024;
  return { now: of('VmRSS'), highest: of('VmHWM') };
}
