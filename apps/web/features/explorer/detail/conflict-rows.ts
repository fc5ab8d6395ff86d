/** Two sides of a conflict line beside line. */
import { changedSpan, diffLines } from '../data/line-diff.ts';
import { type SideLine, sideLines } from '../data/merge.ts';

export interface ConflictLine {
  readonly text: string;
  readonly changed: boolean;
  /** The part of the text that differs from the base. */
  readonly span: { readonly from: number; readonly to: number } | null;
}

export type ConflictRow =
  | { readonly kind: 'lines'; readonly mine: ConflictLine | null; readonly theirs: ConflictLine | null }
  | { readonly kind: 'gap'; readonly lines: number };

/** Unchanged lines that stay around changed ones. */
const CONTEXT = 2;
/** More rows than these are not drawn. */
export const MAX_ROWS = 400;

/** The rows of `mine` and `theirs`, both made of `base`; long runs without a change are a gap. */
export function conflictRows(base: string, mine: string, theirs: string): ConflictRow[] {
  const my = sideLines(base, mine).map(conflictLine);
  const their = sideLines(base, theirs).map(conflictLine);
  const rows: { mine: ConflictLine | null; theirs: ConflictLine | null }[] = [];
  for (const chunk of diffLines(mine.split('\n'), theirs.split('\n'))) {
    const height = Math.max(chunk.aEnd - chunk.aStart, chunk.bEnd - chunk.bStart);
    for (let i = 0; i < height; i++) {
      rows.push({
        mine: chunk.aStart + i < chunk.aEnd ? (my[chunk.aStart + i] ?? null) : null,
        theirs: chunk.bStart + i < chunk.bEnd ? (their[chunk.bStart + i] ?? null) : null,
      });
    }
  }
  return fold(rows);
}

/** The rows of a text and of what became of it. */
export function beforeAfterRows(before: string, after: string): ConflictRow[] {
  const left = before === '' ? [] : before.split('\n');
  const right = after === '' ? [] : after.split('\n');
  const rows: { mine: ConflictLine | null; theirs: ConflictLine | null }[] = [];
  for (const { same, aStart, aEnd, bStart, bEnd } of diffLines(left, right)) {
    for (let i = 0; i < Math.max(aEnd - aStart, bEnd - bStart); i++) {
      const was = aStart + i < aEnd ? (left[aStart + i] ?? null) : null;
      const is = bStart + i < bEnd ? (right[bStart + i] ?? null) : null;
      rows.push({ mine: sideLine(was, is, !same), theirs: sideLine(is, was, !same) });
    }
  }
  return fold(rows);
}

function sideLine(text: string | null, other: string | null, changed: boolean): ConflictLine | null {
  if (text === null) return null;
  return { text, changed, span: changed && other !== null ? changedSpan(text, other) : null };
}

function conflictLine({ text, changed, was }: SideLine): ConflictLine {
  return { text, changed, span: changed && was !== null ? changedSpan(text, was) : null };
}

function fold(rows: readonly { mine: ConflictLine | null; theirs: ConflictLine | null }[]): ConflictRow[] {
  const shows = new Uint8Array(rows.length);
  rows.forEach(({ mine, theirs }, i) => {
    if (mine?.changed !== true && theirs?.changed !== true && mine !== null && theirs !== null) return;
    shows.fill(1, Math.max(0, i - CONTEXT), i + CONTEXT + 1);
  });
  const folded: ConflictRow[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const last = folded.at(-1);
    if (row === undefined) continue;
    if (shows[i] === 1) folded.push({ kind: 'lines', ...row });
    else if (last?.kind === 'gap') folded[folded.length - 1] = { kind: 'gap', lines: last.lines + 1 };
    else folded.push({ kind: 'gap', lines: 1 });
  }
  return folded;
}
