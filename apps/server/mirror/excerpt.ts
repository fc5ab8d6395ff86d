import type { SearchJson } from '@vivarium/shared/contract/mirror';

/** Bytes in front of the place, and behind it. */
const BEFORE_BYTES = 40;
const BEHIND_BYTES = 100;
/** Of a place that is itself long. */
const MAX_PLACE_BYTES = 200;
/** Anything that would break the line, or be nothing to look at. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const decoder = new TextDecoder();

/** Text around a place in data, which is of one line; bytes that are no text are shown as `\uFFFD` or `·`. */
export function excerptOf(
  data: Uint8Array,
  offset: number,
  length: number,
): NonNullable<SearchJson['hits'][number]['excerpt']> {
  const from = characterAt(data, Math.max(0, offset - BEFORE_BYTES));
  const placeEnd = offset + Math.min(length, MAX_PLACE_BYTES);
  const end = Math.min(data.length, placeEnd + BEHIND_BYTES);
  const before = textOf(data, from, offset);
  const place = textOf(data, offset, placeEnd);
  return { text: before + place + textOf(data, placeEnd, end), at: before.length, length: place.length, offset };
}

/** The first place at or behind the offset where a character begins. */
function characterAt(data: Uint8Array, offset: number): number {
  let at = offset;
  while (at < data.length && at < offset + 4 && at > 0 && ((data[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

function textOf(data: Uint8Array, from: number, end: number): string {
  return decoder.decode(data.subarray(Math.min(from, end), end)).replace(UNPRINTABLE, '·');
}
