import type { Socket } from 'node:net';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { streamSnapshot } from '@vivarium/wire/snapshot';
import type { HeldSnapshot } from '../core/database.ts';
import type { LinkFaults } from './link-faults.ts';
import { SocketWriter } from './socket-writer.ts';

/** No more than this waits in the socket, so that what is queued behind a slow peer is counted here. */
const MAX_IN_SOCKET_BYTES = 1024 * 1024;
/** After so much of a snapshot others have their turn. */
const SNAPSHOT_SLICE_BYTES = 1024 * 1024;
/** Room for all that is kept for a learner that comes back: 500 transactions of 1 MiB, and what is proposed meanwhile. */
const MAX_QUEUED_BYTES = 640 * 1024 * 1024;
/** What a fault may withhold of one connection. */
const MAX_WITHHELD_BYTES = 64 * 1024 * 1024;

type Entry = {
  /** When it was queued, on the clock of `performance.now()`; 0 where no fault stood then that would delay it. */
  readonly sinceMs: number;
} & (
  | { readonly bytes: Uint8Array }
  | { readonly snapshot: HeldSnapshot; readonly chunks: Iterator<Uint8Array> }
  | { readonly done: () => void }
);

/**
 * What goes out on one connection to another server: packets, and snapshots that are written only as fast as they are
 * taken. The fault on the way to the peer acts here: a cut withholds all, a delay each entry for its time, in their order.
 */
export class OutgoingQueue {
  private readonly writer: SocketWriter;
  private readonly faults: LinkFaults;
  private readonly forgetFaults: () => void;
  private readonly progress: () => void;
  private peer: bigint | null;
  private fault: LinkFault | null;
  private entries: Entry[] = [];
  private head = 0;
  private bytes = 0;
  private turn: NodeJS.Immediate | null = null;
  private delay: NodeJS.Timeout | null = null;
  private ended = false;

  /**
   * `peer`: whom the connection leads to; null until that is known. `progress` is called while a snapshot, or what waits
   * behind a slow peer, goes out.
   */
  constructor(socket: Socket, faults: LinkFaults, peer: bigint | null, progress = (): void => {}) {
    this.writer = new SocketWriter(socket);
    this.faults = faults;
    this.peer = peer;
    this.fault = faults.get(peer);
    this.forgetFaults = faults.onChange(() => this.faultChanged());
    this.progress = progress;
    socket.on('drain', () => {
      if (this.head < this.entries.length) progress();
      this.flush();
    });
    socket.once('close', () => this.end());
  }

  /** Whether the fault of the moment keeps everything back. */
  get isCut(): boolean {
    return this.fault?.kind === 'cut';
  }

  /** Whom the connection leads to. */
  identify(peer: bigint): void {
    this.peer = peer;
    this.faultChanged();
  }

  /** Queues bytes. Returns why the connection must be reset, as a rule null. */
  push(bytes: Uint8Array): string | null {
    const { fault } = this;
    // A stream without one of its messages would be a lie: all that a lossy network can do to TCP is to break it.
    if (fault?.kind === 'drop' && Math.random() * 100 < fault.percent) return 'a message was dropped on purpose';
    this.entries.push({ bytes, sinceMs: this.sinceMs });
    this.bytes += bytes.length;
    if (this.bytes > MAX_QUEUED_BYTES) return 'the other side takes too little of what it is sent';
    return fault !== null && this.bytes > MAX_WITHHELD_BYTES ? 'more is withheld than there is room for' : null;
  }

  /** Queues a snapshot and releases it when it is written, or never will be. */
  pushSnapshot(snapshot: HeldSnapshot): void {
    if (this.ended) snapshot.release();
    else this.entries.push({ snapshot, chunks: streamSnapshot(snapshot), sinceMs: this.sinceMs });
  }

  /** Calls back when all that was queued before has been handed to the system; not if the connection ends first. */
  whenThrough(done: () => void): void {
    this.entries.push({ done, sinceMs: this.sinceMs });
    this.flush();
  }

  /** Hands over as much as the socket should take. */
  flush(): void {
    if (this.turn !== null || this.ended) return;
    let sliceBytes = 0;
    let entry = this.entries[this.head];
    while (entry !== undefined && this.writer.queuedBytes < MAX_IN_SOCKET_BYTES && this.mayPass(entry)) {
      if ('bytes' in entry) {
        this.writer.push(entry.bytes);
        this.bytes -= entry.bytes.length;
        this.head++;
      } else if ('done' in entry) {
        this.writer.flush();
        this.head++;
        entry.done();
      } else if (sliceBytes >= SNAPSHOT_SLICE_BYTES) {
        this.turn = setImmediate(() => {
          this.turn = null;
          this.progress();
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
  }

  /** Forgets all that has not gone out. */
  end(): void {
    this.ended = true;
    this.forgetFaults();
    if (this.turn !== null) clearImmediate(this.turn);
    this.turn = null;
    this.stopDelay();
    for (const entry of this.entries.slice(this.head)) if ('snapshot' in entry) entry.snapshot.release();
    this.entries = [];
    this.head = 0;
    this.bytes = 0;
  }

  private get sinceMs(): number {
    return this.fault?.kind === 'slow' ? performance.now() : 0;
  }

  private faultChanged(): void {
    this.fault = this.faults.get(this.peer);
    this.stopDelay();
    this.flush();
  }

  /** Whether the fault lets an entry go now; otherwise `flush` comes again when it does. */
  private mayPass(entry: Entry): boolean {
    const { fault } = this;
    if (fault === null || fault.kind === 'drop') return true;
    if (fault.kind === 'cut') return false;
    const waitMs = entry.sinceMs + fault.delayMs - performance.now();
    if (waitMs <= 0) return true;
    this.delay ??= setTimeout(() => {
      this.delay = null;
      this.flush();
    }, waitMs);
    return false;
  }

  private stopDelay(): void {
    if (this.delay !== null) clearTimeout(this.delay);
    this.delay = null;
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
