import { describe, expect, it } from 'vitest';
import { runSeed } from '../../simulated/run-seed.ts';
import { drawSwarmOptions, FAULT_KINDS } from '../../simulated/swarm-options.ts';

describe('a simulated run', () => {
  it('is the same each time, to the last bit of every server', () => {
    for (const seed of [3, 11, 32]) {
      const first = runSeed(seed);
      expect(runSeed(seed)).toEqual(first);
      expect(runSeed(seed, { trace: () => {} })).toEqual(first);
    }
  });

  it('differs from seed to seed', () => {
    const hashes = new Set([1, 2, 3, 4, 5].map((seed) => runSeed(seed).hash));
    expect(hashes.size).toBe(5);
  });

  it('has every fault, every way to synchronise, and ensembles of each size among the seeds of the tests', () => {
    const seeds = Array.from({ length: 1000 }, (_, index) => drawSwarmOptions(index + 1));
    for (const kind of FAULT_KINDS) expect(seeds.filter(({ faults }) => faults[kind] > 0).length).toBeGreaterThan(300);
    for (const voters of [1, 3, 5])
      expect(seeds.filter((options) => options.voters === voters).length).toBeGreaterThan(50);
    const total = { DIFF: 0, TRUNC: 0, SNAP: 0 };
    const isMissing = (): boolean => Object.values(total).includes(0);
    for (let seed = 1; seed <= 400 && isMissing(); seed++) {
      const { synchronisations } = runSeed(seed, { hash: false });
      for (const mode of ['DIFF', 'TRUNC', 'SNAP'] as const) total[mode] += synchronisations[mode];
    }
    for (const mode of ['DIFF', 'TRUNC', 'SNAP'] as const) expect(total[mode], mode).toBeGreaterThan(0);
  });
});
