/** Takes in the snapshot that a leader sends to an observer, within its limits and with little overhead. */
import { JuteError } from '@vivarium/wire/jute';
import type { SnapshotEntry } from '@vivarium/wire/snapshot';
import { DatabaseBuilder } from '../core/database.ts';

/** Bodies up to this size are laid together; an array of its own costs as much again as such a body. */
const MAX_SHARED_BYTES = 4 * 1024;
const BUFFER_BYTES = 1024 * 1024;

/** A tree is larger than may be taken. */
class TooLargeError extends JuteError {
  override name = 'TooLargeError';
}

export class SnapshotIntake extends DatabaseBuilder {
  private readonly keepBody: (path: string, data: Uint8Array) => Uint8Array | null;
  private readonly maxZnodes: number;
  private readonly tooLarge: () => void;
  private znodes = 0;

  /** `tooLarge` is called before `add` throws since there are more znodes. */
  constructor(
    keepBody: (path: string, data: Uint8Array) => Uint8Array | null,
    maxZnodes: number,
    tooLarge: () => void,
  ) {
    super();
    this.keepBody = keepBody;
    this.maxZnodes = maxZnodes;
    this.tooLarge = tooLarge;
  }

  override add(entry: SnapshotEntry): void {
    if (entry.kind !== 'node') {
      super.add(entry);
      return;
    }
    if (++this.znodes > this.maxZnodes) {
      this.tooLarge();
      throw new TooLargeError(`a tree of more than ${this.maxZnodes} znodes`);
    }
    const { node } = entry;
    const data = node.data === null || node.data.length === 0 ? node.data : this.keepBody(node.path, node.data);
    super.add({ kind: 'node', node: { ...node, data } });
  }
}

/** Lays bodies into large buffers: each is copied behind the one before it, and the view of it is returned. */
export class SharedBuffers {
  private buffer = new Uint8Array(0);
  private used = 0;

  place(data: Uint8Array): Uint8Array {
    if (data.length > MAX_SHARED_BYTES) return data;
    if (this.used + data.length > this.buffer.length) {
      this.buffer = new Uint8Array(BUFFER_BYTES);
      this.used = 0;
    }
    const start = this.used;
    this.used += data.length;
    this.buffer.set(data, start);
    return this.buffer.subarray(start, this.used);
  }
}
