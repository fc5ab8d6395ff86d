import type { RollingBuffer } from './rolling-buffer.ts';

/** A frame without its length, `incomplete` where more bytes are wanted, or `invalid` where no frame has such a length. */
export type NextFrame = Uint8Array | 'incomplete' | 'invalid';

/**
 * Takes the next frame of the client port: an int with its length (Java `NIOServerCnxn.readLength`), and its bytes, `maxBytes`
 * of them at most (Java `jute.maxbuffer`).
 */
export function takeFrame(buffer: RollingBuffer, maxBytes: number): NextFrame {
  if (buffer.length < 4) return 'incomplete';
  const unread = buffer.unread;
  const length = readInt(unread);
  if (length <= 0 || length > maxBytes) return 'invalid';
  if (unread.length < 4 + length) return 'incomplete';
  buffer.consume(4 + length);
  return unread.subarray(4, 4 + length);
}

function readInt(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}
