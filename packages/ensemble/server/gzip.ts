import zlib from 'node:zlib';
import { JuteError } from '@vivarium/wire/jute';
import type { SnapshotCodec } from '../storage/snapshot-codec.ts';

/**
 * `snapshot.compression.method=gz`. Each piece is a member of its own: the file is written and read without holding more
 * of it, and every reader of gzip takes members that stand behind one another (RFC 1952 §2.2; Java `GZIPInputStream`).
 */
export const GZIP: SnapshotCodec = {
  suffix: '.gz',
  compress: (piece, _first, done) => {
    zlib.gzip(piece, (error, bytes) => {
      // Nothing that is given to it can be wrong: what is left is memory.
      if (error !== null) throw error;
      done(bytes);
    });
  },
  decompress: gunzip,
};

function* gunzip(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  // What Apache writes is one member: to try it again with each piece would take the square of its length.
  let tryAtBytes = 0;
  for (const piece of pieces) {
    held = Buffer.concat([held, piece]);
    if (held.length >= tryAtBytes) {
      held = yield* takeMembers(held);
      tryAtBytes = 2 * held.length;
    }
  }
  held = yield* takeMembers(held);
  if (held.length > 0) throw new JuteError('a gzip member that is cut off', true);
}

/** The content of all members that are whole; returns the bytes behind them. */
function* takeMembers(bytes: Uint8Array): Generator<Uint8Array, Uint8Array> {
  let left = bytes;
  for (let member = readMember(left); member !== null; member = readMember(left)) {
    yield member.plain;
    left = left.subarray(member.end);
  }
  return left;
}

/** Flags of a member's header. */
const HEADER_CHECKSUM = 2;
const EXTRA_FIELD = 4;
const NAME = 8;
const COMMENT = 16;

/** The first member, or null where it goes on behind the bytes. Throws `JuteError` where there is none. */
function readMember(bytes: Uint8Array): { plain: Uint8Array; end: number } | null {
  const start = dataOffset(bytes);
  if (start === null || start >= bytes.length) return null;
  const inflated = inflate(bytes.subarray(start));
  if (inflated === null) return null;
  const { plain, consumed } = inflated;
  const trailer = start + consumed;
  if (bytes.length < trailer + 8) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + trailer, 8);
  if (view.getUint32(0, true) !== zlib.crc32(plain) || view.getUint32(4, true) !== plain.length % 2 ** 32)
    throw new JuteError('a gzip member with a wrong checksum');
  return { plain, end: trailer + 8 };
}

/** Where the compressed data begin behind a member's header (RFC 1952 §2.3); null where the header is not whole. */
function dataOffset(bytes: Uint8Array): number | null {
  for (const [index, expected] of [0x1f, 0x8b, 8].entries()) {
    if (index < bytes.length && bytes[index] !== expected) throw new JuteError('not a gzip file');
  }
  if (bytes.length < 10) return null;
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & EXTRA_FIELD) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [NAME, COMMENT]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return null;
    at = end + 1;
  }
  return (flags & HEADER_CHECKSUM) === 0 ? at : at + 2;
}

/** Inflates up to the end of the data, whatever is behind it; null where the data go on behind the bytes. */
function inflate(bytes: Uint8Array): { plain: Uint8Array; consumed: number } | null {
  try {
    const result: unknown = zlib.inflateRawSync(bytes, { info: true });
    if (!isInflated(result)) throw new TypeError('inflateRawSync has not told how much it has read');
    return { plain: result.buffer, consumed: result.engine.bytesWritten };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'Z_BUF_ERROR') return null;
    if (code === 'Z_DATA_ERROR') throw new JuteError('a gzip member that cannot be inflated');
    throw error;
  }
}

/** What zlib gives with the option `info`, which its types do not tell. */
function isInflated(result: unknown): result is { buffer: Uint8Array; engine: { bytesWritten: number } } {
  return (
    typeof result === 'object' &&
    result !== null &&
    'engine' in result &&
    'buffer' in result &&
    result.buffer instanceof Uint8Array &&
    typeof result.engine === 'object' &&
    result.engine !== null &&
    'bytesWritten' in result.engine &&
    typeof result.engine.bytesWritten === 'number'
  );
}
