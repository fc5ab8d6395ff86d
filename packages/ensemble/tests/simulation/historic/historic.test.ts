import { describe, it } from 'vitest';
import { SCENARIOS } from './catalogue.ts';

/** Delays, what a lost power leaves, and where in a file things are differ from play to play. */
const PLAYS = 18;

function playOnce(play: (seed: number) => void, seed: number): void {
  try {
    play(seed);
  } catch (cause) {
    throw new Error(`play ${seed} of ${PLAYS}`, { cause });
  }
}

describe('the historic bugs of ZooKeeper', () => {
  it.each(SCENARIOS)('bug $bug, $jira: $title', ({ play }) => {
    for (let seed = 1; seed <= PLAYS; seed++) playOnce(play, seed);
  });
});
