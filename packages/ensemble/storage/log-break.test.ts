import { makeZxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { encodeTxn } from '@vivarium/wire/txn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn } from '../core/io.ts';
import { StorageRig } from '../tests/harness/storage-rig.ts';
import { FileView } from './file-view.ts';
import { type LogEnd, scanLog } from './log-scan.ts';
import { LogWriter } from './log-writer.ts';

const PATH = 'version-2/log.100000001';
const SECTOR = 512;

interface WrittenLog {
  readonly bytes: Uint8Array;
  /** Where each batch begins. */
  readonly batches: readonly number[];
  /** How many transactions the first, the first two, ... batches hold. */
  readonly counts: readonly number[];
}

/** A log of batches; each transaction is the length of its data, negative for one without a digest, 0 for an error. */
function write(batches: readonly (readonly number[])[], preAllocBytes: number): WrittenLog {
  const { data } = new StorageRig(1);
  data.makeDirectory('version-2');
  const writer = new LogWriter(data, { preAllocBytes, txnLogSizeLimitBytes: 0 });
  const offsets: number[] = [];
  const { write: writeTo } = data;
  data.write = (path, offset, bytes) => {
    offsets.push(offset);
    writeTo.call(data, path, offset, bytes);
  };
  let counter = 0;
  const counts = batches.map((lengths) => {
    const txns = lengths.map((length): LoggedTxn => {
      const zxid = makeZxid(1, ++counter);
      const header = { sessionId: 1n, cxid: 0, zxid, timeMs: 1 };
      const content = new Uint8Array(Math.abs(length)).map((_, index) => 1 + ((index * 7 + counter) % 255));
      if (length === 0) return { zxid, bytes: encodeTxn(header, { type: OpCode.error, err: -101 }, null) };
      const txn = { type: OpCode.setData, path: '/n', data: content, version: 1 } as const;
      return { zxid, bytes: encodeTxn(header, txn, length < 0 ? null : { version: 2, treeDigest: 77n }) };
    });
    writer.append(txns, () => {});
    return counter;
  });
  return { bytes: data.read(PATH) ?? new Uint8Array(0), batches: offsets, counts };
}

function scan(bytes: Uint8Array): { count: number; end: LogEnd | null } {
  const { data } = new StorageRig(1);
  data.makeDirectory('version-2');
  data.create(PATH);
  data.write(PATH, 0, bytes);
  let count = 0;
  const end = scanLog(new FileView(data, PATH), () => {
    count++;
    return true;
  });
  return { count, end };
}

const lengths = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 120 }) }, fc.integer({ min: 0, max: 3000 }));
const marked = fc.array(fc.array(lengths, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 });
const mixed = fc.array(fc.array(fc.oneof(lengths, fc.integer({ min: -90, max: -1 })), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 5,
});
const preAllocBytes = fc.constantFrom(0, 8192);

/** The log with some sectors of its last batch as they were before: zeros. */
function torn({ bytes, batches }: WrittenLog, lost: (sector: number) => boolean): Uint8Array {
  const result = bytes.slice();
  const start = batches.at(-1) ?? 0;
  for (let sector = start - (start % SECTOR); sector < bytes.length; sector += SECTOR) {
    if (lost(sector / SECTOR)) result.fill(0, Math.max(sector, start), sector + SECTOR);
  }
  return result;
}

describe('a log whose last batch is torn', () => {
  it('keeps all batches before, whichever sectors of the last one are missing', () => {
    fc.assert(
      fc.property(marked, preAllocBytes, fc.infiniteStream(fc.boolean()), (batches, preAlloc, chance) => {
        const log = write(batches, preAlloc);
        const { count, end } = scan(torn(log, () => chance.next().value));
        expect(count).toBeGreaterThanOrEqual(log.counts.at(-2) ?? 0);
        expect(end?.kind).toMatch(/^(clean|torn)$/);
      }),
      { numRuns: 200 },
    );
  });

  it('loses none of them where digests are switched off, and may be refused', () => {
    fc.assert(
      fc.property(mixed, preAllocBytes, fc.infiniteStream(fc.boolean()), (batches, preAlloc, chance) => {
        const log = write(batches, preAlloc);
        const { count } = scan(torn(log, () => chance.next().value));
        expect(count).toBeGreaterThanOrEqual(log.counts.at(-2) ?? 0);
      }),
      { numRuns: 100 },
    );
  });

  it('is torn where the only mark left is that of a record which has lost its head (simulation, seed 501187)', () => {
    for (const batches of [
      [[60], [500, -10, -10]],
      [[60], [-30, 500, -10]],
      [[60], [-500, -10, 20, 500]],
    ]) {
      const log = write(batches, 0);
      const { count, end } = scan(torn(log, (sector) => sector === 0));
      expect(count).toBe(1);
      expect(end).toEqual({ kind: 'torn', offset: log.batches[1] });
    }
  });

  it('is torn where the file ends in the middle of a batch', () => {
    const log = write(
      [
        [50, 60],
        [70, 800],
      ],
      0,
    );
    for (let length = (log.batches[1] ?? 0) + 1; length < log.bytes.length; length++) {
      const { count, end } = scan(log.bytes.subarray(0, length));
      expect(count).toBeGreaterThanOrEqual(2);
      // On the border of two records, or in the zeros that a record begins with, nothing shows that there was more.
      if (end?.kind !== 'torn') expect(length - (end?.kind === 'clean' ? end.offset : 0)).toBeLessThanOrEqual(4);
    }
  });
});

describe('a log with a flipped bit', () => {
  it('is damaged, in the last batch too', () => {
    fc.assert(
      fc.property(marked, preAllocBytes, fc.nat(), fc.nat({ max: 7 }), (batches, preAlloc, where, bit) => {
        const log = write(batches, preAlloc);
        // Of a record that is alone in its file nothing but its own mark says that it is ours.
        if (log.counts.at(-1) === 1) return;
        const used = log.bytes.findLastIndex((byte) => byte !== 0) + 1;
        const at = where % used;
        // An id that nobody looks at.
        if (at >= 8 && at < 16) return;
        const flipped = log.bytes.slice();
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const { end } = scan(flipped);
        expect(end?.kind, `byte ${at}`).toMatch(/^(damaged|foreign)$/);
      }),
      { numRuns: 400 },
    );
  });
});
