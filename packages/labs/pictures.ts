/** Any moment of a history within a few folds. */
import { assert } from '@vivarium/shared/assert';
import type { Picture, StepRecord } from './history.ts';
import { applyRecord } from './picture.ts';

/** How far apart the pictures are that are kept. */
const KEPT_EVERY = 64;

/** Pictures of a history by the step, from those kept every 64 steps and the one that was asked for last. */
export class Pictures {
  readonly #records: readonly StepRecord[];
  readonly #kept: Picture[];
  #last: Picture;

  constructor(start: Picture, records: readonly StepRecord[]) {
    this.#records = records;
    this.#kept = [start];
    this.#last = start;
  }

  /** The moment right after step n, or the nearest that there is; the same object as long as the same is asked for. */
  at(n: number): Picture {
    const wanted = Math.min(Math.max(0, n), this.#records.length);
    let picture = this.#nearest(wanted);
    for (let next = picture.n; next < wanted; next++) {
      const record = this.#records[next];
      assert(record !== undefined, 'a record for every step');
      picture = applyRecord(picture, record);
      if (picture.n === this.#kept.length * KEPT_EVERY) this.#kept.push(picture);
    }
    this.#last = picture;
    return picture;
  }

  /** The nearest picture at or before the step. */
  #nearest(n: number): Picture {
    const kept = this.#kept[Math.min(Math.floor(n / KEPT_EVERY), this.#kept.length - 1)];
    assert(kept !== undefined, 'a history begins with a picture');
    return this.#last.n <= n && this.#last.n > kept.n ? this.#last : kept;
  }
}
