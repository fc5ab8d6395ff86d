/** What passes and what is kept in three-phase commit; the transaction is that of two-phase commit. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Work } from '../two-phase-commit/machine.ts';

/** DECISION-REQ and UNCERTAIN are of a node that has been down: it asks, it never decides by its clock. */
export type Message =
  | { readonly type: 'CanCommit'; readonly work: Work }
  | { readonly type: 'ACK'; readonly of: 'PreCommit' | 'DoCommit' | 'doAbort' }
  | { readonly type: 'Yes' | 'No' | 'PreCommit' | 'DoCommit' | 'doAbort' | 'DECISION-REQ' | 'UNCERTAIN' };

export type CoordinatorRecord =
  | { readonly kind: 'BEGIN'; readonly participants: readonly NodeId[] }
  | { readonly kind: 'PRECOMMIT' | 'COMMIT' | 'ABORT' | 'END' };

export type ParticipantRecord =
  | { readonly kind: 'WAIT'; readonly undo: number; readonly redo: number }
  | { readonly kind: 'PRECOMMIT' | 'COMMIT' | 'ABORT' };

export interface CoordinatorDisk {
  readonly role: 'coordinator';
  readonly log: readonly CoordinatorRecord[];
}

export interface ParticipantDisk {
  readonly role: 'participant';
  /** The number as everybody else sees it. */
  readonly value: number;
  readonly log: readonly ParticipantRecord[];
}

export type Disk = CoordinatorDisk | ParticipantDisk;

export interface CoordinatorState {
  readonly role: 'coordinator';
  readonly phase: 'INIT' | 'WAIT' | 'PRECOMMIT' | 'COMMIT' | 'ABORT' | 'END';
  readonly yes: readonly NodeId[];
  readonly no: readonly NodeId[];
  /** Who has acknowledged what was sent last. */
  readonly acks: readonly NodeId[];
  /** It has been down, and asks the others instead of going on. */
  readonly recovering: boolean;
  readonly rounds: number;
  readonly disk: CoordinatorDisk;
}

export interface ParticipantState {
  readonly role: 'participant';
  readonly phase: 'INIT' | 'WAIT' | 'PRECOMMIT' | 'COMMIT' | 'ABORT';
  readonly refuses: boolean;
  readonly recovering: boolean;
  readonly rounds: number;
  readonly disk: ParticipantDisk;
}

export type State = CoordinatorState | ParticipantState;

/**
 * Virtual ms. What makes the clocks of the protocol safe: a coordinator waits for more than a message and its answer take (twice
 * 16), and a participant for more than its coordinator may take to speak again (40, and a message more).
 */
export const timeouts = {
  votes: 40,
  acks: 40,
  done: 40,
  canCommit: 200,
  preCommit: 100,
  doCommit: 100,
  ask: 120,
} as const;
