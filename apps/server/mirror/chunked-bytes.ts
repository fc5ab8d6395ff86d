/**
 * Byte strings of many paths in a few large buffers, to be searched as a whole. A million small arrays would take five times
 * the memory of their bytes, and looking at each takes longer than looking at all of them at once.
 */

/** One large buffer with what lies in it, in order. */
export interface Chunk {
  readonly bytes: Buffer;
  used: number;
  /** Where each entry begins; it ends where the next one begins, or at `used`. */
  readonly starts: number[];
  readonly paths: string[];
  /** Bytes that nobody has given back. */
  live: number;
}

/** Bytes of an entry that were found: whose it is, and where in it. */
export interface Found {
  readonly path: string;
  readonly offset: number;
}

/** After so many finds, or a whole chunk, a search lets others have their turn. */
const FINDS_A_TURN = 512;
/** Bytes of a chunk that are looked at to know which are frequent. */
const SAMPLES = 2_048;

export class ChunkedBytes {
  private readonly chunkBytes: number;
  private readonly chunks = new Map<ArrayBufferLike, Chunk>();
  private current: Chunk | null = null;
  private entries = 0;

  constructor(chunkBytes: number) {
    this.chunkBytes = chunkBytes;
  }

  /** How many were put here, and are not gone with their chunks. */
  get entryCount(): number {
    return this.entries;
  }

  /** Copies the bytes here and returns where they lie now. */
  put(path: string, data: Uint8Array): Uint8Array {
    let chunk = this.current;
    if (chunk === null || chunk.bytes.length - chunk.used < data.length) {
      const bytes = Buffer.from(new ArrayBuffer(Math.max(this.chunkBytes, data.length)));
      chunk = { bytes, used: 0, starts: [], paths: [], live: 0 };
      this.chunks.set(bytes.buffer, chunk);
      this.current = chunk;
    }
    const start = chunk.used;
    chunk.bytes.set(data, start);
    chunk.used += data.length;
    chunk.live += data.length;
    chunk.starts.push(start);
    chunk.paths.push(path);
    this.entries++;
    return new Uint8Array(chunk.bytes.buffer, start, data.length);
  }

  /** Whether the bytes lie here. */
  holds(data: Uint8Array): boolean {
    return this.chunks.has(data.buffer);
  }

  /** These bytes are no longer anybody's. */
  release(data: Uint8Array): void {
    const chunk = this.chunks.get(data.buffer);
    if (chunk === undefined) return;
    chunk.live -= data.length;
    if (chunk.live === 0 && chunk !== this.current) this.drop(chunk);
  }

  /** A chunk that is mostly dead; null where there is none. */
  wasteful(): Chunk | null {
    for (const chunk of this.chunks.values()) {
      if (chunk !== this.current && chunk.live * 2 < chunk.used) return chunk;
    }
    return null;
  }

  drop(chunk: Chunk): void {
    if (this.chunks.delete(chunk.bytes.buffer)) this.entries -= chunk.starts.length;
  }

  /**
   * The entries that hold the needle, each once, dead ones among them; null lets others have their turn. What is put here
   * meanwhile is looked at too.
   */
  *find(needle: Uint8Array): Generator<Found | null> {
    let finds = 0;
    for (const chunk of this.chunks.values()) {
      // From its rarest byte on: where nothing but spaces lies in front of it, there would be a find at each of them.
      const head = rarestByte(chunk, needle);
      const tail = needle.subarray(head);
      let from = 0;
      for (;;) {
        const at = chunk.bytes.indexOf(tail, from) - head;
        if (at < from - head || at + needle.length > chunk.used) break;
        if (++finds % FINDS_A_TURN === 0) yield null;
        from = at + head + 1;
        if (at < 0 || !holds(chunk.bytes, needle, at, head)) continue;
        const entry = entryAt(chunk.starts, at);
        const end = chunk.starts[entry + 1] ?? chunk.used;
        if (at + needle.length > end) continue;
        yield { path: chunk.paths[entry] ?? '', offset: at - (chunk.starts[entry] ?? 0) };
        from = end;
      }
      yield null;
    }
  }

  /** The paths of all entries, dead ones among them; null lets others have their turn. */
  *paths(): Generator<string | null> {
    for (const { paths } of this.chunks.values()) {
      for (let entry = 0; entry < paths.length; entry++) {
        yield paths[entry] ?? '';
        if (entry % FINDS_A_TURN === 0) yield null;
      }
    }
  }
}

/** The place in the needle of the byte that is rarest in the chunk, as a sample of it has them. */
function rarestByte({ bytes, used }: Chunk, needle: Uint8Array): number {
  const counts = new Uint16Array(256);
  const step = Math.max(1, Math.floor(used / SAMPLES));
  for (let at = 0; at < used; at += step) {
    const byte = bytes[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  let rarest = 0;
  for (let at = 1; at < needle.length; at++) {
    if ((counts[needle[at] ?? 0] ?? 0) < (counts[needle[rarest] ?? 0] ?? 0)) rarest = at;
  }
  return rarest;
}

/** Whether the first bytes of the needle are there. */
function holds(bytes: Uint8Array, needle: Uint8Array, at: number, length: number): boolean {
  for (let index = 0; index < length; index++) if (bytes[at + index] !== needle[index]) return false;
  return true;
}

/** The last entry that begins at or before the offset. */
function entryAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}
