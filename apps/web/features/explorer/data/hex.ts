/** A dump of bytes by lines: offset, sixteen bytes in hex, and the same as ASCII. */

const BYTES_PER_LINE = 16;

export interface HexLine {
  readonly offset: string;
  /** Two halves of eight bytes each. */
  readonly hex: readonly [string, string];
  readonly ascii: string;
}

/** As many lines as bytes need; none for no bytes. */
export function hexLineCount(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / BYTES_PER_LINE);
}

export function hexLine(bytes: Uint8Array, line: number): HexLine {
  const start = line * BYTES_PER_LINE;
  const part = bytes.subarray(start, start + BYTES_PER_LINE);
  const codes = Array.from(part, (byte) => byte.toString(16).padStart(2, '0'));
  return {
    offset: start.toString(16).padStart(8, '0'),
    hex: [codes.slice(0, 8).join(' '), codes.slice(8).join(' ')],
    ascii: Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join(''),
  };
}
