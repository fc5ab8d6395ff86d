import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeLogHeader,
  isLogHeader,
  LOG_HEADER_BYTES,
  logRecordLength,
  readLogEntry,
  writeLogRecord,
} from './log-record.ts';

const payload = fc.uint8Array({ minLength: 1, maxLength: 100 });

/** A log with the payloads, and zeros behind them. */
function log(payloads: readonly Uint8Array[], padding: number): Uint8Array {
  const length = payloads.reduce((sum, bytes) => sum + logRecordLength(bytes), LOG_HEADER_BYTES);
  const bytes = new Uint8Array(length + padding);
  bytes.set(encodeLogHeader());
  let offset = LOG_HEADER_BYTES;
  for (const each of payloads) offset = writeLogRecord(each, bytes, offset);
  return bytes;
}

describe('log records', () => {
  it('start with the header of Java', () => {
    expect(Buffer.from(encodeLogHeader()).toString('hex')).toBe('5a4b4c47' + '00000002' + '0000000000000000');
    expect(isLogHeader(encodeLogHeader())).toBe(true);
    expect(isLogHeader(encodeLogHeader().subarray(0, 15))).toBe(false);
    expect(isLogHeader(new Uint8Array(16))).toBe(false);
  });

  it('pitfall 24: are Adler-32, length, payload and 0x42', () => {
    const bytes = log([new Uint8Array([1, 2, 3])], 0);
    expect(Buffer.from(bytes.subarray(16)).toString('hex')).toBe('00000000000d0007' + '00000003' + '010203' + '42');
  });

  it('come back as they were, up to the end of the file or the zeros', () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 6 }), fc.nat({ max: 30 }), (payloads, padding) => {
        const bytes = log(payloads, padding);
        let offset = LOG_HEADER_BYTES;
        for (const expected of payloads) {
          const entry = readLogEntry(bytes, offset);
          if (entry.kind !== 'record') throw new Error(entry.kind);
          expect(entry.payload).toEqual(expected);
          offset = entry.end;
        }
        expect(readLogEntry(bytes, offset)).toEqual({ kind: 'end' });
      }),
    );
  });

  it('pitfall 24: are torn wherever the last one is cut, and corrupt where its payload changed', () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.nat({ max: 30 }), (last, where, padding) => {
        const whole = log([last], 0);
        const cut = LOG_HEADER_BYTES + 1 + (where % (whole.length - LOG_HEADER_BYTES - 1));
        const kept = new Uint8Array(Math.max(cut, whole.length - 5) + padding);
        kept.set(whole.subarray(0, cut));
        // A few bytes of the checksum may be zeros, and so may be the whole of what is left.
        expect(['torn', 'end']).toContain(readLogEntry(kept.subarray(0, cut), LOG_HEADER_BYTES).kind);
        const changed = whole.slice();
        const at = LOG_HEADER_BYTES + 12 + (where % last.length);
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        expect(readLogEntry(changed, LOG_HEADER_BYTES)).toEqual({ kind: 'corrupt', end: whole.length });
      }),
    );
  });

  it('are torn with a length that no record has', () => {
    for (const length of [-1, 0, 17 * 1024 * 1024, 0x7fffffff]) {
      const bytes = log([new Uint8Array(40)], 100);
      new DataView(bytes.buffer).setInt32(LOG_HEADER_BYTES + 8, length);
      expect(readLogEntry(bytes, LOG_HEADER_BYTES).kind).toBe('torn');
    }
  });
});
