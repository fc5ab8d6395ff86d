/** A promise that a run has seen broken. */
export interface Violation {
  /** The invariant, by the name that the literature gives it where there is one. */
  readonly invariant: string;
  readonly detail: string;
  readonly atMs: number;
}

/** More than this of one run tells nobody anything. */
const MAX_VIOLATIONS = 20;

/** What a run has found. */
export class Violations {
  readonly list: Violation[] = [];
  private readonly now: () => number;

  /** `now`: the time in the world, in ms. */
  constructor(now: () => number) {
    this.now = now;
  }

  add(invariant: string, detail: string): void {
    if (this.list.length < MAX_VIOLATIONS) this.list.push({ invariant, detail, atMs: this.now() });
  }

  /** Adds a violation unless the condition holds. */
  expect(condition: boolean, invariant: string, detail: () => string): void {
    if (!condition) this.add(invariant, detail());
  }
}
