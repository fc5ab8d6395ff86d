/** The lessons on two-phase commit. */
import type { Scenario } from '../history.ts';
import { coordinatorCrash } from './scenarios/coordinator-crash.ts';
import { happy } from './scenarios/happy.ts';
import { oneNo } from './scenarios/one-no.ts';

export const scenarios: readonly Scenario[] = [happy, oneNo, coordinatorCrash];
