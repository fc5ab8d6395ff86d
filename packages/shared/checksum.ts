/** Checksums over plain bytes: Adler-32 (transaction log, snapshots) and CRC-32 (tree digest). Both are RFC 1950/1952's. */

const ADLER_BASE = 65521;
// The largest run for which both sums stay below 2^32 (zlib's NMAX).
const ADLER_RUN = 5552;

/** Adler-32 of the bytes, continued from an earlier value (1 at the start). */
export function adler32(bytes: Uint8Array, previous = 1): number {
  let low = previous & 0xffff;
  let high = previous >>> 16;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + ADLER_RUN, bytes.length);
    for (; at < end; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= ADLER_BASE;
    high %= ADLER_BASE;
  }
  return ((high << 16) | low) >>> 0;
}

/** CRC-32 tables for eight bytes a step ("slicing by eight"): the tree digest hashes every written datum whole. */
const CRC_TABLES = makeCrcTables();

function makeCrcTables(): readonly Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  const first = tables[0] as Int32Array;
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    first[n] = c;
  }
  for (let k = 1; k < 8; k++) {
    const before = tables[k - 1] as Int32Array;
    const table = tables[k] as Int32Array;
    for (let n = 0; n < 256; n++) {
      const c = before[n] as number;
      table[n] = (c >>> 8) ^ (first[c & 0xff] as number);
    }
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = CRC_TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** CRC-32 of the bytes, continued from an earlier value (0 at the start). */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let c = ~previous;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low =
      c ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    c =
      (T7[low & 0xff] as number) ^
      (T6[(low >>> 8) & 0xff] as number) ^
      (T5[(low >>> 16) & 0xff] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
  }
  for (; at < bytes.length; at++) c = (c >>> 8) ^ (T0[(c ^ (bytes[at] as number)) & 0xff] as number);
  return ~c >>> 0;
}
