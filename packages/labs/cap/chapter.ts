/** CAP: the same partition under a service that prefers to agree and under one that prefers to answer. */
import type { Scenario } from '../history.ts';
import { freeAp } from './scenarios/free-ap.ts';
import { partitionAp } from './scenarios/partition-ap.ts';
import { partitionCp } from './scenarios/partition-cp.ts';

export const scenarios: readonly Scenario[] = [partitionCp, partitionAp, freeAp];
