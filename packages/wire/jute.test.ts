import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteError, JuteReader, JuteWriter } from './jute.ts';

/** One field of a record: how it is written, and how it is read back. */
interface Field {
  readonly write: (writer: JuteWriter) => unknown;
  readonly read: (reader: JuteReader) => unknown;
  readonly value: unknown;
}

const planeText = fc
  .array(fc.integer({ min: 0, max: 0xd7ff }), { maxLength: 30 })
  .map((u) => String.fromCharCode(...u));

const field: fc.Arbitrary<Field> = fc.oneof(
  fc
    .integer({ min: -128, max: 127 })
    .map((value) => ({ value, write: (w: JuteWriter) => w.byte(value), read: (r: JuteReader) => r.byte() })),
  fc.boolean().map((value) => ({ value, write: (w: JuteWriter) => w.bool(value), read: (r: JuteReader) => r.bool() })),
  fc.integer().map((value) => ({ value, write: (w: JuteWriter) => w.int(value), read: (r: JuteReader) => r.int() })),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map((value) => ({
    value,
    write: (w: JuteWriter) => w.long(value),
    read: (r: JuteReader) => r.long(),
  })),
  fc.maxSafeInteger().map((value) => ({
    value,
    write: (w: JuteWriter) => w.longNumber(value),
    read: (r: JuteReader) => r.longNumber(),
  })),
  fc.option(fc.uint8Array({ maxLength: 300 })).map((value) => ({
    value,
    write: (w: JuteWriter) => w.buffer(value),
    read: (r: JuteReader) => r.buffer(),
  })),
  fc
    .option(planeText)
    .map((value) => ({ value, write: (w: JuteWriter) => w.string(value), read: (r: JuteReader) => r.string() })),
  fc.option(fc.array(fc.integer(), { maxLength: 20 })).map((value) => ({
    value,
    write: (w: JuteWriter) => w.vector(value, (writer, item) => writer.int(item)),
    read: (r: JuteReader) => r.vector((reader) => reader.int()),
  })),
);
const record = fc.array(field, { maxLength: 12 });

function written(fields: readonly Field[], capacity?: number): Uint8Array {
  const writer = new JuteWriter(capacity);
  for (const { write } of fields) write(writer);
  return writer.finish();
}

describe('jute', () => {
  it('reads back what was written, however often the buffer had to grow', () => {
    fc.assert(
      fc.property(record, fc.integer({ min: 0, max: 64 }), (fields, capacity) => {
        const bytes = written(fields, capacity);
        const reader = new JuteReader(bytes);
        for (const { read, value } of fields) expect(read(reader)).toEqual(value);
        expect(reader.remaining).toBe(0);
        expect(written(fields)).toEqual(bytes);
      }),
    );
  });

  it('is big-endian, with -1 for null', () => {
    const writer = new JuteWriter(0);
    writer
      .int(1)
      .long(-2n)
      .bool(true)
      .buffer(null)
      .string('hé')
      .vector(null, () => {})
      .longNumber(2 ** 40 + 5);
    expect(Buffer.from(writer.finish()).toString('hex')).toBe(
      '00000001' + 'fffffffffffffffe' + '01' + 'ffffffff' + '0000000368c3a9' + 'ffffffff' + '0000010000000005',
    );
    expect(writer.size).toBe(4 + 8 + 1 + 4 + 7 + 4 + 8);
  });

  it('says of every truncated record that more bytes could complete it', () => {
    fc.assert(
      fc.property(record, fc.nat(), (fields, cut) => {
        const bytes = written(fields);
        fc.pre(bytes.length > 0);
        const reader = new JuteReader(bytes.subarray(0, cut % bytes.length));
        let fault: unknown = null;
        try {
          for (const { read } of fields) read(reader);
        } catch (error) {
          fault = error;
        }
        expect(fault).toBeInstanceOf(JuteError);
        expect((fault as JuteError).truncated).toBe(true);
      }),
    );
  });

  it('throws nothing but JuteError, and allocates nothing for lengths that cannot be', () => {
    const read = (bytes: number[], action: (reader: JuteReader) => unknown, maxLength?: number): void => {
      expect(() => action(new JuteReader(new Uint8Array(bytes), 0, maxLength))).toThrow(JuteError);
    };
    read([0x7f, 0xff, 0xff, 0xff], (r) => r.buffer());
    read([0x7f, 0xff, 0xff, 0xff, 0], (r) => r.vector((v) => v.byte()));
    read([0xff, 0xff, 0xff, 0xfe], (r) => r.buffer());
    read([0xff, 0xff, 0xff, 0xfe], (r) => r.vector((v) => v.byte()));
    read([0, 0, 0, 5, 1, 2, 3, 4, 5], (r) => r.buffer(), 4);
    read([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], (r) => r.longNumber());
  });

  it('copies buffers and shows the rest as a view', () => {
    const bytes = new JuteWriter()
      .buffer(new Uint8Array([1, 2]))
      .byte(9)
      .finish();
    const reader = new JuteReader(bytes);
    const copy = reader.buffer();
    expect(reader.rest()).toEqual(new Uint8Array([9]));
    bytes.fill(0);
    expect(copy).toEqual(new Uint8Array([1, 2]));
    expect(new JuteReader(new JuteWriter().string(null).finish()).text()).toBe('');
  });

  it('frames with a length, and starts over', () => {
    const writer = new JuteWriter(2).int(7);
    expect(writer.finishFrame()).toEqual(new Uint8Array([0, 0, 0, 4, 0, 0, 0, 7]));
    writer.reset();
    expect(writer.byte(1).finish()).toEqual(new Uint8Array([1]));
  });
});
