/** What passes and what is kept in two-phase commit: one transaction, T1, that changes one number on each participant. */
import type { NodeId } from '@vivarium/simulation/stepped/program';

export type Decision = 'COMMIT' | 'ABORT';

/** What the transaction does on one participant. */
export interface Work {
  readonly key: string;
  /** What the number is before. */
  readonly start: number;
  readonly add: number;
}

/** T1: Alice (a) pays 10, of which Bob (b) gets 9 and the bank (fee) 1; or a shop enters an order and adds points for it. */
const works: Readonly<Record<NodeId, Work>> = {
  P1: { key: 'a', start: 100, add: -10 },
  P2: { key: 'b', start: 100, add: 9 },
  P3: { key: 'fee', start: 5, add: 1 },
  Orders: { key: 'orders', start: 16, add: 1 },
  Points: { key: 'points', start: 20, add: 10 },
};

/** What T1 does on a participant. */
export function workOf(node: NodeId): Work {
  return works[node] ?? { key: node.toLowerCase(), start: 0, add: 1 };
}

/** `a −10`, as it stands in a message. */
export function writeWork(work: Work): string {
  return `${work.key} ${work.add < 0 ? '−' : '+'}${Math.abs(work.add)}`;
}

/**
 * The names are those of the field; DECISION-REQ and UNCERTAIN are the cooperative termination protocol of Bernstein, Hadzilacos
 * and Goodman, Concurrency Control and Recovery in Database Systems (1987), section 7.4. DO, DONE and UNDO are of the run without
 * a commit protocol.
 */
export type Message =
  | { readonly type: 'PREPARE'; readonly work: Work }
  | { readonly type: 'DO'; readonly work: Work }
  | {
      readonly type: 'YES' | 'NO' | 'COMMIT' | 'ROLLBACK' | 'ACK' | 'DECISION-REQ' | 'UNCERTAIN' | 'DONE' | 'UNDO';
    };

export type CoordinatorRecord =
  | { readonly kind: 'BEGIN'; readonly participants: readonly NodeId[] }
  | { readonly kind: 'COMMIT' | 'ABORT' | 'END' };

export type ParticipantRecord =
  | { readonly kind: 'READY'; readonly undo: number; readonly redo: number }
  | { readonly kind: 'COMMIT' | 'ABORT' };

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
  readonly phase: 'INIT' | 'WAIT' | 'COMMIT' | 'ABORT' | 'END';
  readonly yes: readonly NodeId[];
  readonly no: readonly NodeId[];
  readonly acks: readonly NodeId[];
  /** How often it has sent its decision again. */
  readonly rounds: number;
  readonly disk: CoordinatorDisk;
}

export interface ParticipantState {
  readonly role: 'participant';
  readonly phase: 'INIT' | 'READY' | 'COMMIT' | 'ABORT';
  /** Its own rules forbid the transaction (no cover, out of stock): it will vote NO. */
  readonly refuses: boolean;
  /** How often it has asked for the decision. */
  readonly rounds: number;
  readonly disk: ParticipantDisk;
}

export type State = CoordinatorState | ParticipantState;

/** How the program behaves where a lesson lets it be chosen; the first of each is the protocol, the others are mistakes. */
export interface Conduct {
  /** What a participant in READY does when its time is up. */
  readonly inDoubt: 'ask' | 'abort' | 'commit';
  /** Whether READY is on the disk before YES is sent. */
  readonly log: 'forced' | 'late';
  /** Whether COMMIT puts the redo value in place, or adds once more each time that it comes. */
  readonly handler: 'redo' | 'add';
  /** Whether a participant in doubt asks the others too, or the coordinator only. */
  readonly peers: 'ask' | 'none';
}

/** The decision that a log holds; null before there is one. */
export function decisionOf(log: readonly { readonly kind: string }[]): Decision | null {
  for (const { kind } of log) if (kind === 'COMMIT' || kind === 'ABORT') return kind;
  return null;
}

/** How many times a node repeats itself unasked: without an end the lab would have none. It can be told to go on. */
export const mostRounds = 4;

/** Virtual ms of the timers. A participant waits longer than its coordinator, so that the coordinator is the first to decide. */
export const timeouts = { votes: 60, resend: 80, prepare: 200, decision: 120, reply: 60 } as const;
