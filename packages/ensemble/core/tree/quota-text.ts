/**
 * The text of a quota: `count=N,bytes=N`, and where there are hard limits `=;byteHardLimit=N;countHardLimit=N` behind it, which
 * servers before 3.7 overlook (Java `StatsTrack`). What is not said is -1: no limit.
 */
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';

/** The numbers of a quota by their names. */
export type QuotaNumbers = ReadonlyMap<string, bigint>;

/** The names that mean something; others are kept. */
export const QuotaKey = {
  count: 'count',
  bytes: 'bytes',
  countHardLimit: 'countHardLimit',
  byteHardLimit: 'byteHardLimit',
} as const;

const NOT_SAID = -1n;
/** Longer texts say nothing: each write into the subtree reads them, on every server. The four numbers come to 140 bytes. */
const MAX_BYTES = 4096;
const MAX_NUMBER = 2n ** 63n - 1n;

/** A number of a quota; -1 where it is not said. */
export function numberOf(numbers: QuotaNumbers, key: string): bigint {
  return numbers.get(key) ?? NOT_SAID;
}

/** The parts of a text as Java's `split` makes them: an empty one in front counts, empty ones at the end do not. */
function parts(text: string): string[] {
  const trimmed = text.replace(/[,;]+$/, '');
  return trimmed === '' ? [] : trimmed.split(/[,;]+/);
}

/** One `name=number`; an empty number is -1. Null where it is malformed. What follows a second `=` is not looked at. */
function parsePart(part: string): [string, bigint] | null {
  const [, name, text] = /^([^=]+)=([^=]*)(?:=.*)?$/s.exec(part) ?? [];
  // Behind `name=` there has to be something, or another `=` and something.
  if (name === undefined || text === undefined || /^[^=]+=*$/.test(part)) return null;
  if (text === '') return [name, NOT_SAID];
  if (!/^[+-]?\d{1,19}$/.test(text)) return null;
  const number = BigInt(text.replace(/^\+/, ''));
  return number > MAX_NUMBER || number < -MAX_NUMBER - 1n ? null : [name, number];
}

/** The numbers in the data of a limits or stats node. Malformed parts are left out: a log may hold what no leader takes now. */
export function parseQuota(data: Uint8Array | null): Map<string, bigint> {
  const text = data === null || data.length > MAX_BYTES ? '' : decodeUtf8(data);
  return new Map(
    parts(text)
      .map(parsePart)
      .filter((part) => part !== null),
  );
}

/** Whether every part of the data is well-formed. Of what is not, Apache's servers up to 3.9.5 die when they count. */
export function isQuotaText(data: Uint8Array | null): boolean {
  if (data === null || data.length > MAX_BYTES) return false;
  return parts(decodeUtf8(data)).every((part) => parsePart(part) !== null);
}

/** The data of a limits or stats node. */
export function formatQuota(numbers: QuotaNumbers): Uint8Array {
  const { count, bytes } = QuotaKey;
  const others = [...numbers.keys()].filter((key) => key !== count && key !== bytes).sort();
  const tail = others.length === 0 ? '' : `=${others.map((key) => `;${key}=${numberOf(numbers, key)}`).join('')}`;
  return encodeUtf8(`${count}=${numberOf(numbers, count)},${bytes}=${numberOf(numbers, bytes)}${tail}`);
}
