/**
 * What broke a log, where its records end in bytes that are none. Either the power went while its last batch was being
 * written: then nothing from there on was ever acknowledged, and it is cut off. Or the file was damaged later, and what
 * follows, or the broken record itself, was acknowledged: then the server must not start without it.
 *
 * A disk writes sectors, each whole or not at all, in any order; and the part of a log that a batch is written to was zeros
 * before. So of a torn batch any sectors may be missing, and each of those reads as zeros from the first record on that
 * breaks. Damage leaves no such sector, or it leaves later batches behind (`wire/log-mark`). In logs without marks, which
 * Apache or an older version wrote, a whole record behind the break is damage, and anything else is torn: Apache writes
 * through a buffer, which a killed process leaves cut anywhere.
 *
 * What cannot be told: a last record that is damaged and has a datum with a whole sector of zeros in it, or whose sectors
 * were all zeroed. It is taken for torn, and the warning names the place. And where digests are switched off, the last batch
 * has lost a sector, and whole records are left without a mark, nothing tells it from damage: it is refused.
 *
 * Nor is it seen that the last records of a log were zeroed from the first byte of one on: zeros end a log, and no checksum
 * is over how many records there were. The counter of the next log shows it inside an epoch, but not where that starts one.
 */
import { adler32 } from '@vivarium/shared/checksum';
import { JuteError } from '@vivarium/wire/jute';
import { type BatchRange, batchOf, LOG_MARK_BYTES, markAtEnd } from '@vivarium/wire/log-mark';
import { LOG_RECORD_HEAD_BYTES, type LogEntry, logEntryLength, readLogEntry } from '@vivarium/wire/log-record';
import { zxidOfTxn } from '@vivarium/wire/txn';
import type { FileView } from './file-view.ts';

const SECTOR_BYTES = 512;
const SEARCH_BYTES = 1024 * 1024;
/** The upper half of a record's checksum is zeros, written or not. */
const ZEROS_OF_A_HEAD = 4;

/** The entry at an offset of a log; its own offsets count from there. */
export function entryAt(file: FileView, offset: number): LogEntry {
  const head = file.at(offset, LOG_RECORD_HEAD_BYTES);
  const length = logEntryLength(head);
  return readLogEntry(length === 0 ? head : file.at(offset, length), 0);
}

/** The zxid of a record, or null where its payload is too short for one. */
export function zxidOrNull(payload: Uint8Array): bigint | null {
  try {
    return zxidOfTxn(payload);
  } catch (error) {
    if (error instanceof JuteError) return null;
    throw error;
  }
}

/** A whole record, or what counts of it here. */
interface WholeRecord {
  readonly offset: number;
  readonly zxid: bigint;
  readonly payload: Uint8Array;
}

/** `offset`: where the break is. `last`: the record before it, null where there is none. */
export function judgeBreak(file: FileView, offset: number, last: WholeRecord | null): 'torn' | 'damaged' {
  const before = last === null ? null : batchOf(last.payload);
  let batch: BatchRange | null = before !== null && before.end > offset ? before : null;
  let first: number | null = null;
  for (const record of recordsBehind(file, offset, last?.zxid ?? 0n)) {
    first ??= record.offset;
    batch ??= batchOf(record.payload) ?? batchOfBroken(file, offset, record.offset);
    if (batch !== null && (batch.start > offset || batch.end <= record.offset)) return 'damaged';
  }
  const written = file.endOfContent();
  if (first !== null) batch ??= batchOfBroken(file, offset, written);
  if (batch === null && first !== null) return 'damaged';
  const contentEnd = first ?? written;
  const claimed = logEntryLength(file.at(offset, LOG_RECORD_HEAD_BYTES));
  const isOurs =
    batch !== null ||
    before !== null ||
    endsMarked(file, offset, contentEnd) ||
    endsMarked(file, offset, offset + claimed);
  if (!isOurs) return 'torn';
  if (fitsUpTo(file, offset, contentEnd)) return 'damaged';
  // Where its length is lost, a record ends at the next one, or anywhere in the zeros.
  const end = claimed > 0 ? offset + claimed : (first ?? file.length + 1);
  return end > file.length || hasUnwrittenSector(file, offset, end) ? 'torn' : 'damaged';
}

/** Whether a record that may go from an offset to another has a mark, whatever else is wrong with it. */
function endsMarked(file: FileView, offset: number, end: number): boolean {
  return markBefore(file, offset, end) !== null;
}

/**
 * The batch of a record that ends at `end` and is broken itself, by its mark: behind the break at `offset` and in the range
 * that it tells, or else it is no mark of this batch. It only tells what the whole records there have no mark to tell; that
 * a sector is missing has to be seen as well.
 */
function batchOfBroken(file: FileView, offset: number, end: number): BatchRange | null {
  const batch = markBefore(file, offset, end);
  return batch !== null && batch.start <= offset && batch.end >= end ? batch : null;
}

function markBefore(file: FileView, offset: number, end: number): BatchRange | null {
  const markEnd = end - 1;
  return markEnd - LOG_MARK_BYTES > offset ? markAtEnd(file.at(markEnd - LOG_MARK_BYTES, LOG_MARK_BYTES)) : null;
}

/** The whole records of later transactions behind a break, one after the other. */
function* recordsBehind(file: FileView, from: number, lastZxid: bigint): Generator<WholeRecord> {
  const limit = file.endOfContent();
  let start = from;
  while (start < limit) {
    const bytes = file.at(start, SEARCH_BYTES + LOG_RECORD_HEAD_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = Math.min(SEARCH_BYTES - 1, bytes.length - LOG_RECORD_HEAD_BYTES);
    let next = start + SEARCH_BYTES;
    for (let at = 0; at <= last; at++) {
      // The checksum's upper half is zero and the length above zero in every record; most offsets fail on that alone.
      if (bytes[at] !== 0 || view.getInt32(at) !== 0 || view.getInt32(at + 8) <= 0) continue;
      const offset = start + at;
      const entry = entryAt(file, offset);
      if (entry.kind !== 'record') continue;
      const zxid = zxidOrNull(entry.payload);
      if (zxid === null || zxid <= lastZxid) continue;
      yield { offset, zxid, payload: entry.payload };
      next = offset + entry.end;
      break;
    }
    start = next;
  }
}

/** Whether the record at an offset is whole but for its length: its checksum is that of all up to `end`. */
function fitsUpTo(file: FileView, offset: number, end: number): boolean {
  const length = end - offset;
  if (length <= LOG_RECORD_HEAD_BYTES + 1 || length > SEARCH_BYTES * 20) return false;
  const bytes = file.at(offset, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(4) === adler32(bytes.subarray(LOG_RECORD_HEAD_BYTES, length - 1));
}

/** Whether a sector between the two reads as it did before anything from `offset` on was written to it. */
function hasUnwrittenSector(file: FileView, offset: number, end: number): boolean {
  for (let sector = offset - (offset % SECTOR_BYTES); sector < end; sector += SECTOR_BYTES) {
    const start = Math.max(sector, offset);
    const bytes = file.at(start, sector + SECTOR_BYTES - start);
    if (start === offset && bytes.length <= ZEROS_OF_A_HEAD) continue;
    if (bytes.every((byte) => byte === 0)) return true;
  }
  return false;
}
