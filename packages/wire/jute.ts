/**
 * Jute, Hadoop's record format, as ZooKeeper uses it: big-endian, fields in order, no tags. A buffer or ustring is an int
 * length and its bytes (-1 for null); a vector is an int count and its items (-1 for null). Java `BinaryInputArchive`.
 */
import { decodeUtf8, utf8Length, writeUtf8 } from '@vivarium/shared/utf8';

/** Bytes that are not the record they should be. Whoever reads from outside catches it and answers or closes. */
export class JuteError extends Error {
  override name = 'JuteError';
  /** True where more bytes could still complete the record; false where no continuation makes it good. */
  readonly truncated: boolean;

  constructor(message: string, truncated = false) {
    super(message);
    this.truncated = truncated;
  }
}

/** Writes one record, or several, into a buffer that grows. */
export class JuteWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private length = 0;

  constructor(initialCapacity = 256) {
    this.bytes = new Uint8Array(initialCapacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Room for so many bytes. It may replace `bytes` and `view`, so it is called before either is looked at. */
  private reserve(count: number): number {
    const at = this.length;
    this.length = at + count;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  byte(value: number): this {
    const at = this.reserve(1);
    this.view.setInt8(at, value);
    return this;
  }

  bool(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  int(value: number): this {
    const at = this.reserve(4);
    this.view.setInt32(at, value);
    return this;
  }

  long(value: bigint): this {
    const at = this.reserve(8);
    this.view.setBigInt64(at, value);
    return this;
  }

  /** A long that is a safe integer, such as a time in ms. */
  longNumber(value: number): this {
    const at = this.reserve(8);
    const high = Math.floor(value / 0x100000000);
    this.view.setInt32(at, high);
    this.view.setUint32(at + 4, value - high * 0x100000000);
    return this;
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    return this.raw(value);
  }

  string(value: string | null): this {
    if (value === null) return this.int(-1);
    const length = utf8Length(value);
    this.int(length);
    const at = this.reserve(length);
    writeUtf8(value, this.bytes, at);
    return this;
  }

  vector<T>(items: readonly T[] | null, write: (writer: this, item: T) => void): this {
    if (items === null) return this.int(-1);
    this.int(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /** Bytes that are encoded already. */
  raw(value: Uint8Array): this {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
    return this;
  }

  /** How many bytes there is room for, without growing again. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** How many bytes have been written. */
  get size(): number {
    return this.length;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** Forgets what has been written and keeps the room. */
  reset(): void {
    this.length = 0;
  }

  /** What has been written behind an int with its length: a frame of the client and election ports. */
  finishFrame(): Uint8Array {
    const frame = new Uint8Array(this.length + 4);
    new DataView(frame.buffer).setInt32(0, this.length);
    frame.set(this.bytes.subarray(0, this.length), 4);
    return frame;
  }
}

const SCRATCH_BYTES = 4096;
/** Room beyond this is given back: one very long record must not be the size of the writer for ever. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
let scratch = new JuteWriter(SCRATCH_BYTES);

/**
 * An empty writer for a record that is finished before anything else is written: allocating one for each of a hundred
 * thousand replies a second costs more than encoding them.
 */
export function scratchWriter(): JuteWriter {
  if (scratch.capacity > MAX_KEPT_BYTES) scratch = new JuteWriter(SCRATCH_BYTES);
  scratch.reset();
  return scratch;
}

/** Reads records from bytes. Every method throws `JuteError` where the bytes do not hold what is asked for. */
export class JuteReader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at: number;
  private readonly maxLength: number;
  private readonly lends: boolean;

  /**
   * `maxLength` bounds the length of every buffer and string (Java's `jute.maxbuffer` plus `extrasize`). `lends`: the bytes
   * never change and may live as long as what is read from them, so a buffer that is most of them is given as a view.
   */
  constructor(bytes: Uint8Array, offset = 0, maxLength = 0x7fffffff, lends = false) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = offset;
    this.maxLength = maxLength;
    this.lends = lends;
  }

  /** The offset of the next byte. */
  get offset(): number {
    return this.at;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.bytes.length - this.at;
  }

  private take(count: number): number {
    const at = this.at;
    if (count > this.bytes.length - at) {
      throw new JuteError(`${count} bytes wanted at ${at}, ${this.bytes.length - at} left`, true);
    }
    this.at = at + count;
    return at;
  }

  byte(): number {
    return this.view.getInt8(this.take(1));
  }

  bool(): boolean {
    return this.byte() !== 0;
  }

  int(): number {
    return this.view.getInt32(this.take(4));
  }

  long(): bigint {
    return this.view.getBigInt64(this.take(8));
  }

  /** A long that must be a safe integer, such as a time in ms. */
  longNumber(): number {
    const at = this.take(8);
    const value = this.view.getInt32(at) * 0x100000000 + this.view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new JuteError(`a number out of range at ${at}`);
    return value;
  }

  private fieldLength(): number {
    const at = this.at;
    const length = this.int();
    if (length < -1 || length > this.maxLength) throw new JuteError(`a field of ${length} bytes at ${at}`);
    return length;
  }

  /** A buffer: a copy, so that a small datum does not keep a large network buffer alive, or a view of lent bytes. */
  buffer(): Uint8Array | null {
    const length = this.fieldLength();
    if (length < 0) return null;
    const start = this.take(length);
    if (this.lends && length * 2 >= this.bytes.length) return this.bytes.subarray(start, start + length);
    return this.bytes.slice(start, start + length);
  }

  string(): string | null {
    const length = this.fieldLength();
    if (length < 0) return null;
    const start = this.take(length);
    return decodeUtf8(this.bytes, start, start + length);
  }

  /** A string where null makes no sense; null is read as the empty string. */
  text(): string {
    return this.string() ?? '';
  }

  /** A vector whose items take at least one byte each, so that a count alone cannot make it allocate. */
  vector<T>(read: (reader: this) => T): T[] | null {
    const at = this.at;
    const count = this.int();
    if (count === -1) return null;
    if (count < -1) throw new JuteError(`a vector of ${count} items at ${at}`);
    if (count > this.remaining)
      throw new JuteError(`a vector of ${count} items at ${at}, ${this.remaining} bytes left`, true);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read(this));
    return items;
  }

  /** Passes over so many bytes. */
  skip(count: number): void {
    this.take(count);
  }

  /** Passes over a buffer or a string. */
  skipField(): void {
    this.take(Math.max(0, this.fieldLength()));
  }

  /** The bytes that are left, as a view. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.take(this.remaining));
  }
}
