/** A history as the page holds it. */
import type { Ask, HistoryEnd, Picture, PlacedAction, StepRecord } from '@vivarium/labs/history';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { BranchId } from './engine/lab-messages.ts';

export interface Branch {
  readonly id: BranchId;
  /** The one that it left; null for the first. */
  readonly parent: BranchId | null;
  /** The last step that it has in common with its parent. */
  readonly forkedAt: number;
  /** What was done there; null for the first. */
  readonly action: Action | null;
  readonly actions: readonly PlacedAction[];
  /** Of the whole history: `records[n - 1]` is step n. */
  readonly records: readonly StepRecord[];
  readonly asks: readonly Ask[];
  readonly end: HistoryEnd;
  /** The furthest step that the viewer has been shown: what is behind it is not to be given away. */
  readonly seen: number;
  /** The moment right after step n, 0 to `records.length`; the same object while it is asked for again and again. */
  pictureAt(n: number): Picture;
}

/** Whether the history does this by itself behind step `cursor`. */
export function isNext(branch: Branch, cursor: number, action: Action): boolean {
  const placed = branch.actions.find(({ after }) => after === cursor);
  if (placed !== undefined) return sameAction(placed.action, action);
  const next = branch.records[cursor]?.entry.happening;
  if (next === undefined) return false;
  if (action.do === 'deliver') return next.kind === 'deliver' && next.message === action.message;
  return action.do === 'fire' && next.kind === 'timer' && next.node === action.node && next.timer === action.timer;
}

/** The branch that step n belongs to: before it left its parent, a branch is its parent. */
export function ownerOf(branches: readonly Branch[], branch: Branch, n: number): Branch {
  const parent = branches.find(({ id }) => id === branch.parent);
  return parent === undefined || n > branch.forkedAt ? branch : ownerOf(branches, parent, n);
}

/**
 * The branch that does this behind step `cursor` of a shown branch, by itself or because a person did it there; null where it is
 * yet to be made. What a person did in it later makes a branch another one.
 */
export function branchThatDoes(
  branches: readonly Branch[],
  shown: Branch,
  cursor: number,
  action: Action,
): Branch | null {
  const owner = ownerOf(branches, shown, cursor);
  if (isNext(owner, cursor, action)) return owner;
  const made = JSON.stringify([...shown.actions.filter(({ after }) => after < cursor), { after: cursor, action }]);
  return branches.find(({ actions }) => JSON.stringify(actions) === made) ?? null;
}

/** Whether two actions are the same one. */
export function sameAction(one: Action | null, other: Action): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The branch that can go first: not the first one, nor `kept`, nor what that left. `visits` count up. */
export function leastVisited(
  branches: readonly Branch[],
  kept: Branch,
  visits: ReadonlyMap<BranchId, number>,
): Branch | undefined {
  const last = ({ id }: Branch) => visits.get(id) ?? 0;
  return branches
    .filter(({ id, parent }) => parent !== null && id !== kept.id && id !== kept.parent)
    .sort((a, b) => last(a) - last(b))[0];
}

/** The branches but one; those that left it have left its parent instead. */
export function without(branches: readonly Branch[], gone: Branch): readonly Branch[] {
  return branches
    .filter(({ id }) => id !== gone.id)
    .map((branch) =>
      branch.parent === gone.id
        ? { ...branch, parent: gone.parent, forkedAt: gone.forkedAt, action: gone.action }
        : branch,
    );
}

/** How many steps two histories have in common: equal hashes are equal states with equal pasts. */
export function commonSteps(one: Branch, other: Branch): number {
  const most = Math.min(one.records.length, other.records.length);
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (one.records[middle - 1]?.hash === other.records[middle - 1]?.hash) low = middle;
    else high = middle - 1;
  }
  return low;
}
