import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeFrame } from './frames.ts';
import { plainBytes, RollingBuffer } from './rolling-buffer.ts';

/** The longest frame that Apache takes. */
const MAX_FRAME_BYTES = 1_048_575;

function frame(body: Uint8Array): Uint8Array {
  const framed = new Uint8Array(4 + body.length);
  new DataView(framed.buffer).setInt32(0, body.length);
  framed.set(body, 4);
  return framed;
}

/** Cuts the bytes into chunks of the given lengths, again and again. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + (lengths[i % lengths.length] ?? 1);
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  return chunks;
}

describe('a rolling buffer', () => {
  test('frames come out whole however the stream is cut, and stay as they are while more arrives', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 12 });
    const lengths = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(bodies, lengths, (sent, cuts) => {
        const stream = Uint8Array.from(sent.flatMap((body) => [...frame(body)]));
        const buffer = new RollingBuffer();
        const received: Uint8Array[] = [];
        for (const chunk of cut(stream, cuts)) {
          buffer.append(chunk);
          for (let next = takeFrame(buffer, 0xfffff); next !== 'incomplete'; next = takeFrame(buffer, 0xfffff)) {
            if (next === 'invalid') throw new Error('a good frame was refused');
            received.push(next);
          }
        }
        expect(buffer.length).toBe(0);
        expect(received.map((one) => [...one])).toEqual(sent.map((one) => [...one]));
      }),
    );
  });

  test.each([0, -1, -0x80000000, MAX_FRAME_BYTES + 1, 0x7fffffff])('no frame has the length %i', (length) => {
    const buffer = new RollingBuffer();
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, length);
    buffer.append(bytes);
    expect(takeFrame(buffer, 0xfffff)).toBe('invalid');
  });

  test('a frame of the greatest length, byte by byte at its end', () => {
    const whole = frame(new Uint8Array(MAX_FRAME_BYTES).fill(7));
    const buffer = new RollingBuffer();
    buffer.append(whole.subarray(0, whole.length - 2));
    expect(takeFrame(buffer, 0xfffff)).toBe('incomplete');
    buffer.append(whole.subarray(whole.length - 2, whole.length - 1));
    expect(takeFrame(buffer, 0xfffff)).toBe('incomplete');
    buffer.append(whole.subarray(whole.length - 1));
    expect(takeFrame(buffer, 0xfffff)).toEqual(whole.subarray(4));
  });

  test('plain bytes copy where a Buffer would give a view', () => {
    const buffer = Buffer.from([1, 2, 3]);
    const copy = plainBytes(buffer).slice(0, 2);
    buffer.fill(9);
    expect([...copy]).toEqual([1, 2]);
  });
});
