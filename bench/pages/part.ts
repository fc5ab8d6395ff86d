import type { Browser } from 'playwright-core';

/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly value: string;
  /** What was set as its limit; absent where none was. */
  readonly limit?: string;
}

/** What all parts are measured with. */
export interface Bench {
  readonly browser: Browser;
  /** How often what happens once is repeated. */
  readonly rounds: number;
  /** How long the stream is looked at. */
  readonly seconds: number;
  /** Arguments of every server that is started. */
  readonly args: readonly string[];
  /** The folder for profiles of the pages; null: nothing is profiled, since that costs time itself. */
  readonly profiles: string | null;
}

/** One part of the figures, which starts what it needs and ends it. */
export type Part = (bench: Bench) => Promise<readonly Row[]>;
