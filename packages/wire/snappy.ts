/**
 * Snappy, as compressed snapshots of Apache ZooKeeper are written (`snapshot.compression.method=snappy`): blocks of the
 * format of Google's `format_description.txt`, in the stream of the library that Java uses (`SnappyOutputStream`): a header
 * of 16 bytes, then {length int, block} again and again, without an end mark.
 *
 * A block is a varint, the length of what it stands for, then literals and copies. The low two bits of a tag are 0 for a
 * literal, else for a copy with an offset of 11, 16 or 32 bits back into what has been written already.
 */
import { JuteError } from './jute.ts';

/** Java `SnappyCodec`: a magic of 8 bytes, the version and the lowest version that can read it. */
const STREAM_HEADER = new Uint8Array([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
/** What a writer puts into one block (Java's default); offsets within it fit into 16 bits. */
const BLOCK_BYTES = 32 * 1024;
/** No writer makes larger blocks; more would let a damaged length take any memory. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

const HASH_BITS = 13;
const MIN_MATCH = 4;
const MAX_COPY = 64;

/** The stream for the bytes; `first`: it begins here, with its header. The parts of a stream stand behind one another. */
export function encodeSnappyStream(bytes: Uint8Array, first: boolean): Uint8Array {
  const parts: Uint8Array[] = first ? [STREAM_HEADER] : [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = encodeSnappyBlock(bytes.subarray(at, at + BLOCK_BYTES));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, block.length);
    parts.push(length, block);
  }
  const stream = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    stream.set(part, at);
    at += part.length;
  }
  return stream;
}

/** The bytes that a stream stands for, block by block, from pieces of any size. Throws `JuteError` where it is none. */
export function* decodeSnappyStream(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held = new Uint8Array(0);
  let wanted = STREAM_HEADER.length;
  let section: 'header' | 'length' | 'block' = 'header';
  for (const piece of pieces) {
    const bytes = new Uint8Array(held.length + piece.length);
    bytes.set(held);
    bytes.set(piece, held.length);
    let at = 0;
    while (bytes.length - at >= wanted) {
      const part = bytes.subarray(at, at + wanted);
      at += wanted;
      if (section === 'length' && part[0] === STREAM_HEADER[0]) {
        // Another stream behind the first one: its header, of which this is the beginning.
        section = 'header';
        at -= wanted;
        wanted = STREAM_HEADER.length;
      } else if (section === 'length') {
        wanted = new DataView(part.buffer, part.byteOffset).getInt32(0);
        if (wanted <= 0 || wanted > MAX_BLOCK_BYTES) throw new JuteError(`a snappy block of ${wanted} bytes`);
        section = 'block';
      } else {
        if (section === 'block') yield decodeSnappyBlock(part);
        else if (!part.every((byte, index) => byte === STREAM_HEADER[index]))
          throw new JuteError('not a snappy stream');
        section = 'length';
        wanted = 4;
      }
    }
    held = bytes.slice(at);
  }
  if (section !== 'length' || held.length > 0) throw new JuteError('a snappy stream that is cut off', true);
}

/** Compresses up to 64 KiB. */
export function encodeSnappyBlock(bytes: Uint8Array): Uint8Array {
  const writer = new BlockWriter(bytes);
  // Where four bytes with the same hash were seen last.
  const table = new Uint16Array(1 << HASH_BITS);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const limit = bytes.length - MIN_MATCH;
  let literalStart = 0;
  let at = 1;
  // The longer nothing matches, the larger the steps: what cannot be compressed costs little time.
  let misses = 0;
  while (at <= limit) {
    const word = view.getUint32(at, true);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = table[hash] as number;
    table[hash] = at;
    if (candidate >= at || view.getUint32(candidate, true) !== word) {
      at += 1 + (misses++ >> 5);
      continue;
    }
    let length = MIN_MATCH;
    while (at + length < bytes.length && bytes[candidate + length] === bytes[at + length]) length++;
    writer.literal(literalStart, at);
    writer.copy(at - candidate, length);
    at += length;
    literalStart = at;
    misses = 0;
  }
  writer.literal(literalStart, bytes.length);
  return writer.finish();
}

class BlockWriter {
  private readonly source: Uint8Array;
  private readonly target: Uint8Array;
  private at = 0;

  constructor(source: Uint8Array) {
    this.source = source;
    // A literal of up to 64 KiB takes three bytes more; a copy never takes more than what it stands for.
    this.target = new Uint8Array(32 + source.length + Math.floor(source.length / 6));
    let length = source.length;
    for (; length >= 0x80; length >>>= 7) this.byte((length & 0x7f) | 0x80);
    this.byte(length);
  }

  private byte(value: number): void {
    this.target[this.at++] = value;
  }

  literal(start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    const less = length - 1;
    if (less < 60) {
      this.byte(less << 2);
    } else if (less < 0x100) {
      this.byte(60 << 2);
      this.byte(less);
    } else {
      this.byte(61 << 2);
      this.byte(less & 0xff);
      this.byte(less >>> 8);
    }
    this.target.set(this.source.subarray(start, end), this.at);
    this.at += length;
  }

  copy(offset: number, length: number): void {
    for (let left = length; left > 0; ) {
      const part = Math.min(left, MAX_COPY);
      this.byte(((part - 1) << 2) | 2);
      this.byte(offset & 0xff);
      this.byte(offset >>> 8);
      left -= part;
    }
  }

  finish(): Uint8Array {
    return this.target.subarray(0, this.at);
  }
}

/** The bytes that a block stands for. Throws `JuteError` where it is none. */
export function decodeSnappyBlock(block: Uint8Array): Uint8Array {
  let at = 0;
  const byte = (): number => {
    const value = block[at++];
    if (value === undefined) throw new JuteError('a snappy block that is cut off');
    return value;
  };
  const little = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value += byte() * 2 ** (8 * i);
    return value;
  };
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const part = byte();
    length += (part & 0x7f) * 2 ** shift;
    if (part < 0x80) break;
    if (shift >= 28) throw new JuteError('a snappy block of no length');
  }
  if (length > MAX_BLOCK_BYTES) throw new JuteError(`a snappy block for ${length} bytes`);
  const bytes = new Uint8Array(length);
  let written = 0;
  while (at < block.length) {
    const tag = byte();
    const high = tag >>> 2;
    if ((tag & 3) === 0) {
      const count = (high < 60 ? high : little(high - 59)) + 1;
      if (count > length - written || count > block.length - at)
        throw new JuteError('a snappy literal that is too long');
      bytes.set(block.subarray(at, at + count), written);
      at += count;
      written += count;
      continue;
    }
    const count = (tag & 3) === 1 ? (high & 7) + 4 : high + 1;
    const offset = (tag & 3) === 1 ? (tag >>> 5) * 256 + byte() : little((tag & 3) === 2 ? 2 : 4);
    if (offset === 0 || offset > written || count > length - written) throw new JuteError('a snappy copy of nothing');
    // Byte by byte: a copy may reach into what it writes itself.
    for (let end = written + count; written < end; written++) bytes[written] = bytes[written - offset] as number;
  }
  if (written !== length) throw new JuteError('a snappy block that is shorter than it says');
  return bytes;
}
