import { encodeLogHeader, LOG_HEADER_BYTES, writeLogRecord } from '@vivarium/wire/log-record';
import type { LogRecord } from './log-scan.ts';
import { MAX_BATCH_BYTES } from './log-writer.ts';

/**
 * The last records of a log as they were read, at least as many as one batch can hold. Not read again when they are wanted:
 * what a failed sync has left in the system's memory may be gone by then.
 */
export class LogTail {
  private records: LogRecord[] = [];
  private bytes = 0;

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  /** The next record of the file. */
  push(record: LogRecord): void {
    this.records.push(record);
    this.bytes += record.end - record.offset;
    // Cut in large steps: one by one would move the whole array each time.
    if (this.bytes < 2 * MAX_BATCH_BYTES) return;
    let dropped = 0;
    for (const { offset, end } of this.records) {
      if (this.bytes - (end - offset) < MAX_BATCH_BYTES) break;
      this.bytes -= end - offset;
      dropped++;
    }
    this.records = this.records.slice(dropped);
  }

  /** The bytes of the records, with the header of the file where it stands right before them. */
  encode(): { offset: number; bytes: Uint8Array } {
    const start = this.records[0]?.offset ?? LOG_HEADER_BYTES;
    const offset = start === LOG_HEADER_BYTES ? 0 : start;
    const bytes = new Uint8Array(this.bytes + start - offset);
    if (offset === 0) bytes.set(encodeLogHeader());
    for (const record of this.records) writeLogRecord(record.payload, bytes, record.offset - offset);
    return { offset, bytes };
  }
}
