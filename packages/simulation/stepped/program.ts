/**
 * What runs on the nodes of a stepped world: programs whose state, messages and disks are plain data, so that any moment can
 * be copied, compared and gone on from. A program reads no clock and has no chance of its own: both come with every input.
 */
import type { Random } from '@vivarium/shared/random';

/** The name of a node, as it is shown: `P1`, `A2`, `S3`. */
export type NodeId = string;

/** What comes with every input. */
export interface StepContext {
  readonly node: NodeId;
  /** Virtual ms since the history began. */
  readonly nowMs: number;
  /** The node's own generator; the world keeps its state. */
  readonly random: Random;
}

/** What a program is handed. */
export type ProgramInput<Message> =
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'timer'; readonly timer: string }
  /** The write of that number is durable, and so are all before it. */
  | { readonly kind: 'persisted'; readonly write: number }
  /** Somebody outside asks for something: one of what the protocol's `commands` offers. */
  | { readonly kind: 'command'; readonly command: string };

/** What a program asks of its world; done in the order of the list. */
export type Effect<Message, Disk> =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: Message }
  /** Replaces a timer of the same name. */
  | { readonly kind: 'setTimer'; readonly timer: string; readonly afterMs: number }
  | { readonly kind: 'clearTimer'; readonly timer: string }
  /**
   * Replaces what is on the node's disk. Without a `write` number it is durable at once (a forced log record); with one it is a
   * step of its own that a crash may forestall, told by `persisted`.
   */
  | { readonly kind: 'persist'; readonly disk: Disk; readonly write: number | null; readonly what: string }
  /** Something worth a name that no message carries: `decided COMMIT`, `electionWon 2`. For rules, narration and the journal. */
  | { readonly kind: 'tell'; readonly what: string };

/** What a step comes to. */
export interface Turn<State, Message, Disk> {
  readonly state: State;
  readonly effects: readonly Effect<Message, Disk>[];
}

/** The program of all nodes of a protocol; it tells by the node's name which part it plays. */
export interface Program<State, Message, Disk> {
  /** What is on the disk of a node that never ran, or whose disk was wiped. */
  emptyDisk(node: NodeId): Disk;
  /** A new life: what it knows is what the disk gives back. */
  boot(disk: Disk, context: StepContext): Turn<State, Message, Disk>;
  step(state: State, input: ProgramInput<Message>, context: StepContext): Turn<State, Message, Disk>;
  /** What the operating system sends for a process that has died: the ends of its connections. None unless it is given. */
  died?(state: State, context: StepContext): readonly { readonly to: NodeId; readonly message: Message }[];
  /** An equal state that the next step does not touch. Left out where states are never changed, only replaced. */
  copy?(state: State): State;
  /** What a state says, once: for hashes. Left out where a state is plain data that holds no part of itself twice. */
  plain?(state: State): unknown;
}
