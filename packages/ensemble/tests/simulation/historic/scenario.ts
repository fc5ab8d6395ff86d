/** One historic bug, as something to play. */
export interface Scenario {
  /** Its number in the list of 27 that the project keeps. */
  readonly bug: number;
  readonly jira: `ZOOKEEPER-${number}`;
  /** What must not happen. */
  readonly title: string;
  /** Plays it once; throws where anything is not as it should be. */
  readonly play: (seed: number) => void;
}
