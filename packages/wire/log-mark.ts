/**
 * Marks on the records of our own logs: behind the transaction's digest stand {magic int, offset long, length int}, where in
 * the file the batch stands that the record was written in. Batches are written one behind the other, each when the one
 * before is durable; so a record of a later batch shows that all before it was durable, and one of the same does not.
 *
 * Apache reads a record by its fields: header, the record of its type, then the digest if there are bytes left, and nothing
 * of what follows (Java `SerializeUtils.deserializeTxn`, which its server, its log toolkit and its purge all go through);
 * the checksum is over the whole payload, and what it sends to its learners it writes anew from those fields
 * (`TxnLogProposalIterator`). No mark ever leaves the disk.
 *
 * An error has no digest, and Apache would take a mark for one: there a stand-in of a version that nobody has comes first,
 * which Apache does not compare (`DataTree.compareDigest`). Any other transaction without a digest, where digests are
 * switched off, has no mark: the last field of some may be missing, and would be read from it.
 */
import { JuteError } from './jute.ts';
import { OpCode } from './op-code.ts';
import { endOfTxn } from './txn.ts';

const MAGIC = 0x56424d4b;
const DIGEST_BYTES = 12;
/** The version of a digest that stands where there is none. */
const STAND_IN_VERSION = 0x56424d30;
/** Where a transaction's type is. */
const TYPE_OFFSET = 28;

/** Bytes of a mark. */
export const LOG_MARK_BYTES = 16;

/** A batch of records, header of the file included where it is the first one. Offsets in the file. */
export interface BatchRange {
  readonly start: number;
  readonly end: number;
}

/** How many bytes `withMark` puts behind a transaction; 0 where it can have no mark. */
export function markBytes(txn: Uint8Array): number {
  const behind = bytesBehind(txn);
  if (behind === DIGEST_BYTES) return LOG_MARK_BYTES;
  return behind === 0 && intAt(txn, TYPE_OFFSET) === OpCode.error ? DIGEST_BYTES + LOG_MARK_BYTES : 0;
}

/** The transaction with a mark behind it, if it can have one. `extra`: what `markBytes` says. */
export function withMark(txn: Uint8Array, { start, end }: BatchRange, extra = markBytes(txn)): Uint8Array {
  if (extra === 0) return txn;
  const marked = new Uint8Array(txn.length + extra);
  marked.set(txn);
  const view = new DataView(marked.buffer, txn.length);
  if (extra > LOG_MARK_BYTES) view.setInt32(0, STAND_IN_VERSION);
  const mark = extra - LOG_MARK_BYTES;
  view.setInt32(mark, MAGIC);
  view.setBigInt64(mark + 4, BigInt(start));
  view.setInt32(mark + 12, end - start);
  return marked;
}

/** The batch that a record was written in, or null where it has no mark. */
export function batchOf(payload: Uint8Array): BatchRange | null {
  // The data of a client may look like a mark, and then the fields tell.
  const mark = markAtEnd(payload);
  return mark !== null && bytesBehind(payload) === DIGEST_BYTES + LOG_MARK_BYTES ? mark : null;
}

/** What the last bytes of a record say, which may be damaged, so that only they look like a mark; null where they do not. */
export function markAtEnd(bytes: Uint8Array): BatchRange | null {
  if (bytes.length < LOG_MARK_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - LOG_MARK_BYTES, LOG_MARK_BYTES);
  if (view.getInt32(0) !== MAGIC) return null;
  const start = Number(view.getBigInt64(4));
  return { start, end: start + view.getInt32(12) };
}

/** The transaction of a record as it came: without its mark. A view of the payload. */
export function withoutMark(payload: Uint8Array): Uint8Array {
  if (batchOf(payload) === null) return payload;
  const digest = payload.length - LOG_MARK_BYTES - DIGEST_BYTES;
  const end = intAt(payload, digest) === STAND_IN_VERSION ? digest : payload.length - LOG_MARK_BYTES;
  return payload.subarray(0, end);
}

function intAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(offset);
}

/** How many bytes stand behind the record of a transaction; -1 where it cannot be read. */
function bytesBehind(payload: Uint8Array): number {
  try {
    return payload.length - endOfTxn(payload);
  } catch (error) {
    if (error instanceof JuteError) return -1;
    throw error;
  }
}
