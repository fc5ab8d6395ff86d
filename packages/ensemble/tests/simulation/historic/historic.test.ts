import { describe, expect, it } from 'vitest';
import { playScenarios } from '../../variants/hunting.ts';
import { SCENARIOS } from './catalogue.ts';
import { PLAYS } from './scenario.ts';

function playOnce(play: (seed: number) => void, seed: number): void {
  try {
    play(seed);
  } catch (cause) {
    throw new Error(`play ${seed}`, { cause });
  }
}

describe('the historic bugs of ZooKeeper', () => {
  it.each(SCENARIOS)('bug $bug, $jira: $title', async ({ jira, play, plays = PLAYS, under }) => {
    if (under === undefined) {
      for (let seed = 1; seed <= plays; seed++) playOnce(play, seed);
    } else {
      expect(await playScenarios([under], jira)).toEqual({ plays, failures: 0, first: null });
    }
  });
});
