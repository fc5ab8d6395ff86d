/** The lines that two texts have in common (Myers, "An O(ND) Difference Algorithm", 1986), and what differs in a line. */

/** A run of lines: those before `aEnd` and `bEnd` are the same, or replaced one by the other. */
export interface Chunk {
  readonly same: boolean;
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Differences beyond which the middle counts as replaced whole, which bounds time and memory. */
const MAX_EDITS = 1_000;

/** The runs of two lists of lines, in their order: same and changed ones in turn. */
export function diffLines(a: readonly string[], b: readonly string[]): Chunk[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const pairs = matches(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const matched: [number, number][] = [];
  for (let i = 0; i < head; i++) matched.push([i, i]);
  for (const [i, j] of pairs) matched.push([head + i, head + j]);
  for (let i = tail; i > 0; i--) matched.push([a.length - i, b.length - i]);
  return chunks(matched, a.length, b.length);
}

/** Pairs of equal lines in rising order. */
function matches(a: readonly string[], b: readonly string[]): [number, number][] {
  const limit = Math.min(a.length + b.length, MAX_EDITS);
  const furthest = new Int32Array(2 * limit + 3);
  const trail: Int32Array[] = [];
  const middle = limit + 1;
  for (let edits = 0; edits <= limit; edits++) {
    // Only what this round can read is kept, so that the memory is the square of the edits at most.
    trail.push(furthest.slice(middle - edits - 1, middle + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && at(furthest, middle + k - 1) < at(furthest, middle + k + 1));
      let x = down ? at(furthest, middle + k + 1) : at(furthest, middle + k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(trail, a.length, b.length);
    }
  }
  return [];
}

function walkBack(trail: readonly Int32Array[], aLength: number, bLength: number): [number, number][] {
  const pairs: [number, number][] = [];
  let x = aLength;
  let y = bLength;
  for (let edits = trail.length - 1; edits >= 0; edits--) {
    const furthest = trail[edits] ?? new Int32Array();
    const middle = edits + 1;
    const k = x - y;
    const down = k === -edits || (k !== edits && at(furthest, middle + k - 1) < at(furthest, middle + k + 1));
    const beforeK = down ? k + 1 : k - 1;
    const beforeX = edits === 0 ? 0 : at(furthest, middle + beforeK);
    const beforeY = edits === 0 ? 0 : beforeX - beforeK;
    while (x > beforeX && y > beforeY) pairs.push([--x, --y]);
    x = beforeX;
    y = beforeY;
  }
  return pairs.reverse();
}

function at(list: Int32Array, index: number): number {
  return list[index] ?? 0;
}

function chunks(matched: readonly [number, number][], aLength: number, bLength: number): Chunk[] {
  const list: Chunk[] = [];
  let a = 0;
  let b = 0;
  const push = (same: boolean, aEnd: number, bEnd: number) => {
    if (aEnd > a || bEnd > b) list.push({ same, aStart: a, aEnd, bStart: b, bEnd });
    a = aEnd;
    b = bEnd;
  };
  for (let i = 0; i < matched.length; ) {
    const [aStart, bStart] = matched[i] ?? [0, 0];
    push(false, aStart, bStart);
    let run = 1;
    while (matched[i + run]?.[0] === aStart + run && matched[i + run]?.[1] === bStart + run) run++;
    push(true, aStart + run, bStart + run);
    i += run;
  }
  push(false, aLength, bLength);
  return list;
}

/** What of `line` is not in `other`: from and to, after the common beginning and before the common end. */
export function changedSpan(line: string, other: string): { readonly from: number; readonly to: number } {
  let from = 0;
  while (from < line.length && from < other.length && line[from] === other[from]) from++;
  let end = 0;
  while (end < line.length - from && end < other.length - from && line.at(-1 - end) === other.at(-1 - end)) end++;
  // Whole words read better than parts of them.
  while (from > 0 && isWord(line[from - 1])) from--;
  let to = line.length - end;
  while (to < line.length && isWord(line[to])) to++;
  return { from, to };
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
