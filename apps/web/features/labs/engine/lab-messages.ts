/** What the page and the engine in its worker say to each other. All of it is plain data. */
import type {
  Ask,
  HistoryEnd,
  Picture,
  PlacedAction,
  Possibility,
  ProtocolInfo,
  ScenarioInfo,
  StepRecord,
} from '@vivarium/labs/history';
import type { ProtocolId } from '@vivarium/labs/protocol';
import type { Text } from '@vivarium/labs/text';
import type { Action } from '@vivarium/simulation/stepped/journal';

/** Names a history that the worker keeps; the page counts them. */
export type BranchId = number;

/** What a history is made of: a position without its cursor. */
export interface Origin {
  readonly scenario: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly actions: readonly PlacedAction[];
}

export type LabRequest =
  /** All protocols with their lessons; answered a chapter at a time. */
  | { readonly kind: 'catalog' }
  | { readonly kind: 'open'; readonly branch: BranchId; readonly origin: Origin }
  /** A position as it stands in an address; `anyway` also where it runs otherwise than where the link was made. */
  | {
      readonly kind: 'openLink';
      readonly branch: BranchId;
      readonly scenario: string;
      readonly text: string;
      readonly anyway: boolean;
    }
  | {
      readonly kind: 'fork';
      readonly branch: BranchId;
      readonly from: BranchId;
      readonly after: number;
      readonly action: Action;
    }
  /** Runs on to so many entries. */
  | { readonly kind: 'extend'; readonly branch: BranchId; readonly limit: number }
  | { readonly kind: 'possibilities'; readonly branch: BranchId; readonly n: number }
  | { readonly kind: 'close'; readonly branch: BranchId }
  /** The history as JSON. */
  | { readonly kind: 'export'; readonly branch: BranchId; readonly cursor: number }
  | { readonly kind: 'import'; readonly branch: BranchId; readonly text: string; readonly anyway: boolean }
  /** Looks for a shorter way to a goal that the history reaches. */
  | { readonly kind: 'shorten'; readonly branch: BranchId; readonly goal: string };

/** A part of the list of lessons: those of one protocol, which may share a chapter with another one. */
export interface ChapterInfo {
  readonly protocol: ProtocolInfo;
  readonly scenarios: readonly ScenarioInfo[];
}

/** A history as it comes to the page: without its records, which follow. */
export interface OpenedHistory {
  readonly protocol: ProtocolInfo;
  readonly scenario: ScenarioInfo;
  /** All of the chapter. */
  readonly scenarios: readonly ScenarioInfo[];
  readonly seed: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly start: Picture;
  /** What the scenario says at moment 0; null where it says nothing. */
  readonly opening: Text | null;
  /** The step behind which all nodes have started: where a viewer begins. */
  readonly ready: number;
}

export interface ShorterWay {
  readonly steps: number;
  readonly link: string;
}

/** What is true of a history as far as it has been run. */
export interface HistoryState {
  readonly actions: readonly PlacedAction[];
  readonly asks: readonly Ask[];
  readonly end: HistoryEnd;
}

/** Why the engine could not do it. */
export interface LabFailure {
  readonly code: LabFailureCode;
  readonly params: Readonly<Record<string, string | number>>;
}

export type LabFailureCode =
  /** The worker did not start, or died. */
  | 'engine'
  /** The worker was started anew after it had died, and has no such history. */
  | 'forgotten'
  /** A protocol's code could not be loaded: the server is away, or the folder has been replaced. */
  | 'load'
  /** No scenario has that name. */
  | 'scenario'
  /** The seed, or a setting, is none. */
  | 'settings'
  /** An action cannot be done where it is placed. */
  | 'refused'
  /** The link is not one, or a part of it is missing. */
  | 'damaged'
  /** The file is no history, or a part of it is wrong. */
  | 'noHistory'
  | 'damagedFile'
  /** The link, or the file, was made by a version that this one does not read. */
  | 'version'
  /** It runs otherwise here than where it was made. */
  | 'diverges'
  /** A defect. */
  | 'defect';

/** The answers; those to a request carry its number, and `done` or `failed` is the last of them. */
export type LabAnswer =
  | { readonly id: number; readonly kind: 'chapter'; readonly chapter: ChapterInfo }
  | { readonly id: number; readonly kind: 'chapterFailed'; readonly protocol: ProtocolId }
  | { readonly id: number; readonly kind: 'opened'; readonly opened: OpenedHistory; readonly cursor: number }
  /** Entries `from + 1` and those behind it. */
  | { readonly id: number; readonly kind: 'records'; readonly from: number; readonly records: readonly StepRecord[] }
  | { readonly id: number; readonly kind: 'ran'; readonly state: HistoryState }
  | { readonly id: number; readonly kind: 'possibilities'; readonly possibilities: readonly Possibility[] }
  | { readonly id: number; readonly kind: 'file'; readonly text: string }
  /** A shorter way to the goal, as a link to its last step. */
  | { readonly id: number; readonly kind: 'shorter'; readonly way: ShorterWay }
  | { readonly id: number; readonly kind: 'done' }
  | { readonly id: number; readonly kind: 'failed'; readonly failure: LabFailure };
