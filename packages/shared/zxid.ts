/**
 * A transaction id: 64 bits, the epoch of the leader that proposed it in the high 32, a counter in the low 32.
 * Order of zxids is order of transactions (ZAB paper, section IV; Java `ZxidUtils`).
 */
export type Zxid = bigint;

/** The last zxid of a server whose disk was wiped: it does not know what it once acknowledged (Java `FileTxnSnapLog.restore`). */
export const ZXID_UNKNOWN: Zxid = -1n;

const COUNTER_MASK = 0xffffffffn;

/** The zxid with the given epoch and counter. */
export function makeZxid(epoch: number, counter: number): Zxid {
  return (BigInt(epoch) << 32n) | BigInt(counter >>> 0);
}

/** The epoch of a zxid. */
export function epochOf(zxid: Zxid): number {
  return Number(zxid >> 32n);
}

/** The counter of a zxid within its epoch. */
export function counterOf(zxid: Zxid): number {
  return Number(zxid & COUNTER_MASK);
}

/** A zxid (or a session id) as Apache prints it: `0x` and lower-case hex, negative values as their 64 bits. */
export function formatHex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** Order of two values as `formatHex` writes them: negative where the first is the smaller one. */
export function compareHex(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
