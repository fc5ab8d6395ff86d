/** A protocol in the labs: its program, and how to read what it does. */
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { Moment, NodeMoment } from '@vivarium/simulation/stepped/moment';
import type { NodeId, Program } from '@vivarium/simulation/stepped/program';
import type { Fact, NodeView } from './node-view.ts';
import type { Text } from './text.ts';

/** Where a node stands on the stage: shares of its width and height, of the middle of the card. Places do not move. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface NodeSpec {
  readonly id: NodeId;
  /** One of the protocol's `roles`. */
  readonly role: string;
  readonly at: Place;
}

/** Whether an invariant holds; null while it speaks of nothing yet. The reason says why, with the names in it. */
export interface Judgement {
  readonly holds: boolean | null;
  readonly reason: Text;
}

/** Something that must be true of every state. */
export interface Invariant<State, Message, Disk> {
  readonly id: string;
  readonly title: Text;
  /**
   * Judges a moment. `memory` is what it returned the last time (null before the first moment), never changed, only replaced: for
   * what must be true of a history (a decision never flips).
   */
  judge(
    moment: Moment<State, Message, Disk>,
    memory: unknown,
  ): { readonly judgement: Judgement; readonly memory: unknown };
}

/** Something said on the stage beside some nodes: `X chosen` beside A1 and A2. */
export interface Annotation {
  readonly text: Text;
  readonly nodes: readonly NodeId[];
  readonly tone: 'good' | 'care' | 'wrong';
}

export interface Offer {
  readonly id: string;
  readonly text: Text;
}

export interface Protocol<State, Message, Disk> {
  readonly id: ProtocolId;
  /** `Two-phase commit (2PC)`. */
  readonly title: Text;
  /** What it is for and what it assumes, in two sentences. */
  readonly about: Text;
  /** By id: what a role, a fact, a timer, a command is called. */
  readonly roles: Readonly<Record<string, Text>>;
  readonly words: Readonly<Record<string, Text>>;
  readonly timers: Readonly<Record<string, Text>>;
  /** What it takes for granted, by id: `crashFault`, `fifo`, `synchronous`. */
  readonly assumptions: Readonly<Record<string, Text>>;
  /** The program for nodes set up so; `settings` are the scenario's choices, by id. */
  program(nodes: readonly NodeSpec[], settings: Readonly<Record<string, string>>): Program<State, Message, Disk>;
  /** A node as it is drawn; `state` is null while it is down: what its disk says. */
  view(id: NodeId, node: NodeMoment<State, Disk>, moment: Moment<State, Message, Disk>): NodeView;
  /** A message as one writes it on a board, and what it carries. */
  describe(message: Message): { readonly type: string; readonly label: string; readonly facts: readonly Fact[] };
  /** The connection that keeps its messages in order; null for datagrams. What is cut off from a connection waits, a datagram is lost. */
  channel(message: Message): string | null;
  /** How long it is under way, before a script says otherwise: virtual ms. */
  readonly latencyMs: { readonly min: number; readonly max: number };
  /** How long an asynchronous write takes. */
  readonly writeMs: number;
  readonly invariants: readonly Invariant<State, Message, Disk>[];
  annotations(moment: Moment<State, Message, Disk>): readonly Annotation[];
  /** What somebody outside may ask of a node now. */
  commands(id: NodeId, moment: Moment<State, Message, Disk>): readonly Offer[];
  /** What a traitor on the wire could make of a message. */
  tampers(message: Message): readonly (Offer & { readonly message: Message })[];
  /** The id of the assumption that an action breaks; null for one that the protocol is made to bear. */
  breaks(action: Action, moment: Moment<State, Message, Disk>): string | null;
  /** What an entry means in one sentence, beyond what its message says: null for `A1 gets Prepare(1) from P1`. */
  sentence(moment: Moment<State, Message, Disk>): Text | null;
}

export type ProtocolId = '2pc' | '3pc' | 'paxos' | 'zab' | 'generals' | 'cap';
