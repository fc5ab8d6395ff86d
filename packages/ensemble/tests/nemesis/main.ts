/**
 * `npm run nemesis -- --servers 5 --seconds 3600 --seed N`: real servers under faults and load, and the check of what their
 * clients saw. Ends with 1 where a promise was broken; all evidence is then kept, as it is with `--out`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guarded } from '../../hosting/orphan-guard.ts';
import { removeEvidence, runNemesis } from './run.ts';
import { summaryLines } from './summary.ts';

const USAGE = 'npm run nemesis -- [--servers N] [--seconds N] [--seed N] [--rate N] [--namespaces] [--out directory]';

function readOptions() {
  const { values } = parseArgs({
    options: {
      servers: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: '250' },
      out: { type: 'string' },
      namespaces: { type: 'boolean', default: false },
    },
  });
  const number = (name: 'servers' | 'seconds' | 'seed' | 'rate', min: number, max: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Error(`--${name}: a whole number from ${min} to ${max}\n${USAGE}`);
  };
  return {
    servers: number('servers', 1, 9),
    seconds: number('seconds', 1, 1_000_000),
    seed: number('seed', 0, 2 ** 31),
    rate: number('rate', 1, 10_000),
    network: values.namespaces ? ('namespaces' as const) : ('links' as const),
    out: values.out,
  };
}

/** Runs this program once more, in a network namespace that ends with it. */
async function inNamespace(): Promise<never> {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const command = ['unshare', '--net', ...asRoot, '--', process.execPath, ...process.argv.slice(1)];
  const [program = '', ...rest] = guarded(command);
  try {
    execFileSync('unshare', ['--net', ...asRoot, '--', 'true'], { stdio: 'pipe' });
  } catch (error) {
    console.error(`this machine allows no network namespaces: ${error instanceof Error ? error.message : error}`);
    process.exit(NO_NAMESPACES);
  }
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, NEMESIS_INSIDE: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  process.exit(code ?? 1);
}

/** The exit code where namespaces were asked for and the machine has none. */
const NO_NAMESPACES = 3;

const { out, ...options } = readOptions();
if (options.network === 'namespaces' && process.env.NEMESIS_INSIDE === undefined) await inNamespace();
const directory = out === undefined ? mkdtempSync(join(tmpdir(), 'vivarium-nemesis-')) : resolve(out);
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => abort.abort(new Error(`ended by ${signal}`)));
}
console.log(`seed ${options.seed}, evidence in ${directory}`);
try {
  const summary = await runNemesis({ ...options, directory, log: (line) => console.log(line) }, abort.signal);
  for (const line of summaryLines(summary)) console.log(line);
  const good = summary.findings.count === 0;
  if (good && out === undefined) removeEvidence(directory);
  if (!good) console.log(`all evidence is in ${directory}`);
  process.exit(good ? 0 : 1);
} catch (error) {
  console.error(error);
  if (abort.signal.aborted && out === undefined) removeEvidence(directory);
  process.exit(abort.signal.aborted ? 130 : 1);
}
