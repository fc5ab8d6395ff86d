/** What a history looks like from outside: records to draw, whatever the protocol. Plain data; it crosses to a page as it is. */
import type { Action, Entry, MessageId, Sent } from '@vivarium/simulation/stepped/journal';
import type { NodeStatus } from '@vivarium/simulation/stepped/moment';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { RefusalReason } from '@vivarium/simulation/stepped/refusal';
import type { Fact, NodeView } from './node-view.ts';
import type { Annotation, NodeSpec, Offer, ProtocolId } from './protocol.ts';
import type { Setting } from './scenario.ts';
import type { Text } from './text.ts';

/** A scenario's own test is run with this seed, and so is a lesson that is opened without one. */
export const USUAL_SEED = 1;

/** Something done at a moment: it is entry `after + 1`. */
export interface PlacedAction {
  readonly after: number;
  readonly action: Action;
}

/** A moment of a history, as a small value that can be sent: all else follows from it. */
export interface Position {
  readonly scenario: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  /** By a person, in their order: each behind the entry of the one before it. */
  readonly actions: readonly PlacedAction[];
  readonly cursor: number;
}

export interface Verdict {
  readonly invariant: string;
  readonly holds: boolean | null;
  readonly reason: Text;
  /** The first entry behind which it did not hold; null while it always has. */
  readonly brokenAt: number | null;
}

/** A node at a moment. */
export interface NodePicture {
  readonly status: NodeStatus;
  readonly view: NodeView;
  readonly timers: readonly { readonly timer: string; readonly dueMs: number; readonly setN: number }[];
  /** Names of writes that are not durable yet. */
  readonly writes: readonly string[];
}

/** A message under way, for drawing. */
export interface FlightPicture extends Sent {
  readonly sentN: number;
  readonly held: boolean;
  readonly facts: readonly Fact[];
}

/** The world at a moment: the sum of all records up to it. What has not changed is the same object as before. */
export interface Picture {
  readonly n: number;
  readonly atMs: number;
  readonly nodes: Readonly<Record<NodeId, NodePicture>>;
  readonly inFlight: Readonly<Record<MessageId, FlightPicture>>;
  /** `from>to`. */
  readonly cuts: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly annotations: readonly Annotation[];
}

/** One step of a history and all that it changed. */
export interface StepRecord {
  readonly entry: Entry;
  /** What the message it delivered or lost was; null where none was. */
  readonly message: FlightPicture | null;
  /** What happened, in one sentence. */
  readonly sentence: Text;
  /** What the scenario says from here on; null where it says nothing new. */
  readonly narration: Text | null;
  /** A name for the time bar. */
  readonly mark: Text | null;
  /** Nodes that are drawn otherwise than before. */
  readonly nodes: Readonly<Record<NodeId, NodePicture>>;
  /** What each message sent here carries, by its id. */
  readonly facts: Readonly<Record<MessageId, readonly Fact[]>>;
  /** Messages that were held or let go, delayed. */
  readonly moved: readonly { readonly id: MessageId; readonly held: boolean; readonly dueMs: number }[];
  readonly cuts: readonly string[] | null;
  /** Verdicts that are otherwise than before. */
  readonly verdicts: readonly Verdict[];
  readonly annotations: readonly Annotation[] | null;
  /** Goals that are reached here for the first time. */
  readonly goals: readonly string[];
  /** Of this state and of all before it: 16 hex digits, the same wherever it is run. */
  readonly hash: string;
}

/** A question in a history: asked when the cursor is at `before - 1`, settled by what entry `settledAt` did. */
export interface Ask {
  readonly id: string;
  readonly before: number;
  readonly question: Text;
  readonly options: readonly Offer[];
  readonly truth: string;
  readonly settledAt: number;
  readonly because: Text;
}

/** Why a history goes no further. */
export type HistoryEnd =
  /** Nothing is left to happen. */
  | 'quiet'
  /** The lesson is over. */
  | 'over'
  /** It has been run that far. */
  | 'limit'
  /** It cannot be run further: it has 10,000 entries, or more messages are under way than anybody can look at. */
  | 'full';

/** A scenario as the list of lessons shows it. */
export interface ScenarioInfo {
  readonly id: string;
  readonly protocol: ProtocolId;
  readonly title: Text;
  readonly purpose: Text;
  readonly kind: 'lesson' | 'variant' | 'free';
  readonly settings: readonly Setting[];
  readonly nodes: readonly NodeSpec[];
  readonly goals: readonly { readonly id: string; readonly text: Text }[];
  readonly questions: number;
}

export interface ProtocolInfo {
  readonly id: ProtocolId;
  readonly title: Text;
  readonly about: Text;
  readonly roles: Readonly<Record<string, Text>>;
  readonly words: Readonly<Record<string, Text>>;
  readonly timers: Readonly<Record<string, Text>>;
  readonly assumptions: Readonly<Record<string, Text>>;
  readonly invariants: readonly { readonly id: string; readonly title: Text }[];
}

/** What can be done at a moment; an assumption's id where doing it breaks what the protocol takes for granted. */
export interface Possibility {
  readonly action: Action;
  /** Null for those whose name is always the same (deliver, drop, crash, …). */
  readonly text: Text | null;
  readonly breaks: string | null;
}

/** A history that runs: one per branch. `records[n - 1]` is entry n. */
export interface History {
  /** With the nodes that take part under these settings. */
  readonly scenario: ScenarioInfo;
  readonly protocol: ProtocolInfo;
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly actions: readonly PlacedAction[];
  /** The moment 0: nothing runs yet. */
  readonly start: Picture;
  /** What the scenario says at moment 0; null where it says nothing. */
  readonly opening: Text | null;
  /** The entry behind which all nodes have started: where a viewer begins. */
  readonly ready: number;
  readonly records: readonly StepRecord[];
  readonly asks: readonly Ask[];
  readonly end: HistoryEnd;
  /** Runs on to so many entries at most, 10,000 in all. What it has given out stays as it is: look at `records` again. */
  extend(limit: number): void;
  /**
   * Another history: the same up to `after`, then this, then whatever comes of it. Actions that a person placed behind are no
   * part of it. Throws `ActionRefused` where it cannot be done there.
   */
  fork(after: number, action: Action): History;
  possibilities(n: number): readonly Possibility[];
}

/** A scenario that can be run: what `defineScenario` makes of a protocol and a lesson. */
export interface Scenario {
  readonly info: ScenarioInfo;
  readonly protocol: ProtocolInfo;
  /**
   * Runs it to its end, or to `limit` entries (null: as far as the scenario goes by itself), but so far that one sees what comes
   * of the last action. Throws `ActionRefused` where an action cannot be done where it is placed, and `RangeError` for a
   * setting, or a seed, that is none.
   */
  open(options: {
    readonly seed: number;
    readonly settings: Readonly<Record<string, string>>;
    readonly actions: readonly PlacedAction[];
    readonly limit: number | null;
  }): History;
  /** Runs it as it is, with the usual seed and without actions, and says what of its lesson did not come true. */
  check(settings: Readonly<Record<string, string>>): readonly Text[];
}

/** An action that makes no sense where it is asked for: a message that is not under way, a node that is not there. */
export class ActionRefused extends Error {
  override name = 'ActionRefused';
  readonly after: number;
  readonly action: Action;
  readonly why: RefusalReason;

  constructor(after: number, action: Action, why: RefusalReason) {
    super(`${action.do} after step ${after}: ${why}`);
    this.after = after;
    this.action = action;
    this.why = why;
  }
}
