import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { debianJvmArguments, type Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { LineProcess } from '@vivarium/ensemble/tests/integration/clients/line-process';

const generator = fileURLToPath(new URL('load-generator.ts', import.meta.url));
const STATUS_POLL_MS = 10;

/** Three servers as an administrator would run them: 2 s ticks, syncs on, nothing tuned, Debian's JVM arguments. */
export function createEnsemble(flavour: Flavour): Promise<TestEnsemble> {
  return TestEnsemble.create({
    servers: 3,
    flavours: flavour,
    tickTimeMs: 2_000,
    extra: { initLimit: 10, syncLimit: 5 },
    jvmArguments: debianJvmArguments,
  });
}

/** Starts all servers; returns the ms from the first spawn until all of them serve. */
export async function startAndTimeMs(ensemble: TestEnsemble): Promise<number> {
  const startMs = performance.now();
  ensemble.startAll();
  await Promise.all(
    ensemble.servers.map((server) =>
      pollUntil(() => server.status(), {
        deadlineMs: 60_000,
        intervalMs: STATUS_POLL_MS,
        describe: () => `a serving server\n${ensemble.report()}`,
      }),
    ),
  );
  return performance.now() - startMs;
}

/** Runs the load generator in a process of its own. */
export function spawnGenerator(ports: readonly number[], ...options: readonly string[]): LineProcess {
  return new LineProcess([process.execPath, generator, '--ports', ports.join(','), ...options]);
}

/** The next line of JSON that the generator prints. */
export async function nextResult<T>(load: LineProcess): Promise<T> {
  const line = await load.nextLine();
  if (line === undefined) {
    throw new Error(`the load generator ended\n${load.stderr.text}`);
  }
  return JSON.parse(line) as T;
}

/** The resident memory of a process in MiB. */
export function residentMebibytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) {
    throw new Error(`no resident memory of process ${pid}`);
  }
  return Number(kibibytes) / 1_024;
}

/** The file system under the data, e.g. `ext4`. */
function fileSystem(): string {
  const [, line] = execFileSync('df', ['-T', tmpdir()], { encoding: 'utf8' }).split('\n');
  return line?.split(/\s+/)[1] ?? 'unknown';
}

/** One paragraph on what the figures were measured on. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const gibibytes = (totalmem() / 2 ** 30).toFixed(0);
  const java = execFileSync('sh', ['-c', 'java -version 2>&1'], { encoding: 'utf8' }).split('\n')[0] ?? '';
  return (
    `${availableParallelism()} cores (${model}), ${gibibytes} GiB, data on ${fileSystem()}; Node ${process.versions.node}, ` +
    `${java}; three servers and the load generator on this machine; fsync on; Apache with Debian's defaults ` +
    '(no heap limit: a quarter of the memory).'
  );
}
