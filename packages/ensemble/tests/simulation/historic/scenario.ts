/** A historic bug, or a mistake that suggests itself, as something to play. */
export interface Scenario {
  /** Its number in the list of 27 that the project keeps; null where nobody is known to have made the mistake. */
  readonly bug: number | null;
  /** The ticket of the bug, or of what the mistake would be made in. */
  readonly jira: `ZOOKEEPER-${number}`;
  /** What must not happen. */
  readonly title: string;
  /** How often it is played; as often as the others where it is not said. */
  readonly plays?: number;
  /** The variation of the sources that it needs, by name: it is played in a process of its own. */
  readonly under?: string;
  /** Plays it once; throws where anything is not as it should be. */
  readonly play: (seed: number) => void;
}

/** Delays, what a lost power leaves, and where in a file things are differ from play to play. */
export const PLAYS = 18;

/** A promise of the ensemble that a scenario has seen broken, beside what the scenario itself expects. */
export class BrokenPromise extends Error {
  override name = 'BrokenPromise';
  /** As the checkers of the simulation name it. */
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}
