import { describe, expect, it } from 'vitest';
import { batchOf, LOG_MARK_BYTES, markBytes, withMark, withoutMark } from './log-mark.ts';
import { OpCode } from './op-code.ts';
import { decodeTxn, encodeTxn } from './txn.ts';

const HEADER = { sessionId: 1n, cxid: 2, zxid: 0x100000003n, timeMs: 4 };
const DIGEST = { version: 2, treeDigest: 5n };
const BATCH = { start: 0x1_2345_6789, end: 0x1_2345_6789 + 4000 };

describe('the mark of a log record', () => {
  it('pitfall 25: stands behind the digest, and whoever reads the fields does not see it', () => {
    const txn = encodeTxn(HEADER, { type: OpCode.delete, path: '/n' }, DIGEST);
    expect(markBytes(txn)).toBe(LOG_MARK_BYTES);
    const marked = withMark(txn, BATCH);
    expect(marked.length).toBe(txn.length + LOG_MARK_BYTES);
    expect(batchOf(marked)).toEqual(BATCH);
    expect(withoutMark(marked)).toEqual(txn);
    expect(decodeTxn(marked)).toEqual(decodeTxn(txn));
    expect(markBytes(marked)).toBe(0);
    expect([batchOf(txn), withoutMark(txn)]).toEqual([null, txn]);
  });

  it('stands behind a stand-in where an error has no digest, of a version that nobody compares', () => {
    const txn = encodeTxn(HEADER, { type: OpCode.error, err: -101 }, null);
    const marked = withMark(txn, BATCH);
    expect(marked.length).toBe(txn.length + markBytes(txn));
    expect(batchOf(marked)).toEqual(BATCH);
    expect(withoutMark(marked)).toEqual(txn);
    const { digest, ...record } = decodeTxn(marked);
    expect({ ...record, digest: null }).toEqual(decodeTxn(txn));
    expect(digest?.version).not.toBe(DIGEST.version);
    expect(markBytes(marked)).toBe(0);
  });

  it('is not put where a field that is missing would be read from it', () => {
    const closed = encodeTxn(HEADER, { type: OpCode.closeSession, paths: ['/e'] }, null);
    for (const txn of [closed, new Uint8Array(5)]) expect([markBytes(txn), withMark(txn, BATCH)]).toEqual([0, txn]);
  });

  it('is not seen in the data of a client', () => {
    const mark = withMark(encodeTxn(HEADER, { type: OpCode.delete, path: '/n' }, DIGEST), BATCH).slice(-LOG_MARK_BYTES);
    // The last field of a setData is its version: the last four bytes of what looks like a mark.
    const data = new Uint8Array([...new Uint8Array(60), ...mark.subarray(0, 12)]);
    const version = new DataView(mark.buffer).getInt32(12);
    const txn = encodeTxn(HEADER, { type: OpCode.setData, path: '/n', data, version }, null);
    expect(txn.subarray(-LOG_MARK_BYTES)).toEqual(mark);
    expect([batchOf(txn), withoutMark(txn)]).toEqual([null, txn]);
  });
});
