import { createWriteStream, type WriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { makeDirectories } from '@vivarium/ensemble/server/real-disk';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { Feed } from '../sources/feed.ts';
import { headerLine, partFileName, recordingName } from './format.ts';
import { dropOldParts } from './retention.ts';

export interface RecordingOptions {
  /** Made where it is missing. */
  readonly directory: string;
  /** Of all recordings in the directory; the oldest parts go first. */
  readonly maxBytes: number;
  /** A part that is longer is followed by another one. */
  readonly partBytes: number;
  /** So much may wait for the disk; what happens beyond it is left out, and counted. */
  readonly maxWaitingBytes: number;
}

export const DEFAULT_RECORDING = { maxBytes: 256 << 20, partBytes: 16 << 20, maxWaitingBytes: 8 << 20 };

/** What is recorded. */
export interface Recorded {
  readonly feed: Feed;
  info(): ClusterInfo;
  /** The disk refused; nothing more is written. */
  failed(error: Error): void;
}

/** A file of the recording. */
export interface WrittenPart {
  readonly file: string;
  /** The number before its first event. */
  readonly n: number;
}

/** Writes the events of a feed to files as they come. */
export class Recorder {
  private readonly options: RecordingOptions;
  private readonly recorded: Recorded;
  private readonly startedWallMs = Date.now();
  private readonly unsubscribe: () => void;
  private part = 0;
  private partLength = 0;
  private stream: WriteStream;
  /** Settles when all parts are on the disk to their end, and old ones have made place for them. */
  private done: Promise<void> = Promise.resolve();
  /** Bytes that the disk has not taken yet. */
  private waiting = 0;
  /** Events were left out since the last one that was written. */
  private gap = false;
  private writing = true;
  private hasFailed = false;
  private written: readonly WrittenPart[] = [];

  /** Begins with the feed's present state. Throws where the directory cannot be made. */
  constructor(options: RecordingOptions, recorded: Recorded) {
    this.options = options;
    this.recorded = recorded;
    makeDirectories(options.directory);
    this.stream = this.openPart();
    this.unsubscribe = recorded.feed.subscribe((events) => this.write(events));
  }

  get isWriting(): boolean {
    return this.writing;
  }

  /** Its files that are still there, the oldest first. */
  get parts(): readonly WrittenPart[] {
    return this.written;
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    // The number that a last part begins with counts what was left out at the end.
    if (this.gap && this.writing) this.nextPart();
    this.writing = false;
    this.unsubscribe();
    this.stream.end();
    await this.done;
  }

  private write(events: readonly FeedEvent[]): void {
    if (this.gap || this.waiting > this.options.maxWaitingBytes) {
      this.gap = true;
      return;
    }
    // The line says which number an event has.
    this.put(events.map(({ n: _, ...event }) => `${JSON.stringify(event)}\n`).join(''));
    if (this.partLength >= this.options.partBytes) this.nextPart();
  }

  private nextPart(): void {
    this.stream.end();
    this.stream = this.openPart();
  }

  private openPart(): WriteStream {
    const { directory, maxBytes, partBytes } = this.options;
    const file = partFileName(recordingName(this.startedWallMs), ++this.part);
    const stream = createWriteStream(path.join(directory, file), { flags: 'wx' });
    const before = this.done;
    this.done = finished(stream)
      .then(() => before)
      .then(() => dropOldParts(directory, maxBytes - partBytes, file))
      .then((gone) => {
        this.written = this.written.filter((part) => !gone.includes(path.basename(part.file)));
      })
      .catch((error: Error) => this.fail(error));
    this.stream = stream;
    this.partLength = 0;
    this.gap = false;
    const { feed } = this.recorded;
    const { startedWallMs } = this;
    this.written = [...this.written, { file: path.join(directory, file), n: feed.latest.n }];
    const cluster = this.recorded.info();
    this.put(headerLine({ cluster, instance: feed.instance, startedWallMs, n: feed.latest.n, state: feed.latest }));
    return stream;
  }

  private put(text: string): void {
    const bytes = Buffer.from(text);
    this.partLength += bytes.length;
    this.waiting += bytes.length;
    this.stream.write(bytes, (error) => {
      this.waiting -= bytes.length;
      if (error) return;
      // A new part begins with the state as it is by now, so that what comes from here on is right again.
      if (this.gap && this.writing && this.waiting < this.options.maxWaitingBytes / 2) this.nextPart();
    });
  }

  private fail(error: Error): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.writing = false;
    this.unsubscribe();
    this.recorded.failed(error);
  }
}
