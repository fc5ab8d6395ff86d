import { describe, expect, it } from 'vitest';
import { VARIANTS, VARIATIONS } from '../variants/catalogue.ts';
import { huntSeeds, playScenarios } from '../variants/hunting.ts';
import { assertApplies } from '../variants/variant.ts';
import { SCENARIOS } from './historic/catalogue.ts';

/** The variations that the scenarios of a ticket need. */
function needed(jira: string): string[] {
  return SCENARIOS.flatMap((scenario) =>
    scenario.jira === jira && scenario.under !== undefined ? [scenario.under] : [],
  );
}

describe('a broken server', () => {
  it.each([...VARIANTS, ...VARIATIONS])('$name is what the sources are but for its changes', (variant) => {
    expect(() => assertApplies(variant)).not.toThrow();
  });

  it.each(VARIANTS)('$name ($jira) is found by the scenarios of its ticket: $breaks', async (variant) => {
    const { name, jira, invariants } = variant;
    const { plays, first } = await playScenarios([...needed(jira), name], jira);
    expect(first, `found by one of ${plays} plays`).not.toBeNull();
    expect(invariants).toContain(first?.invariant);
  });

  it.each(VARIANTS.filter(({ lastSeed }) => lastSeed !== null))(
    '$name ($jira) is found by random runs',
    async (variant) => {
      const { first, runs } = await huntSeeds([variant.name], 1, variant.lastSeed ?? 0);
      expect(first, `found by one of ${runs} seeds`).not.toBeNull();
      expect(variant.invariants).toContain(first?.invariant);
    },
  );
});

describe('a server with something small that is usually large', () => {
  it.each(VARIATIONS)('$name keeps all promises in random runs', async ({ name }) => {
    expect(await huntSeeds([name], 1, 60)).toEqual({ first: null, found: 0, runs: 60 });
  });
});
