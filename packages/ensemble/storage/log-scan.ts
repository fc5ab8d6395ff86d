/** Reads the records of a log file and says how the file ends. */
import { encodeLogHeader, isLogHeader, LOG_HEADER_BYTES } from '@vivarium/wire/log-record';
import type { FileView } from './file-view.ts';
import { entryAt, judgeBreak, zxidOrNull } from './log-break.ts';

/** A whole record; `payload` is a view of a piece of the file, with the mark that our own records have. */
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
  /** In a batch that was being written when the machine stopped. */
  | { readonly kind: 'torn'; readonly offset: number }
  /** In bytes that are no record although they, or what follows, were durable: the file was damaged after it was written. */
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
    return { kind: judgeBreak(file, 0, null), offset: 0 };
  }
  let offset = LOG_HEADER_BYTES;
  let last: LogRecord | null = null;
  for (;;) {
    const entry = entryAt(file, offset);
    const zxid = entry.kind === 'record' ? zxidOrNull(entry.payload) : null;
    if (entry.kind === 'record' && zxid !== null) {
      const end = offset + entry.end;
      last = { zxid, payload: entry.payload, offset, end };
      if (!visit(last)) return null;
      offset = end;
      continue;
    }
    if (entry.kind === 'end' && file.endOfContent() <= offset) return { kind: 'clean', offset };
    return { kind: judgeBreak(file, offset, last), offset };
  }
}
