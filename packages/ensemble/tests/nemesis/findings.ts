/** What is kept in words; beyond it only the number grows. */
const MAX_KEPT = 50;

/** The broken promises of a run. */
export class Findings {
  readonly list: string[] = [];
  private total = 0;

  get count(): number {
    return this.total;
  }

  /** `promise`: which one, in a word or two; `detail`: who, where and when. */
  add(promise: string, detail: string): void {
    this.total++;
    if (this.list.length < MAX_KEPT) this.list.push(`${promise}: ${detail}`);
  }

  expect(holds: boolean, promise: string, detail: () => string): void {
    if (!holds) this.add(promise, detail());
  }
}
