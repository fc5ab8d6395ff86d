/**
 * Runs seeds of the simulation. `--seed 7 --verbose` replays one with all that happens, `--seed 7 --shrink` finds the fewest
 * actions with which a failing one still fails, `--seed 7 --actions 3,9` runs it with those of its actions only, and `--with
 * '{"clients":1}'` with other options. `--seeds 1..1000000 --jobs 2` runs a range. Exits with 1 where a run has broken a promise.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Action, describeAction, drawActions } from '../simulated/actions.ts';
import { type RunOptions, runSeed, type SeedResult } from '../simulated/run-seed.ts';
import { shrink } from '../simulated/shrink.ts';
import { drawSwarmOptions, type SwarmOptions } from '../simulated/swarm-options.ts';

/** Seeds that a worker takes at once. */
const CHUNK = 50;
/** How often a long range tells how far it is. */
const PROGRESS_MS = 10_000;
/** Failing seeds that the last line names. */
const MAX_NAMED = 20;

/** What a worker tells of a chunk. */
interface ChunkReport {
  readonly reports: readonly string[];
  readonly failed: readonly number[];
  readonly committedTxns: number;
  readonly recoveryMs: readonly number[];
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) fail(`--${name} wants a whole number, not ${text}`);
  return value;
}

function parseRange(text: string): [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (match === null) fail(`--seeds wants a range such as 1..500, not ${text}`);
  return [Number(match[1]), Number(match[2])];
}

function summary(result: SeedResult): string {
  const { DIFF, TRUNC, SNAP } = result.synchronisations;
  const outcome = result.violations.length === 0 ? 'ok' : 'VIOLATION';
  const { seed } = result.options;
  return `seed ${seed}: ${outcome}, ${result.actions.length} actions, ${result.events} events, ${result.committedTxns} transactions, ${result.ackedWrites} writes acknowledged, ${result.leaders} leaders, DIFF ${DIFF} TRUNC ${TRUNC} SNAP ${SNAP}, converged after ${result.convergedAfterMs} ms, state ${result.hash}`;
}

function report(result: SeedResult): string {
  const lines = result.violations.map(
    ({ invariant, detail, atMs }) => `  ${atMs.toFixed(1)} ms ${invariant}: ${detail}`,
  );
  return [summary(result), ...lines].join('\n');
}

function runChunk(first: number, last: number, verbose: boolean): ChunkReport {
  const reports: string[] = [];
  const failed: number[] = [];
  const recoveryMs: number[] = [];
  let committedTxns = 0;
  for (let seed = first; seed <= last; seed++) {
    const result = runSeed(seed, { hash: verbose });
    if (verbose || result.violations.length > 0) reports.push(report(result));
    if (result.violations.length > 0) failed.push(seed);
    if (result.convergedAfterMs !== null) recoveryMs.push(result.convergedAfterMs);
    committedTxns += result.committedTxns;
  }
  return { reports, failed, committedTxns, recoveryMs };
}

/** Runs a range on workers, in constant memory: of each run only counts are kept. */
async function runRange(first: number, last: number, jobs: number, verbose: boolean): Promise<boolean> {
  const startMs = performance.now();
  const failed: number[] = [];
  /** How many runs took so many tenths of a second to recover. */
  const recovery = new Map<number, number>();
  let [next, done, failures, txns] = [first, 0, 0, 0];
  let toldMs = startMs;
  const line = (): string => {
    const rate = (done / (performance.now() - startMs)) * 1000;
    return `${done} seeds, ${failures} with violations, ${rate.toFixed(1)} seeds/s, ${txns} transactions, ${recoveryText(recovery)}`;
  };
  const take = (chunk: ChunkReport, seeds: number): void => {
    for (const text of chunk.reports) console.log(text);
    done += seeds;
    txns += chunk.committedTxns;
    failures += chunk.failed.length;
    failed.push(...chunk.failed.slice(0, MAX_NAMED - failed.length));
    for (const ms of chunk.recoveryMs) recovery.set(Math.ceil(ms / 100), (recovery.get(Math.ceil(ms / 100)) ?? 0) + 1);
    if (performance.now() - toldMs < PROGRESS_MS) return;
    toldMs = performance.now();
    console.log(line());
  };
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      const worker = new Worker(import.meta.filename);
      while (next <= last) {
        const from = next;
        const to = Math.min(from + CHUNK - 1, last);
        next = to + 1;
        take(await askWorker(worker, { first: from, last: to, verbose }), to - from + 1);
      }
      await worker.terminate();
    }),
  );
  console.log(line());
  if (failures > 0) console.log(`failing seeds: ${failed.join(' ')}${failures > failed.length ? ' ...' : ''}`);
  return failures === 0;
}

function recoveryText(recovery: ReadonlyMap<number, number>): string {
  const total = [...recovery.values()].reduce((sum, count) => sum + count, 0);
  const at = (share: number): string => {
    let seen = 0;
    for (const [tenths, count] of [...recovery].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= share * total) return (tenths / 10).toFixed(1);
    }
    return '-';
  };
  return `recovered in ${at(0.5)} s (half), ${at(0.99)} s (99 %), ${at(1)} s (all)`;
}

interface ChunkOrder {
  readonly first: number;
  readonly last: number;
  readonly verbose: boolean;
}

function askWorker(worker: Worker, order: ChunkOrder): Promise<ChunkReport> {
  return new Promise((resolve, reject) => {
    const settle = (message: ChunkReport): void => {
      worker.off('error', reject);
      resolve(message);
    };
    worker.once('error', reject);
    worker.once('message', settle);
    worker.postMessage(order);
  });
}

/** The actions that a command names, or all that the seed draws. */
function chosenActions(options: SwarmOptions, ids: string | undefined): readonly Action[] {
  const drawn = drawActions(options);
  if (ids === undefined) return drawn;
  const wanted = new Set(ids === '' ? [] : ids.split(',').map((id) => wholeNumber('actions', id)));
  return drawn.filter(({ id }) => wanted.has(id));
}

function parseOptions(text: string): Partial<SwarmOptions> {
  try {
    return JSON.parse(text);
  } catch {
    return fail(`--with wants options in JSON such as {"clients":1}, not ${text}`);
  }
}

/** The command that repeats a run. Options that the seed does not draw are named; they change no draw of an action. */
function replayCommand({ options, actions }: Pick<SeedResult, 'options' | 'actions'>): string {
  const drawn = drawSwarmOptions(options.seed);
  const changed = Object.entries(options).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(drawn[key as keyof SwarmOptions]),
  );
  const withText = changed.length === 0 ? '' : ` --with '${JSON.stringify(Object.fromEntries(changed))}'`;
  return `npm run simulate -- --seed ${options.seed} --actions ${actions.map(({ id }) => id).join(',')}${withText} --verbose`;
}

function shrinkAndTell(failed: SeedResult): void {
  const { options, actions, result, runs } = shrink(failed, (tried, some) =>
    runSeed(tried.seed, { options: tried, actions: some, hash: false }),
  );
  console.log(`shrunk from ${failed.actions.length} actions to ${actions.length} in ${runs} runs:`);
  for (const action of actions) console.log(`  ${describeAction(action)}`);
  console.log(report(result));
  console.log(`to replay it: ${replayCommand({ options, actions })}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      actions: { type: 'string' },
      with: { type: 'string' },
      shrink: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  if (values.seeds !== undefined) {
    const [first, last] = parseRange(values.seeds);
    const jobs = Math.max(1, wholeNumber('jobs', values.jobs));
    process.exitCode = (await runRange(first, last, jobs, values.verbose)) ? 0 : 1;
    return;
  }
  if (values.seed === undefined)
    fail('say --seed N [--verbose] [--shrink] [--actions 3,9], or --seeds A..B [--jobs N]');
  const seed = wholeNumber('seed', values.seed);
  const drawn = drawSwarmOptions(seed);
  const actions = chosenActions(drawn, values.actions);
  const options = { ...drawn, ...(values.with === undefined ? {} : parseOptions(values.with)) };
  const trace = (atMs: number, who: string, text: string): void => {
    console.log(`${atMs.toFixed(1).padStart(9)} ${who.padEnd(8)} ${text}`);
  };
  const runOptions: RunOptions = { options, actions, ...(values.verbose ? { trace } : {}) };
  const result = runSeed(seed, runOptions);
  console.log(JSON.stringify(result.options, null, 2));
  for (const action of actions) console.log(describeAction(action));
  console.log(report(result));
  process.exitCode = result.violations.length === 0 ? 0 : 1;
  if (values.shrink && result.violations.length > 0) shrinkAndTell(result);
}

if (isMainThread) {
  await main();
} else {
  parentPort?.on('message', ({ first, last, verbose }: ChunkOrder) => {
    parentPort?.postMessage(runChunk(first, last, verbose));
  });
}
