import { makeZxid } from '@vivarium/shared/zxid';
import { encodeLogHeader, LOG_HEADER_BYTES, logRecordLength, writeLogRecord } from '@vivarium/wire/log-record';
import { OpCode } from '@vivarium/wire/op-code';
import { encodeTxn } from '@vivarium/wire/txn';
import { describe, expect, it } from 'vitest';
import { StorageRig } from '../tests/harness/storage-rig.ts';
import { FileView, piecesOf } from './file-view.ts';
import { type LogEnd, scanLog } from './log-scan.ts';
import { NewestRecords } from './recent-window.ts';

const PATH = 'version-2/log.100000001';

/** A log whose records are of these lengths, about, and with so many zeros behind them. */
function logOf(lengths: readonly number[], zeros: number): { bytes: Uint8Array; offsets: number[] } {
  const payloads = lengths.map((length, index) => {
    const header = { sessionId: 1n, cxid: 0, zxid: makeZxid(1, index + 1), timeMs: 0 };
    // Zeros as data, so that whoever looks for a record behind a break has much to pass.
    return encodeTxn(header, { type: OpCode.setData, path: '/n', data: new Uint8Array(length), version: 1 }, null);
  });
  const bytes = new Uint8Array(payloads.reduce((sum, each) => sum + logRecordLength(each), LOG_HEADER_BYTES) + zeros);
  bytes.set(encodeLogHeader());
  const offsets: number[] = [];
  let offset = LOG_HEADER_BYTES;
  for (const payload of payloads) {
    offsets.push(offset);
    offset = writeLogRecord(payload, bytes, offset);
  }
  return { bytes, offsets: [...offsets, offset] };
}

function scan(bytes: Uint8Array): { counters: number[]; end: LogEnd | null } {
  const { data } = new StorageRig(1);
  data.makeDirectory('version-2');
  data.create(PATH);
  data.write(PATH, 0, bytes);
  const counters: number[] = [];
  const end = scanLog(new FileView(data, PATH), (record) => {
    counters.push(Number(record.zxid & 0xffffn));
    return true;
  });
  return { counters, end };
}

describe('a log larger than what is read of it at a time', () => {
  const KB = 1024;
  // Records that cross the borders of pieces, one that is larger than a piece, and tiny ones.
  const lengths = [700 * KB, 700 * KB, 10, 2500 * KB, 20, 1024 * KB, 30];

  it('gives all records and its end', () => {
    for (const zeros of [0, 1, 5, 3000 * KB + 3]) {
      const { bytes, offsets } = logOf(lengths, zeros);
      expect(scan(bytes)).toEqual({ counters: [1, 2, 3, 4, 5, 6, 7], end: { kind: 'clean', offset: offsets[7] } });
    }
  });

  it('tells a torn tail from damage, however far the next record is', () => {
    const { bytes, offsets } = logOf(lengths, 2000 * KB);
    for (const [index, offset] of offsets.slice(0, 7).entries()) {
      const damaged = bytes.slice();
      damaged[offset + 9] = 0x7f;
      const kind = index === 6 ? 'torn' : 'damaged';
      expect(scan(damaged)).toEqual({ counters: [1, 2, 3, 4, 5, 6, 7].slice(0, index), end: { kind, offset } });
    }
  });

  it('does not keep more of its newest transactions than fit into 64 MiB', () => {
    const MB = 1024 * KB;
    const records = new NewestRecords(500);
    for (let counter = 1; counter <= 300; counter++) {
      const payload = new Uint8Array(MB);
      records.push({ zxid: makeZxid(1, counter), payload, offset: 0, end: 0 });
      expect(records.list.length).toBeLessThan(128);
    }
    expect(records.list.at(-1)?.zxid).toBe(makeZxid(1, 300));
    expect(records.list.length).toBeGreaterThanOrEqual(64);
    expect(records.isShort).toBe(false);
  });

  it('has no end of content before its last byte', () => {
    for (const at of [0, 1, 1024 * KB - 1, 1024 * KB, 2048 * KB + 1]) {
      const { data } = new StorageRig(1);
      data.makeDirectory('version-2');
      data.create(PATH);
      data.setLength(PATH, 3000 * KB + 1);
      data.write(PATH, at, new Uint8Array([0x80]));
      expect(new FileView(data, PATH).endOfContent()).toBe(at + 1);
      expect([...piecesOf(data, PATH)].reduce((sum, piece) => sum + piece.length, 0)).toBe(3000 * KB + 1);
    }
  });
});
