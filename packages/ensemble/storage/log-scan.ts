/** Reads the records of a log file and says how the file ends. */
import { JuteError } from '@vivarium/wire/jute';
import {
  encodeLogHeader,
  isLogHeader,
  LOG_HEADER_BYTES,
  LOG_RECORD_HEAD_BYTES,
  type LogEntry,
  logEntryLength,
  readLogEntry,
} from '@vivarium/wire/log-record';
import { zxidOfTxn } from '@vivarium/wire/txn';
import type { FileView } from './file-view.ts';

/** A whole record; `payload` is a view of a piece of the file. */
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
export function scanLog(file: FileView, visit: (record: LogRecord) => boolean): LogEnd | null {
  const there = file.at(0, LOG_HEADER_BYTES);
  if (!isLogHeader(there)) {
    // A file is created before its header is durable: what is there of it, if anything, must fit.
    const header = encodeLogHeader();
    if (!there.every((byte, index) => byte === 0 || byte === header[index])) return { kind: 'foreign' };
    return recordBehind(file, 0, 0n) ? { kind: 'damaged', offset: 0 } : { kind: 'torn', offset: 0 };
  }
  let offset = LOG_HEADER_BYTES;
  let lastZxid = 0n;
  for (;;) {
    const entry = entryAt(file, offset);
    const zxid = entry.kind === 'record' ? zxidOrNull(entry.payload) : null;
    if (entry.kind === 'record' && zxid !== null) {
      const end = offset + entry.end;
      if (!visit({ zxid, payload: entry.payload, offset, end })) return null;
      offset = end;
      lastZxid = zxid;
      continue;
    }
    if (entry.kind === 'end' && file.endOfContent() <= offset) return { kind: 'clean', offset };
    return recordBehind(file, offset + 1, lastZxid) ? { kind: 'damaged', offset } : { kind: 'torn', offset };
  }
}

/** The entry at an offset; its own offsets count from there. */
function entryAt(file: FileView, offset: number): LogEntry {
  const head = file.at(offset, LOG_RECORD_HEAD_BYTES);
  const length = logEntryLength(head);
  return readLogEntry(length === 0 ? head : file.at(offset, length), 0);
}

function zxidOrNull(payload: Uint8Array): bigint | null {
  try {
    return zxidOfTxn(payload);
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

const SEARCH_BYTES = 1024 * 1024;

/**
 * Whether a whole record of a later transaction stands anywhere from the offset on. A write that was under way is the last
 * thing in its file, so a record behind the break means that something durable was damaged.
 */
function recordBehind(file: FileView, from: number, lastZxid: bigint): boolean {
  const limit = file.endOfContent();
  for (let start = from; start < limit; start += SEARCH_BYTES) {
    const bytes = file.at(start, SEARCH_BYTES + LOG_RECORD_HEAD_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = Math.min(SEARCH_BYTES - 1, bytes.length - LOG_RECORD_HEAD_BYTES);
    for (let at = 0; at <= last; at++) {
      // The checksum's upper half is zero and the length above zero in every record; most offsets fail on that alone.
      if (bytes[at] !== 0 || view.getInt32(at) !== 0 || view.getInt32(at + 8) <= 0) continue;
      const entry = entryAt(file, start + at);
      if (entry.kind !== 'record') continue;
      const zxid = zxidOrNull(entry.payload);
      if (zxid !== null && zxid > lastZxid) return true;
    }
  }
  return false;
}
