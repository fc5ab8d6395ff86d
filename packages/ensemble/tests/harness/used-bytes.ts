const BLOCK = Buffer.alloc(64 * 1024);

/**
 * How many bytes of a preallocated file are written: up to the last one that is not zero. By blocks from the end, since a
 * call for each of 64 million bytes takes from seconds to minutes.
 */
export function usedBytes(bytes: Buffer): number {
  let end = bytes.length;
  while (end >= BLOCK.length && bytes.subarray(end - BLOCK.length, end).equals(BLOCK)) end -= BLOCK.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
