import type { Socket } from 'node:net';
import { streamSnapshot } from '@vivarium/wire/snapshot';
import type { HeldSnapshot } from '../core/database.ts';
import { SocketWriter } from './socket-writer.ts';

/** No more than this waits in the socket, so that what is queued behind a slow peer is counted here. */
const MAX_IN_SOCKET_BYTES = 1024 * 1024;
/** After so much of a snapshot others have their turn. */
const SNAPSHOT_SLICE_BYTES = 1024 * 1024;
/** Room for all that is kept for a learner that comes back: 500 transactions of 1 MiB, and what is proposed meanwhile. */
const MAX_QUEUED_BYTES = 640 * 1024 * 1024;

type Entry =
  | { readonly bytes: Uint8Array }
  | { readonly snapshot: HeldSnapshot; readonly chunks: Iterator<Uint8Array> };

/** What goes out on one link of the quorum port: packets, and snapshots that are written only as fast as they are taken. */
export class OutgoingQueue {
  private readonly writer: SocketWriter;
  private entries: Entry[] = [];
  private head = 0;
  private bytes = 0;
  private turn: NodeJS.Immediate | null = null;
  private onEmpty: (() => void) | null = null;
  private ended = false;

  constructor(socket: Socket) {
    this.writer = new SocketWriter(socket);
    socket.on('drain', () => this.flush());
  }

  /** False where the queue is full: the peer takes too little of what it is sent. */
  push(bytes: Uint8Array): boolean {
    this.entries.push({ bytes });
    this.bytes += bytes.length;
    return this.bytes <= MAX_QUEUED_BYTES;
  }

  /** Queues a snapshot and releases it when it is written, or never will be. */
  pushSnapshot(snapshot: HeldSnapshot): void {
    if (this.ended) snapshot.release();
    else this.entries.push({ snapshot, chunks: streamSnapshot(snapshot) });
  }

  /** Calls back, once, when all has been handed to the system. */
  whenEmpty(onEmpty: () => void): void {
    this.onEmpty = onEmpty;
    this.flush();
  }

  /** Hands over as much as the socket should take. */
  flush(): void {
    if (this.turn !== null || this.ended) return;
    let sliceBytes = 0;
    let entry = this.entries[this.head];
    while (entry !== undefined && this.writer.queuedBytes < MAX_IN_SOCKET_BYTES) {
      if ('bytes' in entry) {
        this.writer.push(entry.bytes);
        this.bytes -= entry.bytes.length;
        this.head++;
      } else if (sliceBytes >= SNAPSHOT_SLICE_BYTES) {
        this.turn = setImmediate(() => {
          this.turn = null;
          this.flush();
        });
        break;
      } else {
        const chunk = entry.chunks.next();
        if (chunk.done) {
          entry.snapshot.release();
          this.head++;
        } else {
          this.writer.push(chunk.value);
          sliceBytes += chunk.value.length;
          this.writer.flush();
        }
      }
      entry = this.entries[this.head];
    }
    this.writer.flush();
    this.compact();
    if (this.entries.length === 0) {
      const { onEmpty } = this;
      this.onEmpty = null;
      onEmpty?.();
    }
  }

  /** Forgets all that has not gone out. */
  end(): void {
    this.ended = true;
    if (this.turn !== null) clearImmediate(this.turn);
    this.turn = null;
    for (const entry of this.entries.slice(this.head)) if ('snapshot' in entry) entry.snapshot.release();
    this.entries = [];
    this.head = 0;
    this.bytes = 0;
  }

  private compact(): void {
    if (this.head === this.entries.length) {
      this.entries = [];
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
  }
}
