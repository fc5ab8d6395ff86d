import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError } from './jute.ts';
import { decodeSnappyBlock, decodeSnappyStream, encodeSnappyBlock, encodeSnappyStream } from './snappy.ts';

/** Bytes with much in them that repeats, and some that does not. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 3000 }))
        .map(([part, times]) => {
          const run = new Uint8Array(part.length * times);
          for (let i = 0; i < times; i++) run.set(part, i * part.length);
          return run;
        }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

function joined(parts: Iterable<Uint8Array>): Uint8Array {
  return new Uint8Array(Buffer.concat([...parts]));
}

describe('a snappy block', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(bytes, (content) => {
        const plain = content.subarray(0, 65_536);
        expect(decodeSnappyBlock(encodeSnappyBlock(plain))).toEqual(plain);
      }),
    );
  });

  it('is small where there is much that repeats', () => {
    expect(encodeSnappyBlock(new Uint8Array(32_768)).length).toBeLessThan(2000);
    expect(encodeSnappyBlock(new Uint8Array(0))).toEqual(new Uint8Array([0]));
  });

  it('is read with every kind of tag', () => {
    const block = [
      ...[0x96, 0x01], // 150 bytes
      ...[0x04, 1, 2], // a literal of two
      ...[(0 << 5) | (3 << 2) | 1, 2], // seven, two back
      ...[(8 << 2) | 2, 3, 0], // nine, three back
      ...[(1 << 2) | 3, 18, 0, 0, 0], // two, eighteen back
      ...[60 << 2, 129, ...new Array<number>(130).fill(7)], // a long literal
    ];
    const start = [1, 2, 1, 2, 1, 2, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1];
    const nine = start.slice(0, 9);
    for (let i = 0; i < 9; i++) nine.push(nine[nine.length - 3] ?? 0);
    expect([...decodeSnappyBlock(new Uint8Array(block))]).toEqual([...nine, 1, 2, ...new Array<number>(130).fill(7)]);
  });

  it('is refused with nothing but JuteError where it was changed', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat({ max: 255 }), (content, where, value) => {
        const block = encodeSnappyBlock(content.subarray(0, 500));
        block[where % block.length] = value;
        try {
          decodeSnappyBlock(block);
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
      }),
    );
  });
});

describe('a snappy stream', () => {
  it('comes back as it was, whatever pieces it is written and read in', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 999 }), (plain, out, into) => {
        const parts: Uint8Array[] = [encodeSnappyStream(plain.subarray(0, out), true)];
        for (let at = out; at < plain.length; at += out)
          parts.push(encodeSnappyStream(plain.subarray(at, at + out), false));
        const stream = joined(parts);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += into) pieces.push(stream.subarray(at, at + into));
        expect(joined(decodeSnappyStream(pieces))).toEqual(plain);
      }),
    );
  });

  it('may be followed by another one', () => {
    const part = encodeSnappyStream(new Uint8Array([1, 2, 3]), true);
    expect([...joined(decodeSnappyStream([part, part]))]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('is refused where it is cut in a block, or is none', () => {
    const stream = encodeSnappyStream(new Uint8Array(100).fill(5), true);
    for (let length = 0; length < stream.length; length++) {
      if (length === 16) continue;
      expect(() => joined(decodeSnappyStream([stream.subarray(0, length)])), `${length}`).toThrow(JuteError);
    }
    expect(() => joined(decodeSnappyStream([new Uint8Array(40)]))).toThrow('not a snappy stream');
  });
});
