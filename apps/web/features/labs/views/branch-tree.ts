/** The histories of a lab as a tree. Pure. */
import type { Verdict } from '@vivarium/labs/history';
import type { Branch } from '../branch.ts';

export interface TreeRow {
  readonly branch: Branch;
  /** How many forks lie between it and the first. */
  readonly depth: number;
  /** The invariants broken in what has been seen of it, each as it broke first. */
  readonly broken: readonly Verdict[];
}

/** All branches, each behind the one that it left, in the order of the forks. */
export function branchTree(branches: readonly Branch[]): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (branch: Branch, depth: number): void => {
    rows.push({ branch, depth, broken: brokenIn(branch) });
    const children = branches.filter(({ parent }) => parent === branch.id);
    for (const child of children.sort((a, b) => a.forkedAt - b.forkedAt)) add(child, depth + 1);
  };
  for (const branch of branches) if (branch.parent === null) add(branch, 0);
  return rows;
}

function brokenIn({ records, seen }: Branch): readonly Verdict[] {
  const broken = new Map<string, Verdict>();
  for (const { verdicts } of records.slice(0, seen)) {
    for (const verdict of verdicts) {
      if (verdict.holds === false && !broken.has(verdict.invariant)) broken.set(verdict.invariant, verdict);
    }
  }
  return [...broken.values()];
}
