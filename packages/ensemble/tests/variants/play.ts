/**
 * One process that plays the scenarios of a ticket until one fails, or, with `--all`, every one, and prints a line of JSON.
 * `node --import ./variant-hook.ts play.ts ZOOKEEPER-4643 [--all]`, with the variant's name in the environment.
 */

import { RecoveryError } from '../../storage/recovery-error.ts';
import { SCENARIOS } from '../simulation/historic/catalogue.ts';
import { BrokenPromise, PLAYS } from '../simulation/historic/scenario.ts';
import type { PlayResult } from './hunting.ts';

const [jira, all] = process.argv.slice(2);

const result: PlayResult = { plays: 0, failures: 0, first: null };
const scenarios = SCENARIOS.filter((scenario) => scenario.jira === jira);
for (const { play, plays = PLAYS } of scenarios) {
  for (let seed = 1; seed <= plays && (all === '--all' || result.first === null); seed++) {
    result.plays++;
    try {
      play(seed);
    } catch (error) {
      result.failures++;
      const message = error instanceof Error ? error.message : String(error);
      result.first ??= { seed, invariant: invariantOf(error), message: message.slice(0, 300) };
    }
  }
}

function invariantOf(error: unknown): string | null {
  if (error instanceof BrokenPromise) return error.invariant;
  return error instanceof RecoveryError ? 'Recoverability' : null;
}

console.log(JSON.stringify(result));
