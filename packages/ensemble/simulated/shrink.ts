/**
 * Makes a failing run small: the fewest actions, and the simplest options, with which the same promise is still broken
 * ("delta debugging", Zeller and Hildebrandt, 2002). A run with fewer actions is another run, so nothing but the broken
 * invariant has to stay the same.
 */
import type { Action } from './actions.ts';
import type { SeedResult } from './run-seed.ts';
import type { SwarmOptions } from './swarm-options.ts';

/** What the search has come to. */
export interface Shrunken {
  readonly options: SwarmOptions;
  readonly actions: readonly Action[];
  /** The run with these, broken like the first. */
  readonly result: SeedResult;
  /** Runs that were tried. */
  readonly runs: number;
}

/** Runs an ensemble with these options and actions. */
export type Runner = (options: SwarmOptions, actions: readonly Action[]) => SeedResult;

/** A search that takes longer than this many runs ends with what it has. */
const MAX_RUNS = 600;

/** `failed`: a run with at least one violation, the first of which is kept. */
export function shrink(failed: SeedResult, run: Runner): Shrunken {
  const search = new Search(failed, run);
  search.fewerActions();
  search.simplerOptions();
  search.fewerActions();
  return search.outcome;
}

class Search {
  private readonly run: Runner;
  private readonly invariant: string | undefined;
  private best: SeedResult;
  private runs = 0;

  constructor(failed: SeedResult, run: Runner) {
    this.run = run;
    this.invariant = failed.violations[0]?.invariant;
    this.best = failed;
  }

  get outcome(): Shrunken {
    const { options, actions } = this.best;
    return { options, actions, result: this.best, runs: this.runs };
  }

  /** Whether the run breaks the same promise; the best run is then this one. */
  private stillFails(options: SwarmOptions, actions: readonly Action[]): boolean {
    if (this.runs >= MAX_RUNS) return false;
    this.runs++;
    const result = this.run(options, actions);
    if (result.violations[0]?.invariant !== this.invariant) return false;
    this.best = result;
    return true;
  }

  /** ddmin, by complements only: pieces are left out, from halves down to single actions. */
  fewerActions(): void {
    // What was to happen behind the violation has had no part in it.
    const { atMs: endMs } = this.best.violations[0] ?? { atMs: Number.POSITIVE_INFINITY };
    const early = this.best.actions.filter(({ atMs }) => atMs <= endMs);
    if (early.length < this.best.actions.length) this.stillFails(this.best.options, early);
    if (this.best.actions.length > 0 && this.stillFails(this.best.options, [])) return;
    let pieces = 2;
    while (this.best.actions.length > 1) {
      const { actions, options } = this.best;
      const size = Math.ceil(actions.length / pieces);
      let smaller = false;
      for (let start = 0; start < actions.length && !smaller; start += size) {
        smaller = this.stillFails(options, [...actions.slice(0, start), ...actions.slice(start + size)]);
      }
      if (smaller) pieces = Math.max(2, pieces - 1);
      else if (size === 1) return;
      else pieces = Math.min(2 * pieces, actions.length);
    }
  }

  simplerOptions(): void {
    for (const change of SIMPLER) {
      const { options, actions } = this.best;
      const simpler = { ...options, ...change(options) };
      if (JSON.stringify(simpler) !== JSON.stringify(options)) this.stillFails(simpler, actions);
    }
  }
}

const SIMPLER: readonly ((options: SwarmOptions) => Partial<SwarmOptions>)[] = [
  ({ clients }) => ({ clients: Math.min(clients, 1) }),
  () => ({ clients: 0 }),
  () => ({ lateVoter: false }),
  () => ({ observers: 0 }),
  ({ voters }) => ({ voters: Math.min(voters, 3) }),
  ({ network }) => ({ network: { ...network, lossRate: 0 } }),
  ({ network }) => ({ network: { ...network, slowRate: 0 } }),
  ({ network }) => ({ network: { ...network, maxDelayMs: 2 } }),
  () => ({ pipeline: 1 }),
  () => ({ thinkMs: 300 }),
  () => ({ maxSyncMs: 1 }),
  () => ({ separateLogDisk: false }),
  () => ({ preAllocBytes: 0 }),
  () => ({ snapCount: 1000 }),
];
