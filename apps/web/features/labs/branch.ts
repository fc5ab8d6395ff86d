/** A history as the page holds it: all its records, and any moment of it within a few folds. */
import type { Ask, HistoryEnd, Picture, PlacedAction, StepRecord } from '@vivarium/labs/history';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { BranchId } from './engine/lab-messages.ts';

/** How far apart the pictures are that are kept. */
const CHECKPOINT_EVERY = 64;

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
  /** The moment right after step n, 0 to `records.length`; the same object each time it is asked for one after another. */
  pictureAt(n: number): Picture;
}

/** Pictures of a history by the step, from those kept every 64 steps. */
export class Pictures {
  readonly #fold: (picture: Picture, record: StepRecord) => Picture;
  readonly #records: readonly StepRecord[];
  readonly #checkpoints: Picture[];
  #last: Picture;

  constructor(start: Picture, records: readonly StepRecord[], fold: (picture: Picture, record: StepRecord) => Picture) {
    this.#fold = fold;
    this.#records = records;
    this.#checkpoints = [start];
    this.#last = start;
  }

  at(n: number): Picture {
    const wanted = Math.min(Math.max(0, n), this.#records.length);
    let picture = this.#from(wanted);
    for (const record of this.#records.slice(picture.n, wanted)) {
      picture = this.#fold(picture, record);
      if (picture.n === this.#checkpoints.length * CHECKPOINT_EVERY) this.#checkpoints.push(picture);
    }
    this.#last = picture;
    return picture;
  }

  /** The nearest picture at or before the step. */
  #from(n: number): Picture {
    const checkpoint = this.#checkpoints[Math.min(Math.floor(n / CHECKPOINT_EVERY), this.#checkpoints.length - 1)];
    if (checkpoint === undefined) throw new Error('a history begins with a picture');
    return this.#last.n <= n && this.#last.n > checkpoint.n ? this.#last : checkpoint;
  }
}
