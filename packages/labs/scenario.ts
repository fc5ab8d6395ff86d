/** One lesson: who plays, what happens to them, what is said about it, and what is asked before it happens. One file each. */
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { Flight, Moment } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { NodeSpec, Offer } from './protocol.ts';
import type { Text, TextOf } from './text.ts';

/** A choice that the viewer has before it begins: with which cure, which variant. The first is taken unless told. */
export interface Setting {
  readonly id: string;
  readonly text: Text;
  readonly choices: readonly Offer[];
}

/** Does something once, right after the first moment that it waits for. */
export interface Rule<State, Message, Disk> {
  readonly when: (moment: Moment<State, Message, Disk>) => boolean;
  readonly act: readonly Action[] | ((moment: Moment<State, Message, Disk>) => readonly Action[]);
}

/** Said when the first moment comes that it waits for, and until the next one; so it holds in a fork, or is not said. */
export interface Narration<State, Message, Disk> {
  readonly when: (moment: Moment<State, Message, Disk>) => boolean;
  readonly text: TextOf<Moment<State, Message, Disk>>;
  /** A short name for the time bar, where the moment is one to find again: `X chosen`. */
  readonly mark?: Text;
}

/** Asked right before the first moment that it waits for is to come. What is true is what happens then, not what a file says. */
export interface Prediction<State, Message, Disk> {
  readonly id: string;
  /** True of the moment that is about to come: the question is asked at the one before it. */
  readonly before: (moment: Moment<State, Message, Disk>) => boolean;
  readonly question: Text;
  /** Two to four. */
  readonly options: readonly Offer[];
  /** Asked of that moment and of those behind it until one of them says which option came true. */
  readonly settle: (moment: Moment<State, Message, Disk>) => string | null;
  /** What is true where the history ends before that. */
  readonly otherwise: string;
  /** Why it is so, told afterwards. */
  readonly because: Text;
}

/** Something that a player tries to bring about; the shortest history is kept. */
export interface Goal<State, Message, Disk> {
  readonly id: string;
  readonly text: Text;
  readonly reached: (moment: Moment<State, Message, Disk>) => boolean;
}

/** What must have come of it in the end: the scenario's own test. */
export interface Expectation<State, Message, Disk> {
  readonly text: Text;
  readonly holds: (last: Moment<State, Message, Disk>) => boolean;
}

export interface ScenarioSpec<State, Message, Disk> {
  /** Unique, for addresses: `paxos-two-proposers`. */
  readonly id: string;
  readonly title: Text;
  /** One paragraph. */
  readonly purpose: Text;
  readonly kind: 'lesson' | 'variant' | 'free';
  readonly settings: readonly Setting[];
  readonly nodes: readonly NodeSpec[];
  /** What is on disks at the beginning, where it is not nothing. */
  readonly disks?: (settings: Readonly<Record<string, string>>) => Readonly<Record<NodeId, Disk>>;
  /** Nodes that do not take part at all, by the settings chosen: in an ensemble of three there is no S4. */
  readonly without?: (settings: Readonly<Record<string, string>>) => readonly NodeId[];
  /** Nodes that are down at the beginning. */
  readonly down?: readonly NodeId[];
  /** Done before everything else, once all nodes have started. */
  readonly begin: readonly Action[];
  readonly rules: readonly Rule<State, Message, Disk>[];
  /** More rules, by the settings chosen. */
  readonly rulesFor?: (settings: Readonly<Record<string, string>>) => readonly Rule<State, Message, Disk>[];
  /** How long a message is under way, in place of the protocol's own; null: the protocol's. */
  readonly latencyMs?: (flight: Omit<Flight<Message>, 'dueMs' | 'sentN' | 'held'>) => number | null;
  readonly narration: readonly Narration<State, Message, Disk>[];
  readonly predictions: readonly Prediction<State, Message, Disk>[];
  readonly goals: readonly Goal<State, Message, Disk>[];
  /** Where it ends; also where nothing is left to happen, and at `limit` entries (400 unless told). */
  readonly ends?: (moment: Moment<State, Message, Disk>) => boolean;
  readonly limit?: number;
  /** By the settings chosen. */
  readonly outcome: (settings: Readonly<Record<string, string>>) => readonly Expectation<State, Message, Disk>[];
  /** Ids of the invariants that the lesson breaks on purpose, by the settings chosen; all others must be kept. */
  readonly breaks: (settings: Readonly<Record<string, string>>) => readonly string[];
}
