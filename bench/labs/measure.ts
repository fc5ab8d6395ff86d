/** Measures one scenario: what a long history costs to run and to keep, and what a page then waits for. */
import { performance } from 'node:perf_hooks';
import type { History, PlacedAction, Scenario } from '@vivarium/labs/history';
import { Pictures } from '@vivarium/labs/pictures';
import { assert } from '@vivarium/shared/assert';
import { Random } from '@vivarium/shared/random';
import type { Action } from '@vivarium/simulation/stepped/journal';
import { quantile } from '../pages/statistics.ts';

export interface LabFigures {
  readonly entries: number;
  /** From nothing to the last entry, in a warm engine: the middle of all rounds. */
  readonly runMs: number;
  /** What the history keeps. */
  readonly heapMb: number;
  /** The picture one step on, or one step back: the 95th percentile. */
  readonly stepMs: number;
  /** The picture of any moment, from any other. */
  readonly seekMs: number;
  /** Another history from the middle on, run to as many entries. */
  readonly forkMs: number;
  /** What can be done at a moment, from any other. */
  readonly possibilitiesMs: number;
}

const SEEKS = 400;
const QUESTIONS = 40;

export function measure(scenario: Scenario, options: { entries: number; rounds: number }): LabFigures {
  const { entries, rounds } = options;
  const runs: number[] = [];
  const forks: number[] = [];
  const actions = beyondTheEnd(scenario, entries);
  const before = heapBytes();
  const history = scenario.open({ seed: 1, settings: {}, actions, limit: entries });
  const kept = heapBytes() - before;
  for (let round = 0; round < rounds; round++) {
    runs.push(timeOf(() => scenario.open({ seed: 1, settings: {}, actions, limit: entries })));
    forks.push(forkInTheMiddle(history));
  }
  const pictures = new Pictures(history.start, history.records);
  pictures.at(history.records.length);
  return {
    entries: history.records.length,
    runMs: quantile(runs, 0.5),
    heapMb: kept / 2 ** 20,
    stepMs: quantile(steps(history, pictures), 0.95),
    seekMs: quantile(seeks(history, pictures), 0.95),
    forkMs: quantile(forks, 0.5),
    possibilitiesMs: quantile(questions(history), 0.95),
  };
}

/** A lesson that is over goes on where a person does something: what does least. */
export function beyondTheEnd(scenario: Scenario, entries: number): readonly PlacedAction[] {
  const history = scenario.open({ seed: 1, settings: {}, actions: [], limit: entries });
  return history.end === 'over'
    ? [{ after: history.records.length, action: cutIn(history, history.records.length) }]
    : [];
}

/** A link to cut, or to heal, at a moment. */
function cutIn(history: History, n: number): Action {
  const cut = history.possibilities(n).find(({ action }) => action.do === 'cut' || action.do === 'heal');
  assert(cut !== undefined, 'a link to cut');
  return cut.action;
}

function timeOf(action: () => unknown): number {
  const startMs = performance.now();
  action();
  return performance.now() - startMs;
}

/** Every step forward, and every step back. */
function steps({ records }: History, pictures: Pictures): number[] {
  const forward = records.map(({ entry }) => timeOf(() => pictures.at(entry.n)));
  const back = records.toReversed().map(({ entry }) => timeOf(() => pictures.at(entry.n - 1)));
  return [...forward, ...back];
}

function seeks({ records }: History, pictures: Pictures): number[] {
  const random = new Random(1);
  return Array.from({ length: SEEKS }, () => timeOf(() => pictures.at(random.below(records.length + 1))));
}

function questions(history: History): number[] {
  const random = new Random(2);
  const { length } = history.records;
  return Array.from({ length: QUESTIONS }, () => timeOf(() => history.possibilities(random.below(length + 1))));
}

function forkInTheMiddle(history: History): number {
  const after = history.records.length >> 1;
  const action = cutIn(history, after);
  return timeOf(() => history.fork(after, action));
}

/** What is kept, once what is not has been collected: needs `--expose-gc`. */
function heapBytes(): number {
  assert(globalThis.gc !== undefined, 'run with --expose-gc');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
