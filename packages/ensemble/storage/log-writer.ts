/** Appends transactions to log files, preallocated by whole steps as Apache's are (Java `FileTxnLog`, `FilePadding`). */
import { markBytes, withMark } from '@vivarium/wire/log-mark';
import { encodeLogHeader, LOG_HEADER_BYTES, logRecordLength, writeLogRecord } from '@vivarium/wire/log-record';
import type { LoggedTxn } from '../core/io.ts';
import type { Disk, SyncDone } from './disk.ts';
import { logPath, VERSION_DIRECTORY } from './file-names.ts';
import { inOrder, type Step } from './steps.ts';

/** A file is made longer when less than this is left behind what is written. */
const PREALLOCATION_MARGIN_BYTES = 4096;

/**
 * One write takes no more than about this, so that its buffer stays small; what is left goes with the next sync. It is also
 * the most that a file can hold without its having been synced.
 */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

interface OpenLog {
  readonly path: string;
  /** Where the next record goes. */
  offset: number;
  /** The file's length, zeros included. */
  allocated: number;
}

/** How large log files are. */
interface LogSizes {
  /** By how much a file grows at once; 0 for no preallocation. */
  readonly preAllocBytes: number;
  /** A file whose records take more than this is followed by a new one; 0 for no such limit. */
  readonly txnLogSizeLimitBytes: number;
}

export class LogWriter {
  private readonly disk: Disk;
  private readonly sizes: LogSizes;
  private open: OpenLog | null = null;

  constructor(disk: Disk, sizes: LogSizes) {
    this.disk = disk;
    this.sizes = sizes;
  }

  /** The next transaction starts a file of its own. A file that was there before the server started is never written to. */
  roll(): void {
    this.open = null;
  }

  /** Writes the transactions in one piece and makes them durable; there must be one at least. */
  append(txns: readonly LoggedTxn[], done: SyncDone): void {
    const first = txns[0];
    if (first === undefined) {
      done(null);
      return;
    }
    const created = this.open === null;
    const log = this.open ?? { path: logPath(first.zxid), offset: 0, allocated: 0 };
    if (created) this.disk.create(log.path);
    const bytes = encodeBatch(txns, log.offset);
    // A new log is made longer only behind its header, without which Apache's server does not start on it; so a process that
    // is killed in between leaves a log that is short. In one that is there the records take the place of zeros.
    if (!created) this.preallocate(log, bytes.length);
    this.disk.write(log.path, log.offset, bytes);
    if (created) this.preallocate(log, bytes.length);
    log.offset += bytes.length;
    const { txnLogSizeLimitBytes } = this.sizes;
    this.open = txnLogSizeLimitBytes > 0 && log.offset > txnLogSizeLimitBytes ? null : log;
    const steps: Step[] = [(synced) => this.disk.sync(log.path, synced)];
    if (created) steps.push((synced) => this.disk.syncDirectory(VERSION_DIRECTORY, synced));
    inOrder(steps, done);
  }

  private preallocate(log: OpenLog, batchBytes: number): void {
    const end = log.offset + batchBytes;
    const { preAllocBytes } = this.sizes;
    if (preAllocBytes <= 0) return;
    if (log.allocated === 0) log.allocated = LOG_HEADER_BYTES;
    if (end + PREALLOCATION_MARGIN_BYTES <= log.allocated) return;
    while (end + PREALLOCATION_MARGIN_BYTES > log.allocated) log.allocated += preAllocBytes;
    this.disk.setLength(log.path, log.allocated);
  }
}

/** The records of a batch that begins at the offset, each with a mark that says where the batch is, if it can have one. */
function encodeBatch(txns: readonly LoggedTxn[], offset: number): Uint8Array {
  const extras = txns.map((txn) => markBytes(txn.bytes));
  let length = offset === 0 ? LOG_HEADER_BYTES : 0;
  for (const [index, txn] of txns.entries()) length += logRecordLength(txn.bytes) + (extras[index] ?? 0);
  const batch = { start: offset, end: offset + length };
  const bytes = new Uint8Array(length);
  let at = 0;
  if (offset === 0) {
    bytes.set(encodeLogHeader());
    at = LOG_HEADER_BYTES;
  }
  for (const [index, txn] of txns.entries()) at = writeLogRecord(withMark(txn.bytes, batch, extras[index]), bytes, at);
  return bytes;
}
