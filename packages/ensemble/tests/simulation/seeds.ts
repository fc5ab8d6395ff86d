import { expect, it } from 'vitest';
import { runSeed } from '../../simulated/run-seed.ts';

/** Seeds in one test: enough that the list of tests stays short, few enough that it moves. */
const SEEDS_PER_TEST = 125;

/** Runs every seed of a range, each against all invariants; a failure names the command that replays it. */
export function testSeeds(first: number, last: number): void {
  for (let start = first; start <= last; start += SEEDS_PER_TEST) {
    const end = Math.min(start + SEEDS_PER_TEST - 1, last);
    it(`seeds ${start} to ${end}`, () => {
      for (let seed = start; seed <= end; seed++) {
        const { violations } = runSeed(seed, { hash: false });
        const command = `npm run simulate -- --seed ${seed} --shrink`;
        expect(violations, `seed ${seed} breaks a promise; to replay it: ${command}`).toEqual([]);
      }
    });
  }
}
