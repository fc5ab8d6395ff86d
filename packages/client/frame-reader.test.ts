import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Frame, FrameReader } from './frame-reader.ts';

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function drain(reader: FrameReader): Frame[] {
  const frames: Frame[] = [];
  for (let frame = reader.next(); frame !== null; frame = reader.next()) frames.push(frame);
  return frames;
}

it('frames come out whole however the stream is cut, and of those over the limit the head', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (all, cuts) => {
      const reader = new FrameReader(20, 4);
      const stream = new Uint8Array(Buffer.concat(all.map(framed)));
      const frames: Frame[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = cuts[i % cuts.length] ?? 1;
        reader.push(stream.subarray(at, at + size));
        frames.push(...drain(reader));
        at += size;
      }
      expect(frames.map(({ length, bytes }) => [length, [...bytes]])).toEqual(
        all.map((body) => [body.length, [...(body.length > 20 ? body.subarray(0, 4) : body)]]),
      );
    }),
  );
});

it('a negative length is an error', () => {
  const reader = new FrameReader(20, 4);
  reader.push(new Uint8Array([255, 255, 255, 255]));
  expect(() => reader.next()).toThrow(RangeError);
});
