/** A failing run is made small: with faults planted by the test, so that it is known what has to be left. */
import { describe, expect, it } from 'vitest';
import { type Action, drawActions } from '../../simulated/actions.ts';
import { type RunOptions, runSeed } from '../../simulated/run-seed.ts';
import { shrink } from '../../simulated/shrink.ts';
import { drawSwarmOptions, type FaultKind } from '../../simulated/swarm-options.ts';

/** Claims a violation once one of the first kinds has been followed by one of the second. */
function planted(first: readonly FaultKind[], second: readonly FaultKind[]): NonNullable<RunOptions['struck']> {
  let begun = false;
  return ({ kind }, violations) => {
    if (begun && second.includes(kind)) violations.add('Planted', 'both have happened');
    if (first.includes(kind)) begun = true;
  };
}

const KILLS: readonly FaultKind[] = ['kill', 'killLeader'];
const CUTS: readonly FaultKind[] = ['split', 'isolate', 'isolateLeader', 'bridge', 'oneWay'];

function seedWith(wanted: (actions: readonly Action[]) => boolean): number {
  for (let seed = 1; ; seed++) if (wanted(drawActions(drawSwarmOptions(seed)))) return seed;
}

describe('shrinking', () => {
  it('leaves the two actions that a planted fault needs, of many, and simple options', () => {
    const seed = seedWith((actions) => {
      const kill = actions.findIndex(({ kind }) => KILLS.includes(kind));
      return actions.length > 20 && kill > 5 && actions.slice(kill).some(({ kind }) => CUTS.includes(kind));
    });
    const failed = runSeed(seed, { struck: planted(KILLS, CUTS) });
    expect(failed.violations.map(({ invariant }) => invariant)).toEqual(['Planted']);
    expect(failed.actions.length).toBeGreaterThan(20);

    const { actions, options, result, runs } = shrink(failed, (tried, some) =>
      runSeed(seed, { options: tried, actions: some, struck: planted(KILLS, CUTS), hash: false }),
    );
    expect(actions).toHaveLength(2);
    expect(KILLS).toContain(actions[0]?.kind);
    expect(CUTS).toContain(actions[1]?.kind);
    expect(options).toMatchObject({ clients: 0, lateVoter: false, observers: 0, pipeline: 1 });
    expect(result.violations[0]?.invariant).toBe('Planted');
    expect(runs).toBeLessThan(150);
    // What is left repeats itself.
    const again = runSeed(seed, { options, actions, struck: planted(KILLS, CUTS), hash: false });
    expect(again.violations).toEqual(result.violations);
  });

  it('leaves nothing where no action is needed', () => {
    const failing = (options: RunOptions) => {
      const result = runSeed(3, { ...options, hash: false });
      return { ...result, violations: [{ invariant: 'Planted', detail: 'always', atMs: 1e9 }] };
    };
    expect(shrink(failing({}), (options, actions) => failing({ options, actions })).actions).toEqual([]);
  });
});

describe('a run with some of its actions', () => {
  it('does those as the whole run does them, and no others', () => {
    const drawn = drawActions(drawSwarmOptions(4));
    const some = drawn.filter(({ id }) => id % 3 === 0);
    const done: Action[] = [];
    runSeed(4, { actions: some, struck: (action) => done.push(action), hash: false });
    expect(some.length).toBeGreaterThan(1);
    expect(done).toEqual([...some].sort((a, b) => a.atMs - b.atMs || a.id - b.id));
  });
});
