import zlib from 'node:zlib';
import { JuteError } from '@vivarium/wire/jute';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GZIP } from './gzip.ts';

function compressed(piece: Uint8Array, first: boolean): Promise<Uint8Array> {
  return new Promise((resolve) => GZIP.compress(piece, first, resolve));
}

function decompressed(file: Uint8Array, pieceBytes = 1000): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += pieceBytes) pieces.push(file.subarray(at, at + pieceBytes));
  return new Uint8Array(Buffer.concat([...GZIP.decompress(pieces)]));
}

describe('gzip', () => {
  test('what is compressed in pieces comes back as it was, and any other reader gets the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4000 }),
        async (pieces, readBytes) => {
          const file = Buffer.concat(await Promise.all(pieces.map((piece, index) => compressed(piece, index === 0))));
          const plain = new Uint8Array(Buffer.concat(pieces));
          expect(decompressed(file, readBytes)).toEqual(plain);
          expect(new Uint8Array(zlib.gunzipSync(file))).toEqual(plain);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('one large member, and one with all that a header may have', () => {
    const plain = new Uint8Array(3_000_000).map((_, index) => (index * index) >> 7);
    const file = zlib.gzipSync(plain);
    expect(decompressed(file, 10_000)).toEqual(plain);
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]),
      Buffer.from([3, 0, 7, 7, 7]),
      Buffer.from('name\0a comment\0\x01\x02', 'latin1'),
    ]);
    const rest = file.subarray(10);
    for (const pieceBytes of [1, 7, 1000]) {
      const small = zlib.gzipSync('hello').subarray(10);
      expect(Buffer.from(decompressed(Buffer.concat([header, small]), pieceBytes)).toString()).toBe('hello');
    }
    expect(decompressed(Buffer.concat([header, rest]))).toEqual(plain);
  });

  test('what is cut off or changed is no gzip file', () => {
    const file = Buffer.concat([zlib.gzipSync('x'.repeat(100)), zlib.gzipSync('a tale of two members')]);
    const border = zlib.gzipSync('x'.repeat(100)).length;
    for (let length = 1; length < file.length; length++) {
      if (length === border) continue;
      expect(() => decompressed(file.subarray(0, length)), `${length}`).toThrow(JuteError);
    }
    for (const at of [0, 1, 2, border, border + 15, file.length - 1, file.length - 6]) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(() => decompressed(changed), `byte ${at}`).toThrow(JuteError);
    }
    expect(decompressed(new Uint8Array(0))).toEqual(new Uint8Array(0));
  });
});
