/** A history as the page holds it. */
import type { Ask, HistoryEnd, Picture, PlacedAction, StepRecord } from '@vivarium/labs/history';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { BranchId } from './engine/lab-messages.ts';

export interface Branch {
  readonly id: BranchId;
  /** The one that it left; null for the first. */
  readonly parent: BranchId | null;
  /** The last step that it has in common with its parent. */
  readonly forkedAt: number;
  /** What was done there; null for the first. */
  readonly action: Action | null;
  readonly actions: readonly PlacedAction[];
  /** Of the whole history: `records[n - 1]` is step n. */
  readonly records: readonly StepRecord[];
  readonly asks: readonly Ask[];
  readonly end: HistoryEnd;
  /** The furthest step that the viewer has been shown: what is behind it is not to be given away. */
  readonly seen: number;
  /** The moment right after step n, 0 to `records.length`; the same object while it is asked for again and again. */
  pictureAt(n: number): Picture;
}
