/** A small seeded generator (sfc32) whose whole state is four integers, so that whoever holds it can be cloned and replayed. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 0x100000000) | 0;
    this.c = 0x9e3779b9 | 0;
    this.counter = 1;
    // The first outputs of neighbouring seeds are alike; discard them.
    for (let i = 0; i < 15; i++) this.uint32();
  }

  /** A generator that goes on as this one would, and apart from it. */
  copy(): Random {
    const twin = new Random(0);
    [twin.a, twin.b, twin.c, twin.counter] = [this.a, this.b, this.c, this.counter];
    return twin;
  }

  /** The next 32 bits, unsigned. */
  uint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 0x100000000) * limit);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uint32() / 0x100000000 < probability;
  }

  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}
