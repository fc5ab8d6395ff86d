/** What the page of a lab shows, as data. */
import type { Ask, Possibility, ProtocolInfo, ScenarioInfo } from '@vivarium/labs/history';
import type { Text } from '@vivarium/labs/text';
import type { MessageId } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { type Branch, ownerOf } from './branch.ts';
import type { BranchId, LabFailure, LabRequest } from './engine/lab-messages.ts';

/** Something on the stage or in the lists that the viewer has chosen. */
export type LabSelection =
  | { readonly kind: 'node'; readonly id: NodeId }
  | { readonly kind: 'message'; readonly id: MessageId };

/** What was answered to a question; null: it was skipped. */
export interface Answer {
  readonly option: string | null;
}

export interface Lab {
  readonly info: ScenarioInfo;
  readonly protocol: ProtocolInfo;
  /** All lessons of the protocol. */
  readonly scenarios: readonly ScenarioInfo[];
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  /** What the scenario says at moment 0; null where it says nothing. */
  readonly opening: Text | null;
  /** The step behind which all nodes have started: where one begins. */
  readonly ready: number;
  /** In the order in which they were made. */
  readonly branches: readonly Branch[];
  /** The one that is shown. */
  readonly branch: Branch;
  /** The step behind which the moment is that is shown: 0 to the number of records. */
  readonly cursor: number;
  /** Where messages are drawn, in steps; the cursor, but on the way to it while it plays or steps. */
  readonly u: number;
  readonly playing: boolean;
  /** Steps per second. */
  readonly speed: number;
  readonly selected: LabSelection | null;
  /** By `answerKey`. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** What can be done at the cursor; while `isAsking`, what could be done where the viewer was before. */
  readonly possibilities: readonly Possibility[];
  /** Whether what can be done at the cursor is not known yet. */
  readonly isAsking: boolean;
  /** Whether the engine runs something for the viewer: a fork, more steps. */
  readonly busy: boolean;
  /** Counts the attempts to go past a question without an answer, so that the page can point at it. */
  readonly nudges: number;
}

export interface LabState {
  /** With a lab and `loading`, the one before is still shown. */
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly failure: LabFailure | null;
  /** How many steps have come while it loads. */
  readonly steps: number;
  readonly lab: Lab | null;
}

/** Names an answer: a question that a branch has in common with its parent is the same question. */
export function answerKey(branches: readonly Branch[], branch: Branch, ask: Ask): string {
  return `${ownerOf(branches, branch, ask.before).id}:${ask.id}`;
}

/** The question that is to be answered before the history may go on from step `n`; null where there is none. */
export function askAt(lab: Pick<Lab, 'branches' | 'branch' | 'answers'>, n: number): Ask | null {
  const isOpen = (ask: Ask) => lab.answers[answerKey(lab.branches, lab.branch, ask)] === undefined;
  return lab.branch.asks.find((ask) => ask.before === n + 1 && isOpen(ask)) ?? null;
}

/** Where "to the first step" leads: behind the starts of the nodes, and from there to the very beginning. */
export function firstStep({ cursor, ready }: Pick<Lab, 'cursor' | 'ready'>): number {
  return cursor > ready ? ready : 0;
}

/** How far one may go from where one is: to the first open question among the steps not seen yet, or to the end. */
export function reach(lab: Pick<Lab, 'branches' | 'branch' | 'answers'>, wanted: number): number {
  const { asks, seen, records } = lab.branch;
  const ask = asks.find(
    ({ before, ...rest }) =>
      before > seen &&
      before <= wanted &&
      lab.answers[answerKey(lab.branches, lab.branch, { before, ...rest })] === undefined,
  );
  return Math.max(0, Math.min(wanted, records.length, ask === undefined ? wanted : ask.before - 1));
}

/** What makes a branch of the lab again, in an engine that has no history of that name; nothing where there is no such branch. */
export function remaking(lab: Lab | null, id: BranchId): readonly LabRequest[] {
  const branch = lab?.branches.find((one) => one.id === id);
  if (lab === null || branch === undefined) return [];
  const { info, seed, settings } = lab;
  const { actions, records } = branch;
  return [
    { kind: 'open', branch: id, origin: { scenario: info.id, seed, settings, actions } },
    { kind: 'extend', branch: id, limit: records.length },
  ];
}
