import { describe, expect, it } from 'vitest';
import { playScenarios } from '../../variants/hunting.ts';
import { SCENARIOS } from './catalogue.ts';
import { PLAYS, type Scenario } from './scenario.ts';

function playOnce(play: (seed: number) => void, seed: number): void {
  try {
    play(seed);
  } catch (cause) {
    throw new Error(`play ${seed}`, { cause });
  }
}

async function playAll({ jira, play, plays = PLAYS, under }: Scenario): Promise<void> {
  if (under === undefined) {
    for (let seed = 1; seed <= plays; seed++) playOnce(play, seed);
  } else {
    expect(await playScenarios([under], jira)).toEqual({ plays, failures: 0, first: null });
  }
}

describe('the historic bugs of ZooKeeper', () => {
  it.each(SCENARIOS.filter(({ bug }) => bug !== null))('bug $bug, $jira: $title', playAll);
});

describe('mistakes that suggest themselves', () => {
  it.each(SCENARIOS.filter(({ bug }) => bug === null))('$jira: $title', playAll);
});
