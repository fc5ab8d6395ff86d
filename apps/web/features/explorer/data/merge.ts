/** Two changes of one text made into one where they touch different lines (as diff3 does). */
import { type Chunk, diffLines } from './line-diff.ts';

/** A line beside its counterpart on the other side; `changed` against the base. */
export interface SideLine {
  readonly text: string;
  readonly changed: boolean;
  /** What the line was in the base, where one line stands for one. */
  readonly was: string | null;
}

/** What stands beside the marks of what both changed. */
export interface SideNames {
  readonly mine: string;
  readonly theirs: string;
}

export interface Merge {
  /** Both changes together; null where they touch the same lines. */
  readonly merged: string | null;
  /** Both changes together with both versions of lines that both changed, between marks: a start for editing. */
  readonly draft: string;
  /** Changed lines of each side. */
  readonly mineLines: number;
  readonly theirsLines: number;
}

const CONFLICT_MINE = '<<<<<<<';
const CONFLICT_MIDDLE = '=======';
const CONFLICT_THEIRS = '>>>>>>>';

/** Merges two texts that come from one base; `names` stand beside the marks of what both changed. */
export function merge(base: string, mine: string, theirs: string, names: SideNames): Merge {
  const baseLines = base.split('\n');
  const mineLines = mine.split('\n');
  const theirsLines = theirs.split('\n');
  const myChanges = diffLines(baseLines, mineLines).filter((chunk) => !chunk.same);
  const theirChanges = diffLines(baseLines, theirsLines).filter((chunk) => !chunk.same);
  const out: string[] = [];
  let clean = true;
  let at = 0;
  let i = 0;
  let j = 0;
  while (i < myChanges.length || j < theirChanges.length) {
    const group = nextGroup(myChanges, i, theirChanges, j);
    out.push(...baseLines.slice(at, group.start));
    const my = side(mineLines, myChanges.slice(i, group.i), group);
    const their = side(theirsLines, theirChanges.slice(j, group.j), group);
    if (group.j === j) out.push(...my);
    else if (group.i === i || sameLines(my, their)) out.push(...their);
    else {
      clean = false;
      out.push(
        `${CONFLICT_MINE} ${names.mine}`,
        ...my,
        CONFLICT_MIDDLE,
        ...their,
        `${CONFLICT_THEIRS} ${names.theirs}`,
      );
    }
    at = group.end;
    i = group.i;
    j = group.j;
  }
  out.push(...baseLines.slice(at));
  const draft = out.join('\n');
  return { merged: clean ? draft : null, draft, mineLines: count(myChanges), theirsLines: count(theirChanges) };
}

interface Group {
  readonly start: number;
  readonly end: number;
  /** The first changes after the group. */
  readonly i: number;
  readonly j: number;
}

/** The next change, and what of either side touches it. */
function nextGroup(mine: readonly Chunk[], i: number, theirs: readonly Chunk[], j: number): Group {
  const a = mine[i];
  const b = theirs[j];
  const first = b === undefined || (a !== undefined && a.aStart <= b.aStart) ? a : b;
  const start = first?.aStart ?? 0;
  let end = first?.aEnd ?? 0;
  const touches = (next: Chunk | undefined) => {
    if (next === undefined) return false;
    // Lines put between two others have no line of their own: beside another change their place is not certain.
    if (start === end || next.aStart === next.aEnd) return next.aStart <= end && start <= next.aEnd;
    return next.aStart < end && start < next.aEnd;
  };
  for (;;) {
    const my = mine[i];
    const their = theirs[j];
    if (my !== undefined && (my === first || touches(my))) {
      end = Math.max(end, my.aEnd);
      i++;
    } else if (their !== undefined && (their === first || touches(their))) {
      end = Math.max(end, their.aEnd);
      j++;
    } else return { start, end, i, j };
  }
}

/** The lines that a side has for a group: its changes, and the base's lines between them. */
function side(lines: readonly string[], changes: readonly Chunk[], group: Group): string[] {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return [];
  return lines.slice(first.bStart - (first.aStart - group.start), last.bEnd + (group.end - last.aEnd));
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}

function count(changes: readonly Chunk[]): number {
  return changes.reduce((sum, chunk) => sum + Math.max(chunk.aEnd - chunk.aStart, chunk.bEnd - chunk.bStart), 0);
}

/** The lines of a side with what it changed against the base. */
export function sideLines(base: string, text: string): SideLine[] {
  const baseLines = base.split('\n');
  const lines = text.split('\n');
  return diffLines(baseLines, lines).flatMap((chunk) =>
    lines.slice(chunk.bStart, chunk.bEnd).map((line, i) => ({
      text: line,
      changed: !chunk.same,
      was: !chunk.same && chunk.aStart + i < chunk.aEnd ? (baseLines[chunk.aStart + i] ?? null) : null,
    })),
  );
}
