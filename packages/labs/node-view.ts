/** A node as the stage draws it: plain data, the same for every protocol. */
import type { EntryState } from '@vivarium/shared/cluster-state';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from './text.ts';

/** How a mark of the live pages shows the part that a node plays; `plain` where none of them fits. */
export type Mark = 'leader' | 'follower' | 'observer' | 'looking' | 'plain';

/** Something that a node knows. The page draws each kind its own way. */
export type FactValue =
  /** A term of the field, or a number, as it is. */
  | { readonly kind: 'term'; readonly term: string }
  /** A word of the language. */
  | { readonly kind: 'text'; readonly text: Text }
  /** A value that is agreed upon, in a plate; `settled` fills it (chosen, committed). */
  | { readonly kind: 'value'; readonly value: string; readonly settled: boolean }
  /** A ballot with the value accepted in it. */
  | { readonly kind: 'accepted'; readonly ballot: string; readonly value: string; readonly settled: boolean }
  | { readonly kind: 'zxid'; readonly epoch: number; readonly counter: number }
  /** Who has answered, of whom, and how many are enough: drawn as slots with the quorum's line. */
  | {
      readonly kind: 'tally';
      readonly have: readonly NodeId[];
      readonly of: readonly NodeId[];
      readonly need: number;
      readonly against: readonly NodeId[];
    }
  /** Things that are locked, with who holds them. */
  | { readonly kind: 'locks'; readonly locks: readonly { readonly key: string; readonly holder: string }[] }
  /** Names in a row: the entries of a registry, the queue of a link. */
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'none' };

export interface Fact {
  /** Names it in the protocol's `words`. */
  readonly id: string;
  readonly value: FactValue;
}

/** One record of a node's log. */
export interface LogRecord {
  /** What stands in the block, or beside it: `1·3`, `READY T1`. */
  readonly label: string;
  readonly state: EntryState;
  /** Aligns it with the same record on other nodes: the zxid as hex, or the label. */
  readonly key: string;
  /** What it says in full: `undo a: 100, redo a: 90`. */
  readonly detail: string;
}

export interface NodeView {
  readonly mark: Mark;
  /** The part that it plays, by the protocol's `roles`. */
  readonly role: string;
  /** The state of its machine by the field's name: `READY`, `LOOKING`. */
  readonly state: string;
  /** How the state is to be read: at rest, waiting (blocked, in doubt), decided well, decided against, wrong. */
  readonly mood: 'calm' | 'waiting' | 'good' | 'refused' | 'wrong';
  readonly facts: readonly Fact[];
  readonly log: readonly LogRecord[];
}
