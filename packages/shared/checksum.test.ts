import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adler32, crc32 } from './checksum.ts';
import { encodeUtf8 } from './utf8.ts';

/** Adler-32 as RFC 1950 defines it, a byte at a time. */
function plainAdler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}

const bytes = fc.uint8Array({ maxLength: 300 });

describe('adler32', () => {
  it('has the known values', () => {
    expect(adler32(new Uint8Array(0))).toBe(1);
    expect(adler32(encodeUtf8('Wikipedia'))).toBe(0x11e60398);
  });

  it('does not overflow on long runs of the largest byte', () => {
    const long = new Uint8Array(100_000).fill(255);
    expect(adler32(long)).toBe(plainAdler32(long));
  });

  it('can be continued at any point', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(adler32(b, adler32(a))).toBe(plainAdler32(new Uint8Array([...a, ...b])));
      }),
    );
  });
});

describe('crc32', () => {
  it('has the known values', () => {
    expect(crc32(new Uint8Array(0))).toBe(0);
    expect(crc32(encodeUtf8('123456789'))).toBe(0xcbf43926);
  });

  it('is the same as zlib, whole and continued', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(crc32(a)).toBe(zlibCrc32(a));
        expect(crc32(b, crc32(a))).toBe(zlibCrc32(b, zlibCrc32(a)));
      }),
    );
  });

  it('works on a view into a larger buffer', () => {
    const large = Uint8Array.from({ length: 64 }, (_, index) => index);
    expect(crc32(large.subarray(3, 30))).toBe(zlibCrc32(large.slice(3, 30)));
  });
});
