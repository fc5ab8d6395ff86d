import type { DataTree } from '@vivarium/ensemble/core/tree/data-tree';
import type { Znode } from '@vivarium/ensemble/core/tree/znode';
import { ChunkedBytes, type Found } from './chunked-bytes.ts';

/** Small enough that moving what lives in one of them is no pause. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** No datum is longer: a record of a log or of a snapshot has room for no more. Nothing is written to it, so it costs nothing. */
const ZEROS = new Uint8Array(16 * 1024 * 1024);
/** Lengths of dropped data for which the stand-in is kept. */
const MAX_STAND_INS = 10_000;
/** Counted by servers in the data of these, which the tree reads. */
const KEPT = '/zookeeper/';

/** The data of a tree's znodes: in large buffers, or dropped, all of them, where they are too many. */
export class Bodies {
  private readonly chunks = new ChunkedBytes(CHUNK_BYTES);
  private readonly maxBytes: number;
  private bytes = 0;
  private areDropped = false;
  private readonly standIns = new Map<number, Uint8Array>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Whether they are dropped: the znodes have zeros of the same length instead, so that their Stats are right. */
  get dropped(): boolean {
    return this.areDropped;
  }

  /** Whether they are dropped, and not all of them have been yet. */
  get dropping(): boolean {
    return this.areDropped && this.bytes > 0;
  }

  /** What to keep instead of data that have come: the same bytes here, or zeros. */
  keep(path: string, data: Uint8Array): Uint8Array {
    if (data.length === 0 || this.chunks.holds(data) || this.isStandIn(data)) return data;
    this.areDropped ||= this.bytes + data.length > this.maxBytes;
    if (this.areDropped) return path.startsWith(KEPT) ? data : this.standIn(data.length);
    this.bytes += data.length;
    return this.chunks.put(path, data);
  }

  /** A znode keeps its data here. */
  keepOf(path: string, node: Znode): void {
    if (node.data === null || node.data.length === 0) return;
    const { data } = node;
    if (this.areDropped && this.chunks.holds(data)) {
      this.release(data);
      node.data = path.startsWith(KEPT) ? data.slice() : this.standIn(data.length);
      return;
    }
    node.data = this.keep(path, data);
  }

  /** No znode has these data any more. */
  release(data: Uint8Array): void {
    if (!this.chunks.holds(data)) return;
    this.bytes -= data.length;
    this.chunks.release(data);
  }

  /** Whether they stand for data that were dropped. */
  isStandIn(data: Uint8Array): boolean {
    return data.length > 0 && data.buffer === ZEROS.buffer;
  }

  /** Moves what is alive out of one buffer that is mostly dead; false where there is none. */
  compact(tree: DataTree): boolean {
    const chunk = this.chunks.wasteful();
    if (chunk === null) return false;
    for (const [entry, path] of chunk.paths.entries()) {
      const node = tree.get(path);
      const data = node?.data ?? null;
      const isHere = data?.buffer === chunk.bytes.buffer && data.byteOffset === chunk.starts[entry] && data.length > 0;
      if (node !== undefined && data !== null && isHere) node.data = this.chunks.put(path, data);
    }
    this.chunks.drop(chunk);
    return true;
  }

  /** Data that hold the needle, dead ones among them. */
  find(needle: Uint8Array): Generator<Found | null> {
    return this.chunks.find(needle);
  }

  private standIn(length: number): Uint8Array {
    const known = this.standIns.get(length);
    if (known !== undefined) return known;
    const view = ZEROS.subarray(0, length);
    if (this.standIns.size < MAX_STAND_INS) this.standIns.set(length, view);
    return view;
  }
}
