/** What a rule, an invariant or a question may look at: the world right after an entry. */
import type { Entry, MessageId, Sent } from './journal.ts';
import type { NodeId } from './program.ts';

export type NodeStatus = 'up' | 'paused' | 'down';

/** A message under way. */
export interface Flight<Message> extends Sent {
  readonly message: Message;
  /** The entry that sent it. */
  readonly sentN: number;
  readonly held: boolean;
}

export interface NodeMoment<State, Disk> {
  readonly status: NodeStatus;
  /** Null while it is down. Not to be changed, nor kept beyond the moment where the program changes its states. */
  readonly state: State | null;
  /** What a crash would leave. */
  readonly disk: Disk;
  readonly timers: readonly { readonly timer: string; readonly dueMs: number; readonly setN: number }[];
  /** Writes that are not durable yet. */
  readonly writes: readonly { readonly write: number; readonly what: string }[];
}

export interface Moment<State, Message, Disk> {
  /** 0 before the first entry. */
  readonly n: number;
  readonly atMs: number;
  /** Null before the first. */
  readonly entry: Entry | null;
  /** What the entry delivered or lost; null where it did neither. */
  readonly flight: Flight<Message> | null;
  readonly nodes: ReadonlyMap<NodeId, NodeMoment<State, Disk>>;
  readonly inFlight: ReadonlyMap<MessageId, Flight<Message>>;
  /** Whether nothing gets from one to the other. */
  isCut(from: NodeId, to: NodeId): boolean;
}
