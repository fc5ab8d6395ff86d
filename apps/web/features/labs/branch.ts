/** A history as the page holds it: all its records, and any moment of it within a few folds. */
import type { Ask, HistoryEnd, Picture, PlacedAction, StepRecord } from '@vivarium/labs/history';
import { applyRecord } from '@vivarium/labs/picture';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { BranchId } from './engine/lab-messages.ts';

/** How far apart the pictures are that are kept. */
const CHECKPOINT_EVERY = 64;
const MAX_RECENT = 32;

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

/** Pictures of a history by the step, from those kept every 64 steps. */
export class Pictures {
  readonly #records: readonly StepRecord[];
  readonly #checkpoints: Picture[];
  /** Those that were asked for last, the latest at the end: views ask for the same few again and again. */
  readonly #recent = new Map<number, Picture>();

  constructor(start: Picture, records: readonly StepRecord[]) {
    this.#records = records;
    this.#checkpoints = [start];
  }

  at(n: number): Picture {
    const wanted = Math.min(Math.max(0, n), this.#records.length);
    const known = this.#recent.get(wanted);
    if (known !== undefined) return known;
    let picture = this.#nearest(wanted);
    for (const record of this.#records.slice(picture.n, wanted)) {
      picture = applyRecord(picture, record);
      if (picture.n === this.#checkpoints.length * CHECKPOINT_EVERY) this.#checkpoints.push(picture);
    }
    this.#recent.set(wanted, picture);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
    return picture;
  }

  /** The picture to begin with: the one before, or the last one that is kept. */
  #nearest(n: number): Picture {
    const before = this.#recent.get(n - 1);
    const checkpoint = this.#checkpoints[Math.min(Math.floor(n / CHECKPOINT_EVERY), this.#checkpoints.length - 1)];
    if (checkpoint === undefined) throw new Error('a history begins with a picture');
    return before ?? checkpoint;
  }
}
