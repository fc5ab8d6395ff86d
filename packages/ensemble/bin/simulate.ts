/**
 * Runs seeds of the simulation: `npm run simulate -- --seed 7 --verbose` replays one with all that happens, and
 * `--seeds 1..500` runs a range. Exits with 1 where a run has broken a promise.
 */
import { parseArgs } from 'node:util';
import { runSeed, type SeedResult } from '../simulated/run-seed.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, verbose: { type: 'boolean', default: false } },
});

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function parseRange(text: string): [number, number] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  if (match === null) fail(`--seeds wants a range such as 1..500, not ${text}`);
  return [Number(match[1]), Number(match[2])];
}

function summary(result: SeedResult): string {
  const { DIFF, TRUNC, SNAP } = result.synchronisations;
  const outcome = result.violations.length === 0 ? 'ok' : 'VIOLATION';
  return `seed ${result.options.seed}: ${outcome}, ${result.events} events, ${result.committedTxns} transactions, ${result.ackedWrites} writes acknowledged, ${result.leaders} leaders, DIFF ${DIFF} TRUNC ${TRUNC} SNAP ${SNAP}, converged after ${result.convergedAfterMs} ms, state ${result.hash}`;
}

function report(result: SeedResult): void {
  console.log(summary(result));
  for (const { invariant, detail, atMs } of result.violations)
    console.log(`  ${atMs.toFixed(1)} ms ${invariant}: ${detail}`);
}

if (values.seed !== undefined) {
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) fail(`--seed wants a whole number, not ${values.seed}`);
  const trace = (atMs: number, who: string, text: string): void => {
    console.log(`${atMs.toFixed(1).padStart(9)} ${who.padEnd(8)} ${text}`);
  };
  const result = runSeed(seed, values.verbose ? { trace } : {});
  console.log(JSON.stringify(result.options, null, 2));
  report(result);
  process.exitCode = result.violations.length === 0 ? 0 : 1;
} else if (values.seeds !== undefined) {
  const [first, last] = parseRange(values.seeds);
  let failed = 0;
  for (let seed = first; seed <= last; seed++) {
    const result = runSeed(seed);
    if (values.verbose || result.violations.length > 0) report(result);
    if (result.violations.length > 0) failed++;
  }
  console.log(`${last - first + 1} seeds, ${failed} with violations`);
  process.exitCode = failed === 0 ? 0 : 1;
} else {
  fail('say --seed N [--verbose], or --seeds A..B');
}
