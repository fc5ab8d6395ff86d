import { describe, expect, it } from 'vitest';
import { VARIANTS } from '../variants/catalogue.ts';
import { huntSeeds, playScenarios } from '../variants/hunting.ts';
import { assertApplies } from '../variants/variant.ts';

describe('a broken server', () => {
  it.each(VARIANTS)('$name ($jira) is what the sources are but for its changes', (variant) => {
    expect(() => assertApplies(variant)).not.toThrow();
  });

  it.each(VARIANTS)('$name ($jira) is found by the scenarios of its ticket: $breaks', async ({ name, jira }) => {
    const { plays, failures } = await playScenarios(name, jira);
    expect(plays).toBeGreaterThan(0);
    expect(failures).toBeGreaterThan(0);
  });

  it.each(VARIANTS.filter(({ seeds }) => seeds !== null))('$name ($jira) is found by random runs', async (variant) => {
    const { first, runs } = await huntSeeds(variant.name, 1, variant.seeds?.last ?? 0);
    expect(first, `found by one of ${runs} seeds`).not.toBeNull();
    expect(variant.seeds?.invariants).toContain(first?.invariant);
  });
});
