/** Cuts a stream into frames: an int length and so many bytes. Chunks are joined only once their frame is whole. */

/** A frame without its length. Of one over the limit only the head is kept: `bytes` is shorter than `length`. */
export interface Frame {
  readonly length: number;
  readonly bytes: Uint8Array;
}

const LENGTH_BYTES = 4;

export class FrameReader {
  private readonly maxBytes: number;
  private readonly headBytes: number;
  private chunks: Uint8Array[] = [];
  private available = 0;
  private frameLength: number | null = null;
  private toSkip = 0;

  /** A frame longer than `maxBytes` is reported by its first `headBytes`, and the rest of it is thrown away. */
  constructor(maxBytes: number, headBytes: number) {
    this.maxBytes = maxBytes;
    this.headBytes = headBytes;
  }

  /** Takes what has arrived; the bytes must not change any more. */
  push(chunk: Uint8Array): void {
    const skipped = Math.min(this.toSkip, chunk.length);
    this.toSkip -= skipped;
    if (skipped === chunk.length) return;
    this.chunks.push(chunk.subarray(skipped));
    this.available += chunk.length - skipped;
  }

  /** The length of the frame that has begun and is not whole; null where none has. */
  get expected(): number | null {
    return this.frameLength;
  }

  /** The next frame, null while it is incomplete. Throws `RangeError` on a length that is none. */
  next(): Frame | null {
    if (this.frameLength === null) {
      if (this.available < LENGTH_BYTES) return null;
      const bytes = this.take(LENGTH_BYTES);
      const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
      if (length < 0) throw new RangeError(`a frame of ${length} bytes`);
      this.frameLength = length;
    }
    const length = this.frameLength;
    const kept = length > this.maxBytes ? Math.min(this.headBytes, length) : length;
    if (this.available < kept) return null;
    const bytes = this.take(kept);
    this.frameLength = null;
    this.skip(length - kept);
    return { length, bytes };
  }

  private skip(count: number): void {
    const skipped = Math.min(count, this.available);
    if (skipped > 0) this.take(skipped);
    this.toSkip = count - skipped;
  }

  private take(count: number): Uint8Array {
    this.available -= count;
    const [first] = this.chunks;
    if (first !== undefined && first.length >= count) {
      this.drop(first, count);
      return first.subarray(0, count);
    }
    const joined = new Uint8Array(count);
    let filled = 0;
    let used = 0;
    for (const chunk of this.chunks) {
      if (filled === count) break;
      const part = chunk.subarray(0, count - filled);
      joined.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.chunks[used] = chunk.subarray(part.length);
      else used++;
    }
    this.chunks.splice(0, used);
    return joined;
  }

  private drop(first: Uint8Array, count: number): void {
    if (count === first.length) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
  }
}
