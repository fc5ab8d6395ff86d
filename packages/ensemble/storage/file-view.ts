/** Files that may be larger than memory, seen through a piece of them at a time. */
import type { Disk } from './disk.ts';

const PIECE_BYTES = 1024 * 1024;

/** The pieces of a file from its beginning to its end; none where there is no such file. */
export function* piecesOf(disk: Disk, path: string): Generator<Uint8Array> {
  for (let offset = 0; ; offset += PIECE_BYTES) {
    const piece = disk.readRange(path, offset, PIECE_BYTES);
    if (piece === null || piece.length === 0) return;
    yield piece;
    if (piece.length < PIECE_BYTES) return;
  }
}

/** A file that is looked at from place to place; a missing one is as good as an empty one. */
export class FileView {
  /** The file's length when it was opened; what is appended later is not seen. */
  readonly length: number;
  private readonly disk: Disk;
  private readonly path: string;
  private piece: Uint8Array = new Uint8Array(0);
  private pieceOffset = 0;

  constructor(disk: Disk, path: string) {
    this.disk = disk;
    this.path = path;
    this.length = disk.length(path) ?? 0;
  }

  /** The bytes of a range, or as many as there are. A view that stays as it is, of a piece of the file of about 1 MiB. */
  at(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.length);
    if (offset >= end) return new Uint8Array(0);
    if (offset < this.pieceOffset || end > this.pieceOffset + this.piece.length) {
      this.piece = this.disk.readRange(this.path, offset, Math.max(end - offset, PIECE_BYTES)) ?? new Uint8Array(0);
      this.pieceOffset = offset;
    }
    return this.piece.subarray(offset - this.pieceOffset, end - this.pieceOffset);
  }

  /** The offset behind the last byte that is not zero. Preallocated files are nearly all zeros, so four bytes at a time. */
  endOfContent(): number {
    let end = this.length;
    while (end > 0) {
      const start = Math.max(0, end - PIECE_BYTES);
      const found = endOfContent(this.at(start, end - start));
      if (found > 0) return start + found;
      end = start;
    }
    return 0;
  }
}

function endOfContent(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && (bytes.byteOffset + end) % 4 !== 0) {
    if (bytes[end - 1] !== 0) return end;
    end--;
  }
  const lead = (4 - (bytes.byteOffset % 4)) % 4;
  if (end >= lead + 4) {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (end - lead) / 4);
    let index = words.length;
    while (index > 0 && words[index - 1] === 0) index--;
    end = lead + index * 4;
  }
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
