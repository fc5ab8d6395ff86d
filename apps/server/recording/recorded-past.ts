/** Events of this run of the host that memory has no place for any more, out of the files that they were recorded to. */
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { apiFailure } from '../api-failure.ts';
import { RecordedSource } from '../sources/recorded.ts';
import { RecordingPart } from './part.ts';
import type { WrittenPart } from './recorder.ts';

/** What writes the files. */
export interface Writer {
  readonly parts: readonly WrittenPart[];
}

export class RecordedPast {
  private readonly writer: Writer;
  private readonly parts = new Map<string, RecordingPart>();
  private source: RecordedSource | null = null;
  private finding: Promise<RecordedSource> | null = null;

  constructor(writer: Writer) {
    this.writer = writer;
  }

  /** The number before the first event that the files have; null while there is none. */
  get before(): number | null {
    return this.writer.parts[0]?.n ?? null;
  }

  /** As `Source.stateAt`. */
  stateAt(n: number): Promise<ClusterState> {
    return this.read(n, (source) => source.stateAt(n));
  }

  /** As `Source.eventsAfter`. */
  eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.read(after, (source) => source.eventsAfter(after, limit));
  }

  private async read<T>(at: number, read: (source: RecordedSource) => Promise<T>): Promise<T> {
    try {
      this.finding ??= this.find().finally(() => {
        this.finding = null;
      });
      return await read(await this.finding);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
      // The oldest file has made place for the newest one in this moment.
      throw apiFailure('instantNotKept', { at, first: (this.before ?? at) + 1 });
    }
  }

  private async find(): Promise<RecordedSource> {
    const { parts: written } = this.writer;
    const files = new Set(written.map(({ file }) => file));
    for (const file of this.parts.keys()) if (!files.has(file)) this.parts.delete(file);
    const parts: RecordingPart[] = [];
    for (const { file } of written) {
      const known = this.parts.get(file);
      const part = known ?? (await RecordingPart.open(file));
      // The head of the newest one may be on its way to the disk; its events are in memory still.
      if (!(part instanceof RecordingPart)) continue;
      if (known !== undefined && !this.isWhole(part)) await part.refresh();
      this.parts.set(file, part);
      parts.push(part);
    }
    this.source ??= new RecordedSource('past', parts);
    this.source.replaceParts(parts);
    return this.source;
  }

  /** What another file goes on from has all of its events. */
  private isWhole({ file, last }: RecordingPart): boolean {
    const { parts } = this.writer;
    const next = parts[parts.findIndex((part) => part.file === file) + 1];
    return next !== undefined && last >= next.n;
  }
}
