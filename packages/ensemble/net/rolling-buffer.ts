import { assert } from '@vivarium/shared/assert';

/**
 * The unread bytes of a stream. Room is taken for bytes that have arrived, never for bytes that a length announces, and
 * each byte is copied a bounded number of times however small the chunks are.
 */
export class RollingBuffer {
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  /** Whether `bytes` is this buffer's own, so that it may be written behind `end`. */
  private owned = false;

  /** What has not been read. It stays as it is until it is consumed, also when more is appended. */
  get unread(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  get length(): number {
    return this.end - this.start;
  }

  append(chunk: Uint8Array): void {
    const unread = this.end - this.start;
    if (unread === 0) {
      // The usual case, a chunk that begins with a frame: nothing is copied.
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.owned = false;
      return;
    }
    if (!this.owned || this.end + chunk.length > this.bytes.length) {
      // A new array, since parts of the old one may be with somebody who reads frames from it.
      const grown = new Uint8Array(Math.max(2 * unread, unread + chunk.length, 256));
      grown.set(this.unread);
      this.bytes = grown;
      this.start = 0;
      this.end = unread;
      this.owned = true;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Forgets bytes at the front. */
  consume(count: number): void {
    this.start += count;
  }
}

/**
 * A chunk from a socket or a file as plain bytes: `slice` of a Node `Buffer` is a view, where readers of records count on a
 * copy.
 */
export function plainBytes(chunk: Uint8Array | string): Uint8Array {
  assert(typeof chunk !== 'string', 'a stream without an encoding gives bytes');
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
