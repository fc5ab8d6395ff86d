/** Merging what znodes hold: text by lines, and JSON on one line by the lines that it would have. */
import { isJson, layOut, pack, packingOf } from './json-text.ts';
import { type Merge, merge, type SideNames } from './merge.ts';

/** The three texts as they are compared: laid out where all of them are JSON on one line, else as they are. */
export interface Sides {
  readonly base: string;
  readonly mine: string;
  readonly theirs: string;
}

/** The form in which the sides can be compared line by line. */
export function comparable(sides: Sides): Sides {
  if (samePacking(sides) === null) return sides;
  return { base: layOut(sides.base), mine: layOut(sides.mine), theirs: layOut(sides.theirs) };
}

/** Merges two changes; what was JSON on all sides and would not be any more counts as not to be merged. */
export function mergeData(sides: Sides, names: SideNames): Merge {
  const packing = samePacking(sides);
  const { base, mine, theirs } = comparable(sides);
  const both = merge(base, mine, theirs, names);
  if (both.merged === null) return both;
  const wasJson = [base, mine, theirs].every(isJson);
  if (wasJson && !isJson(both.merged)) return { ...both, merged: null };
  if (packing === null) return both;
  const packed = pack(both.merged, packing);
  return { ...both, merged: packed, draft: packed };
}

function samePacking({ base, mine, theirs }: Sides) {
  const packing = packingOf(base);
  return packing !== null && packingOf(mine) === packing && packingOf(theirs) === packing ? packing : null;
}
