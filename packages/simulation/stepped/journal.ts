/** What happens in a stepped world, one entry a step, each with its cause; only ever added to. */
import type { NodeId } from './program.ts';

/** Counts the messages of a history from 1, copies included. */
export type MessageId = number;

/** What may be done to a world from outside, by a scenario's script or by a person. */
export type Action =
  /** Now, whatever is ahead of it. */
  | { readonly do: 'deliver'; readonly message: MessageId }
  | { readonly do: 'drop'; readonly message: MessageId }
  | { readonly do: 'duplicate'; readonly message: MessageId }
  /** Behind all that is under way now. */
  | { readonly do: 'delay'; readonly message: MessageId }
  /** Not before it is delivered by hand, or let go. */
  | { readonly do: 'hold'; readonly message: MessageId }
  | { readonly do: 'letGo'; readonly message: MessageId }
  /** Replaced by one of what the protocol's `tampers` offers for it. */
  | { readonly do: 'tamper'; readonly message: MessageId; readonly tamper: string }
  | { readonly do: 'crash'; readonly node: NodeId }
  | { readonly do: 'restart'; readonly node: NodeId }
  | { readonly do: 'pause'; readonly node: NodeId }
  | { readonly do: 'resume'; readonly node: NodeId }
  /** Takes all that is on the disk of a node that is down. */
  | { readonly do: 'wipe'; readonly node: NodeId }
  /** Nothing goes from one to the other any more; one way. */
  | { readonly do: 'cut'; readonly from: NodeId; readonly to: NodeId }
  | { readonly do: 'heal'; readonly from: NodeId; readonly to: NodeId }
  /** Cuts all links between nodes of different groups, both ways, and heals those inside; a node that no group names is alone. */
  | { readonly do: 'split'; readonly groups: readonly (readonly NodeId[])[] }
  | { readonly do: 'healAll' }
  /** A timer goes off early. */
  | { readonly do: 'fire'; readonly node: NodeId; readonly timer: string }
  | { readonly do: 'command'; readonly node: NodeId; readonly command: string };

/** Why a message never arrives. */
export type LossReason = 'dropped' | 'cut' | 'down';

/** What one entry says happened. `deliver` and `timer` are also what `deliver` and `fire` actions come to. */
export type Happening =
  | { readonly kind: 'boot'; readonly node: NodeId }
  | { readonly kind: 'deliver'; readonly message: MessageId; readonly node: NodeId }
  | { readonly kind: 'lose'; readonly message: MessageId; readonly why: LossReason }
  | { readonly kind: 'timer'; readonly node: NodeId; readonly timer: string }
  | { readonly kind: 'persisted'; readonly node: NodeId; readonly write: number; readonly what: string }
  /** Every other action. */
  | { readonly kind: 'act'; readonly action: Action };

/** A message as it goes on its way. */
export interface Sent {
  readonly id: MessageId;
  readonly from: NodeId;
  readonly to: NodeId;
  /** Its kind, by the protocol's own name: `Promise`. */
  readonly type: string;
  /** With all it carries, as one writes it on a board: `Promise(2, (1, X))`. */
  readonly label: string;
  /** The connection in which nothing may overtake; null for a datagram. */
  readonly channel: string | null;
  /** When it will arrive unless something is done about it. */
  readonly dueMs: number;
  /** The message that this one is a copy, or a forgery, of. */
  readonly copyOf: MessageId | null;
  readonly tampered: boolean;
}

export interface TimerSet {
  readonly node: NodeId;
  readonly timer: string;
  readonly dueMs: number;
}

export interface Entry {
  /** Counts from 1; the state before the first is 0. */
  readonly n: number;
  readonly atMs: number;
  readonly happening: Happening;
  /** Nobody, the scenario's script, or a person. */
  readonly by: 'world' | 'script' | 'person';
  /** The entry that sent the message, set the timer or asked for the write; null for what comes from outside. */
  readonly cause: number | null;
  readonly sent: readonly Sent[];
  readonly timersSet: readonly TimerSet[];
  readonly timersCleared: readonly { readonly node: NodeId; readonly timer: string }[];
  /** Writes that were asked for here: durable at once where `write` is null. */
  readonly writes: readonly { readonly node: NodeId; readonly write: number | null; readonly what: string }[];
  readonly told: readonly { readonly node: NodeId; readonly what: string }[];
}
