/**
 * The transaction log, `version-2/log.<hex zxid of its first transaction>`: FileHeader{magic "ZKLG", version int 2, dbid
 * long 0}, then records {Adler-32 of the payload as long, length int, payload, 0x42}. Files are preallocated with zeros,
 * so a length of 0 is the end (Java `FileTxnLog`).
 */
import { adler32 } from '@vivarium/shared/checksum';
import { JuteReader, JuteWriter } from './jute.ts';

const MAGIC = 0x5a4b4c47;
const VERSION = 2;
const END_OF_RECORD = 0x42;

/** Bytes of the header of a log file. */
export const LOG_HEADER_BYTES = 16;
/** Bytes of a record beside its payload. */
const RECORD_OVERHEAD_BYTES = 13;
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export function encodeLogHeader(): Uint8Array {
  return new JuteWriter(LOG_HEADER_BYTES).int(MAGIC).int(VERSION).long(0n).finish();
}

/** Whether the bytes start with the header of a log. */
export function isLogHeader(bytes: Uint8Array): boolean {
  if (bytes.length < LOG_HEADER_BYTES) return false;
  const reader = new JuteReader(bytes);
  return reader.int() === MAGIC && reader.int() === VERSION;
}

/** How many bytes the record of a payload takes. */
export function logRecordLength(payload: Uint8Array): number {
  return payload.length + RECORD_OVERHEAD_BYTES;
}

/** Writes the record of a payload at the offset, and returns the offset after it. */
export function writeLogRecord(payload: Uint8Array, target: Uint8Array, offset: number): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(offset, 0);
  view.setUint32(offset + 4, adler32(payload));
  view.setInt32(offset + 8, payload.length);
  target.set(payload, offset + 12);
  target[offset + 12 + payload.length] = END_OF_RECORD;
  return offset + payload.length + RECORD_OVERHEAD_BYTES;
}

/** What stands at an offset of a log. */
export type LogEntry =
  | { readonly kind: 'record'; readonly payload: Uint8Array; readonly end: number }
  /** Zeros, or the end of the file on a record's boundary. */
  | { readonly kind: 'end' }
  /** A record that was being written when the machine stopped: nothing whole can follow it. */
  | { readonly kind: 'torn' }
  /** A whole record whose checksum is wrong. */
  | { readonly kind: 'corrupt'; readonly end: number };

/** How many bytes stand before a record's payload. */
export const LOG_RECORD_HEAD_BYTES = 12;

/** How many bytes the entry takes that begins with `head`, as far as that can be told; 0 for what is no record. */
export function logEntryLength(head: Uint8Array): number {
  if (head.length < LOG_RECORD_HEAD_BYTES) return 0;
  const length = new DataView(head.buffer, head.byteOffset, head.byteLength).getInt32(8);
  return length <= 0 || length > MAX_PAYLOAD_BYTES ? 0 : length + RECORD_OVERHEAD_BYTES;
}

/** Reads the entry at the offset; `bytes` go on at least to the entry's end, or to that of the file. */
export function readLogEntry(bytes: Uint8Array, offset: number): LogEntry {
  if (bytes.length === offset) return { kind: 'end' };
  if (bytes.length - offset < 12) return { kind: isZero(bytes, offset, bytes.length) ? 'end' : 'torn' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const checksumHigh = view.getUint32(offset);
  const checksum = view.getUint32(offset + 4);
  const length = view.getInt32(offset + 8);
  // Adler-32 of a payload is never 0, so zeros here are preallocation.
  if (length === 0 && checksum === 0 && checksumHigh === 0) return { kind: 'end' };
  if (length <= 0 || length > MAX_PAYLOAD_BYTES) return { kind: 'torn' };
  const end = offset + length + RECORD_OVERHEAD_BYTES;
  if (end > bytes.length || bytes[end - 1] !== END_OF_RECORD) return { kind: 'torn' };
  const payload = bytes.subarray(offset + 12, end - 1);
  if (checksumHigh !== 0 || adler32(payload) !== checksum) return { kind: 'corrupt', end };
  return { kind: 'record', payload, end };
}

/** Whether the bytes of a range are all zero. */
function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
