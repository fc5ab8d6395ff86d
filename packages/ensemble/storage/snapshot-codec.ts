/** How snapshot files are compressed (Java `SnapStream`): the end of the name says it, and the checksums are of the plain bytes. */
import { JuteError } from '@vivarium/wire/jute';
import { decodeSnappyStream, encodeSnappyStream } from '@vivarium/wire/snappy';
import type { Disk } from './disk.ts';
import { piecesOf } from './file-view.ts';

export interface SnapshotCodec {
  /** What the names of the files end with. */
  readonly suffix: string;
  /** Gives `done`, now or later, what is to be written for the next piece of a snapshot; `first` is true for the first one. */
  compress(piece: Uint8Array, first: boolean, done: (bytes: Uint8Array) => void): void;
  /** The plain bytes of a file, from its pieces. Throws `JuteError` where they are not whole. */
  decompress(pieces: Iterable<Uint8Array>): Iterable<Uint8Array>;
}

/** No compression. */
export const PLAIN: SnapshotCodec = {
  suffix: '',
  compress: (piece, _first, done) => done(piece),
  decompress: (pieces) => pieces,
};

/** `snapshot.compression.method=snappy`. */
export const SNAPPY: SnapshotCodec = {
  suffix: '.snappy',
  compress: (piece, first, done) => done(encodeSnappyStream(piece, first)),
  decompress: decodeSnappyStream,
};

/**
 * The plain pieces of a snapshot file, as its name says. `gzip` is not pure and comes from outside; without it such files
 * are not read. Throws `JuteError` while it is read where the file is not whole.
 */
export function snapshotPieces(disk: Disk, path: string, gzip: SnapshotCodec | null): Iterable<Uint8Array> {
  const codec = [SNAPPY, gzip].find((one) => one !== null && path.endsWith(one.suffix)) ?? PLAIN;
  if (codec === PLAIN && path.endsWith('.gz')) throw new JuteError('gzip, which is not supported here');
  return codec.decompress(piecesOf(disk, path));
}
