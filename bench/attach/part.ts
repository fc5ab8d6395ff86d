import type { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import type { Browser } from 'playwright-core';
import type { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Row } from '../pages/part.ts';

/** What all parts are measured with. */
export interface AttachBench {
  readonly browser: Browser;
  /** How often what happens once is repeated. */
  readonly rounds: number;
  /** How long writes go on. */
  readonly seconds: number;
  /** Apache's servers with the tree of `tree.ts` in them. */
  readonly foreign: ForeignEnsemble;
  /** Znodes of that tree. */
  readonly znodes: number;
  /** Starts a Vivarium that is attached to it by every way, and to nothing else. */
  attach(): Promise<Vivarium>;
}

/** One part of the figures; what it starts it ends. The tree is as it was afterwards. */
export type AttachPart = (bench: AttachBench) => Promise<readonly Row[]>;
