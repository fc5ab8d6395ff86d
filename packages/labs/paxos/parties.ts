/** Who takes part in a run of Paxos, by which rules, and what each of them knows and keeps. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Proposal } from './messages.ts';

/** Lamport's rules, or one of the mistakes that descriptions of Paxos make. */
export type Variant =
  | 'lamport'
  /** An Accept does not raise the promise, and overwrites what was accepted in a higher round. */
  | 'accept-keeps-promise'
  /** Whoever learns counts acceptors by value, whatever the round in which they accepted it. */
  | 'count-by-value'
  /** A majority of those who answered in time is taken for a majority. */
  | 'majority-of-living'
  /** Promises again what is promised already: n ≥ promised. */
  | 'promise-equal'
  /** An Accept needs n > promised, so that a proposer's own round stands against it. */
  | 'reject-equal'
  /** Adopts the commonest value among the promises, not that of the highest round. */
  | 'adopt-commonest';

/** What a proposer does that has been beaten. */
export type Retry =
  /** Waits until it is told to try again. */
  | 'hand'
  | 'eager'
  /** Waits for a random time that grows from round to round. */
  | 'backoff'
  /** Only the first proposer tries again. */
  | 'distinguished';

export interface Rules {
  readonly variant: Variant;
  readonly retry: Retry;
  /** After so long without a majority a proposer begins a new round; null: it waits for ever. */
  readonly silenceMs: number | null;
  /** Whether each proposer has numbers of its own: P1 of two has 1, 3, 5. */
  readonly numbers: 'own' | 'shared';
}

export interface Cast extends Rules {
  readonly proposers: readonly NodeId[];
  readonly acceptors: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** The scenario's choices, for its script to look up. */
  readonly settings: Readonly<Record<string, string>>;
}

/** How many acceptors are more than half of all of them, the dead included. */
export function majorityOf(cast: Cast): number {
  return Math.floor(cast.acceptors.length / 2) + 1;
}

/** What a proposer or a learner holds for chosen, with the acceptors that it counted; none where a learner told it. */
export interface Learned extends Proposal {
  readonly by: readonly NodeId[];
}

export interface ProposerDisk {
  readonly role: 'proposer';
  /** Its last number; 0 before the first. Durable before it is used, or a new life would use it twice. */
  readonly n: number;
  readonly wants: string | null;
  readonly learned: Learned | null;
}

export interface AcceptorDisk {
  readonly role: 'acceptor';
  /** 0: nothing. */
  readonly promised: number;
  readonly accepted: Proposal | null;
  /** All that it ever accepted. The protocol has no use for it: it says afterwards what was chosen. */
  readonly votes: readonly Proposal[];
}

export interface LearnerDisk {
  readonly role: 'learner';
  readonly learned: Learned | null;
}

export type PaxosDisk = ProposerDisk | AcceptorDisk | LearnerDisk;

export interface ProposerState {
  readonly role: 'proposer';
  readonly cast: Cast;
  readonly disk: ProposerDisk;
  readonly phase: 'idle' | 'prepare' | 'accept' | 'beaten' | 'aside' | 'done';
  readonly promises: readonly { readonly from: NodeId; readonly accepted: Proposal | null }[];
  /** What it proposes in this round; null in phase 1. */
  readonly value: string | null;
  readonly acceptedBy: readonly NodeId[];
  readonly against: readonly NodeId[];
  /** The highest number that it has heard of. */
  readonly seen: number;
  /** How often it was beaten. */
  readonly defeats: number;
}

export interface AcceptorState {
  readonly role: 'acceptor';
  readonly cast: Cast;
  readonly disk: AcceptorDisk;
}

export interface LearnerState {
  readonly role: 'learner';
  readonly cast: Cast;
  readonly disk: LearnerDisk;
  /** What it was told was accepted, and by whom. */
  readonly heard: readonly Learned[];
}

export type PaxosState = ProposerState | AcceptorState | LearnerState;
