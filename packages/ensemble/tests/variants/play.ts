/**
 * Plays the scenarios of a ticket, and prints a line of JSON: `node --import ./variant-hook.ts play.ts ZOOKEEPER-4643`, with
 * the variant's name in the environment.
 */
import { SCENARIOS } from '../simulation/historic/catalogue.ts';
import type { PlayResult } from './hunting.ts';

const [jira, plays = '18'] = process.argv.slice(2);

const result: PlayResult = { plays: 0, failures: 0, first: null };
for (const scenario of SCENARIOS) {
  if (scenario.jira !== jira) continue;
  for (let seed = 1; seed <= Number(plays); seed++) {
    result.plays++;
    try {
      scenario.play(seed);
    } catch (error) {
      result.failures++;
      const message = error instanceof Error ? error.message : String(error);
      result.first ??= { seed, message: message.slice(0, 300) };
    }
  }
}
console.log(JSON.stringify(result));
