/** The shortest history that reached each goal, kept in the browser. */
import { readStored, writeStored } from '../../../components/stored.ts';

export interface Best {
  readonly steps: number;
  /** The position at which it was reached. */
  readonly link: string;
}

type BestByGoal = Readonly<Record<string, Best>>;

const keyOf = (scenario: string) => `vivarium.labs.goals.${scenario}`;

/** By the goal. */
export function readBest(scenario: string): BestByGoal {
  try {
    const parsed: unknown = JSON.parse(readStored(keyOf(scenario)) ?? '{}');
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).filter((pair): pair is [string, Best] => isBest(pair[1])));
  } catch {
    return {};
  }
}

/** Keeps the history if it is shorter than the one that is known; what is known then. */
export function writeBest(scenario: string, goal: string, found: Best): BestByGoal {
  const all = readBest(scenario);
  const known = all[goal];
  if (known !== undefined && known.steps <= found.steps) return all;
  const better = { ...all, [goal]: found };
  writeStored(keyOf(scenario), JSON.stringify(better));
  return better;
}

function isBest(value: unknown): value is Best {
  if (typeof value !== 'object' || value === null || !('steps' in value) || !('link' in value)) return false;
  return Number.isInteger(value.steps) && typeof value.link === 'string';
}
