/** Each point of `crash-points.ts` is crashed at: the ensemble loses power there, mostly, and keeps its promises all the same. */
import { describe, expect, it } from 'vitest';
import { type Action, type Deed, drawActions, LEADER } from '../../simulated/actions.ts';
import { CRASH_POINTS } from '../../simulated/crash-points.ts';
import { runSeed } from '../../simulated/run-seed.ts';
import { drawSwarmOptions, type SwarmOptions } from '../../simulated/swarm-options.ts';

/** Seeds are tried for a point until a server has been stopped there. */
const MAX_SEEDS = 400;
/** Points in one test. */
const POINTS_PER_TEST = 20;

/** What has to happen before some points are reached, beside what the seed draws. */
interface Recipe {
  readonly pattern: RegExp;
  /** Crash points that prepare it: the one looked for is in the recovery from them. */
  readonly first?: readonly string[];
  readonly options?: (options: SwarmOptions) => Partial<SwarmOptions>;
  readonly deeds?: (atMs: number) => readonly Deed[];
}

const RECIPES: readonly Recipe[] = [
  { pattern: /currentEpoch.*, recovering$/, first: ['before create currentEpoch.tmp'] },
  { pattern: /remove currentEpoch.tmp, recovering$/, first: ['before rename currentEpoch'] },
  { pattern: /remove acceptedEpoch.tmp, recovering$/, first: ['before rename acceptedEpoch'] },
  { pattern: /remove snapshot.tmp, recovering$/, first: ['before rename snapshot'] },
  { pattern: /remove (log|snapshot), recovering$/, first: ['after rename installing', 'after create log'] },
  { pattern: /remove installing.tmp, recovering$/, first: ['before rename installing'] },
  { pattern: /remove initialize, recovering$/, options: () => ({ autocreate: false }) },
  { pattern: /^.* settle$/, options: () => ({ voters: 1, observers: 0, spares: 0, reconfigureEveryMs: 0 }) },
  { pattern: /INFORM|OBSERVERINFO/, options: () => ({ observers: 1 }) },
  {
    pattern: /onfiguration|ACTIVATE/,
    options: ({ voters }) => ({ voters: Math.max(3, voters), spares: 1, reconfigureEveryMs: 300 }),
  },
  { pattern: /remove snapshot/, options: () => ({ snapCount: 8 }) },
  { pattern: /installing|[sS]napshot|SNAP/, options: () => ({ snapCount: 8, recentTxns: 0 }) },
  {
    // A follower comes back to its leader with what is not committed yet.
    pattern: /TRUNC|truncat|remove snapshot\.tmp$/,
    options: ({ network }) => ({
      ...{
        voters: 3,
        observers: 0,
        clients: 3,
        lateVoter: false,
        hierarchical: false,
        spares: 0,
        reconfigureEveryMs: 0,
      },
      ...{ maxSyncMs: 40, thinkMs: 40, pipeline: 8, recentTxns: 500, snapCount: 8, txnLogSizeLimitBytes: 1000 },
      network: { ...network, maxDelayMs: 2, breakNoticeMs: 10 },
    }),
    deeds: (atMs) => [{ do: 'reset', a: `s${1 + (atMs % 3)}`, b: LEADER, silentMs: null }],
  },
];

/** A seed's run in which the first server to reach the point is stopped there. */
function optionsAndActions(seed: number, point: string): { options: SwarmOptions; actions: Action[] } {
  const recipes = RECIPES.filter(({ pattern }) => pattern.test(point));
  const drawn = drawSwarmOptions(seed);
  const options = { ...drawn };
  for (const recipe of recipes) Object.assign(options, recipe.options?.(options));
  const deeds: { readonly atMs: number; readonly deed: Deed }[] = [];
  const first = recipes.flatMap((recipe) => recipe.first ?? []);
  for (const each of first) deeds.push({ atMs: 0, deed: crashAt(each, seed) });
  // A torn record is cut off where others stand before it.
  if (/setLength log, recovering$/.test(point)) {
    for (let nth = 5; nth < 60; nth += 5) {
      deeds.push({ atMs: 0, deed: { ...crashAt('before sync log', 1), nth: nth + (seed % 5) } });
    }
  }
  deeds.push({ atMs: 1, deed: crashAt(point, seed) });
  for (let atMs = 300; atMs < options.chaosMs; atMs += 101) {
    for (const recipe of recipes) for (const deed of recipe.deeds?.(atMs) ?? []) deeds.push({ atMs, deed });
  }
  const planned = deeds.map(({ atMs, deed }, index): Action => ({ id: 1000 + index, atMs, kind: 'crashPoint', deed }));
  return { options, actions: [...drawActions(drawn), ...planned] };
}

function crashAt(point: string, seed: number): Extract<Deed, { do: 'crashAt' }> {
  return { do: 'crashAt', point, nth: 1, sid: null, effect: seed % 3 === 0 ? 'kill' : 'powerLoss', downMs: 100 };
}

/** Whether a server was stopped at the point in one of the seeds; each of them has to keep all promises. */
function isCrashedAt(point: string, reached: Set<string>): boolean {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    let crashed = false;
    const { violations } = runSeed(seed, {
      ...optionsAndActions(seed, point),
      hash: false,
      reached: (at, stopped) => {
        reached.add(at);
        crashed ||= stopped && at === point;
      },
    });
    expect(violations, `seed ${seed}, crashed ${point}`).toEqual([]);
    if (crashed) return true;
  }
  return false;
}

describe('a crash', () => {
  const reached = new Set<string>();
  for (let start = 0; start < CRASH_POINTS.length; start += POINTS_PER_TEST) {
    const points = CRASH_POINTS.slice(start, start + POINTS_PER_TEST);
    it(`${points[0]} ... ${points.at(-1)}`, () => {
      expect(points.filter((point) => !isCrashedAt(point, reached))).toEqual([]);
    });
  }

  it('can be had at every point that a server was seen to reach', () => {
    expect(reached.size).toBeGreaterThan(200);
    expect([...reached].filter((point) => !CRASH_POINTS.includes(point))).toEqual([]);
  });
});
