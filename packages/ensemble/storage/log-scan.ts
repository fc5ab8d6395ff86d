/** Reads the records of a log file and says how the file ends. */
import { JuteError } from '@vivarium/wire/jute';
import { encodeLogHeader, isLogHeader, LOG_HEADER_BYTES, readLogEntry } from '@vivarium/wire/log-record';
import { zxidOfTxn } from '@vivarium/wire/txn';

/** A whole record; `payload` is a view into the file. */
export interface LogRecord {
  readonly zxid: bigint;
  readonly payload: Uint8Array;
  readonly offset: number;
  readonly end: number;
}

/** How a log file ends. */
export type LogEnd =
  /** On the boundary of a record, with nothing but zeros behind. */
  | { readonly kind: 'clean'; readonly offset: number }
  /** In a record, or a header, that was being written when the machine stopped: nothing whole follows. */
  | { readonly kind: 'torn'; readonly offset: number }
  /** In bytes that are no record although whole records follow: the file was damaged after it was written. */
  | { readonly kind: 'damaged'; readonly offset: number }
  /** The file does not start as a log does. */
  | { readonly kind: 'foreign' };

/** Hands the records to `visit` in their order, to the end of the file or until `visit` returns false (the answer is then null). */
export function scanLog(bytes: Uint8Array, visit: (record: LogRecord) => boolean): LogEnd | null {
  if (!isLogHeader(bytes)) {
    // A file is created before its header is durable: what is there of it, if anything, must fit.
    const header = encodeLogHeader();
    const there = bytes.subarray(0, LOG_HEADER_BYTES);
    if (!there.every((byte, index) => byte === 0 || byte === header[index])) return { kind: 'foreign' };
    return recordBehind(bytes, 0, 0n) ? { kind: 'damaged', offset: 0 } : { kind: 'torn', offset: 0 };
  }
  let offset = LOG_HEADER_BYTES;
  let lastZxid = 0n;
  for (;;) {
    const entry = readLogEntry(bytes, offset);
    const zxid = entry.kind === 'record' ? zxidOrNull(entry.payload) : null;
    if (entry.kind === 'record' && zxid !== null) {
      if (!visit({ zxid, payload: entry.payload, offset, end: entry.end })) return null;
      offset = entry.end;
      lastZxid = zxid;
      continue;
    }
    if (entry.kind === 'end' && endOfContent(bytes) <= offset) return { kind: 'clean', offset };
    return recordBehind(bytes, offset + 1, lastZxid) ? { kind: 'damaged', offset } : { kind: 'torn', offset };
  }
}

function zxidOrNull(payload: Uint8Array): bigint | null {
  try {
    return zxidOfTxn(payload);
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

/** The offset behind the last byte that is not zero. Preallocated files are nearly all zeros, so four bytes at a time. */
function endOfContent(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes.byteOffset + end) % 4 !== 0) {
    if (bytes[end - 1] !== 0) return end;
    end--;
  }
  const lead = (4 - (bytes.byteOffset % 4)) % 4;
  if (end >= lead + 4) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (end - lead) / 4);
    let index = words.length;
    while (index > 0 && words[index - 1] === 0) index--;
    end = lead + index * 4;
  }
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}

/**
 * Whether a whole record of a later transaction stands anywhere from the offset on. A write that was under way is the last
 * thing in its file, so a record behind the break means that something durable was damaged.
 */
function recordBehind(bytes: Uint8Array, from: number, lastZxid: bigint): boolean {
  const limit = endOfContent(bytes);
  for (let offset = from; offset < limit; offset++) {
    // The checksum's upper half is zero and the length above zero in every record; most offsets fail on that alone.
    if (bytes[offset] !== 0 || bytes[offset + 1] !== 0 || bytes[offset + 2] !== 0 || bytes[offset + 3] !== 0) continue;
    const entry = readLogEntry(bytes, offset);
    if (entry.kind !== 'record') continue;
    const zxid = zxidOrNull(entry.payload);
    if (zxid !== null && zxid > lastZxid) return true;
  }
  return false;
}
