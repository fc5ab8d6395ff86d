import { CLIENT_SCENARIOS } from './client-scenarios.ts';
import { DURABILITY_SCENARIOS } from './durability-scenarios.ts';
import { RECONFIGURATION_SCENARIOS } from './reconfiguration-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { SNAPSHOT_SCENARIOS } from './snapshot-scenarios.ts';
import { STORAGE_SCENARIOS } from './storage-scenarios.ts';
import { SYNCHRONISATION_SCENARIOS } from './synchronisation-scenarios.ts';
import { TRUNCATION_SCENARIOS } from './truncation-scenarios.ts';

/** Every scenario, by the number of its bug; those without one come first. */
export const SCENARIOS: readonly Scenario[] = [
  ...CLIENT_SCENARIOS,
  ...DURABILITY_SCENARIOS,
  ...RECONFIGURATION_SCENARIOS,
  ...SNAPSHOT_SCENARIOS,
  ...STORAGE_SCENARIOS,
  ...SYNCHRONISATION_SCENARIOS,
  ...TRUNCATION_SCENARIOS,
].sort((a, b) => (a.bug ?? 0) - (b.bug ?? 0));
