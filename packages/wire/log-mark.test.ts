import { describe, expect, it } from 'vitest';
import { batchOf, LOG_MARK_BYTES, takesMark, withMark, withoutMark } from './log-mark.ts';
import { OpCode } from './op-code.ts';
import { decodeTxn, encodeTxn } from './txn.ts';

const HEADER = { sessionId: 1n, cxid: 2, zxid: 0x100000003n, timeMs: 4 };
const DIGEST = { version: 2, treeDigest: 5n };
const BATCH = { start: 0x1_2345_6789, end: 0x1_2345_6789 + 4000 };

describe('the mark of a log record', () => {
  it('stands behind the digest, and whoever reads the fields does not see it', () => {
    const txn = encodeTxn(HEADER, { type: OpCode.delete, path: '/n' }, DIGEST);
    expect(takesMark(txn)).toBe(true);
    const marked = withMark(txn, BATCH);
    expect(marked.length).toBe(txn.length + LOG_MARK_BYTES);
    expect(batchOf(marked)).toEqual(BATCH);
    expect(withoutMark(marked)).toEqual(txn);
    expect(decodeTxn(marked)).toEqual(decodeTxn(txn));
    expect(takesMark(marked)).toBe(false);
    expect([batchOf(txn), withoutMark(txn)]).toEqual([null, txn]);
  });

  it('is not put where there is no digest, for which it would be taken', () => {
    expect(takesMark(encodeTxn(HEADER, { type: OpCode.error, err: -101 }, null))).toBe(false);
    expect(takesMark(new Uint8Array(5))).toBe(false);
  });

  it('is not seen in the data of a client', () => {
    const mark = withMark(new Uint8Array(0), BATCH);
    // The last field of a setData is its version: the last four bytes of what looks like a mark.
    const data = new Uint8Array([...new Uint8Array(60), ...mark.subarray(0, 12)]);
    const version = new DataView(mark.buffer).getInt32(12);
    const txn = encodeTxn(HEADER, { type: OpCode.setData, path: '/n', data, version }, null);
    expect(txn.subarray(-LOG_MARK_BYTES)).toEqual(mark);
    expect([batchOf(txn), withoutMark(txn)]).toEqual([null, txn]);
  });
});
