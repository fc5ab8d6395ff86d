/**
 * One process of a hunt: runs seeds until one has a violation, or, with `--all`, to the last of them, and prints a line of
 * JSON. `node --import ./variant-hook.ts hunt.ts A..B [--all]`, with the variant's name in the environment.
 */
import { runSeed } from '../../simulated/run-seed.ts';
import type { HuntResult } from './hunting.ts';

const [range = '', all] = process.argv.slice(2);
const [first = 0, last = 0] = range.split('..').map(Number);

const result: HuntResult = { first: null, found: 0, runs: 0 };
for (let seed = first; seed <= last; seed++) {
  const [violation] = runSeed(seed).violations;
  result.runs++;
  if (violation === undefined) continue;
  result.found++;
  const { invariant, detail } = violation;
  result.first ??= { seed, invariant, detail: detail.slice(0, 300) };
  if (all !== '--all') break;
}
console.log(JSON.stringify(result));
