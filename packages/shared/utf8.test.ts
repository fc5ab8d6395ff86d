import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Length, writeUtf8 } from './utf8.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 });
/** No surrogates: there the two differ on purpose. */
const planeText = fc
  .array(fc.integer({ min: 0, max: 0xd7ff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));

describe('encodeUtf8', () => {
  it("is the platform's for text of the basic plane", () => {
    fc.assert(
      fc.property(planeText, (value) => {
        expect(encodeUtf8(value)).toEqual(new TextEncoder().encode(value));
      }),
    );
  });

  it("writes a supplementary character as Java's jute does: two surrogates of three bytes", () => {
    expect(encodeUtf8('😀')).toEqual(new Uint8Array([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]));
  });

  it('needs as many bytes as it says', () => {
    fc.assert(
      fc.property(text, (value) => {
        const target = new Uint8Array(utf8Length(value) + 2);
        expect(writeUtf8(value, target, 1)).toBe(target.length - 1);
        expect(target.subarray(1, -1)).toEqual(encodeUtf8(value));
      }),
    );
  });
});

describe('decodeUtf8', () => {
  it("is the platform's for any bytes at all, malformed ones too", () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 2000 },
    );
    const tricky = fc.constantFrom(
      0xc0,
      0xc2,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0x41,
    );
    fc.assert(
      fc.property(fc.array(tricky, { maxLength: 12 }), (list) => {
        const bytes = new Uint8Array(list);
        expect(decodeUtf8(bytes)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads a part of a buffer', () => {
    expect(decodeUtf8(encodeUtf8('abcdef'), 2, 4)).toBe('cd');
  });

  it('reads a text of any length, wherever a character of several units stands', () => {
    for (const before of [0, 1, 1021, 1022, 1023, 1024, 1025, 2047, 2048, 5000]) {
      const value = `${'a'.repeat(before)}\u{1f600}\u20acz`;
      expect(decodeUtf8(new TextEncoder().encode(value))).toBe(value);
    }
  });

  it('takes about as much memory for a text as the text has characters', () => {
    const bytes = new Uint8Array(1_000_000).fill(0x61);
    const before = process.memoryUsage().heapUsed;
    const texts = Array.from({ length: 40 }, () => decodeUtf8(bytes));
    // A chain of its characters would be 1,280 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000);
    expect(texts).toHaveLength(40);
  });
});
