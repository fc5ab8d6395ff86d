/** Any moment of a history within a few folds. */
import { assert } from '@vivarium/shared/assert';
import type { Picture, StepRecord } from './history.ts';
import { applyRecord } from './picture.ts';

/** How far apart the pictures are that are kept. */
const KEPT_EVERY = 64;
/** Views ask for the same few again and again, and who steps back for the ones before. */
const MOST_RECENT = 2 * KEPT_EVERY;

/** Pictures of a history by the step, from those kept every 64 steps and those that were come through last. */
export class Pictures {
  readonly #records: readonly StepRecord[];
  readonly #kept: Picture[];
  /** By the step, the latest at the end. */
  readonly #recent = new Map<number, Picture>();

  constructor(start: Picture, records: readonly StepRecord[]) {
    this.#records = records;
    this.#kept = [start];
  }

  /** The moment right after step n, or the nearest that there is; the same object while it is asked for again and again. */
  at(n: number): Picture {
    const wanted = Math.min(Math.max(0, n), this.#records.length);
    const known = this.#recent.get(wanted);
    if (known !== undefined) return known;
    let picture = this.#nearest(wanted);
    for (let next = picture.n; next < wanted; next++) {
      const record = this.#records[next];
      assert(record !== undefined, 'a record for every step');
      picture = applyRecord(picture, record);
      if (picture.n === this.#kept.length * KEPT_EVERY) this.#kept.push(picture);
      this.#remember(picture);
    }
    this.#remember(picture);
    return picture;
  }

  #remember(picture: Picture): void {
    this.#recent.set(picture.n, picture);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MOST_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  /** The picture to begin with: the one before, or the last one that is kept. */
  #nearest(n: number): Picture {
    const kept = this.#kept[Math.min(Math.floor(n / KEPT_EVERY), this.#kept.length - 1)];
    assert(kept !== undefined, 'a history begins with a picture');
    return this.#recent.get(n - 1) ?? kept;
  }
}
