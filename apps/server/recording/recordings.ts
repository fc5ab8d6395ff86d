import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CLUSTER_EVENT_VERSION } from '@vivarium/shared/cluster-event';
import { apiFailure } from '../api-failure.ts';
import { RecordedSource, recordingId } from '../sources/recorded.ts';
import { type HeaderFault, parsePartFileName } from './format.ts';
import { RecordingPart } from './part.ts';

/** What is known of a file, as of when it had so many bytes. */
interface Known {
  readonly bytes: number;
  readonly part: RecordingPart | HeaderFault;
}

/** The recordings in a directory. What has been read of a file once is not read again. */
export class Recordings {
  private readonly directory: string;
  private files: ReadonlyMap<string, Known> = new Map();
  private sources: ReadonlyMap<string, RecordedSource> = new Map();
  /** The version of the events of recordings that cannot be read. */
  private foreign: ReadonlyMap<string, number> = new Map();
  private reading: Promise<void> | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Those that can be played, the newest first. */
  async list(): Promise<readonly RecordedSource[]> {
    await this.refresh();
    return [...this.sources.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** The recording; undefined where there is none. Rejects with `ApiFailure` where this release cannot read it. */
  async find(id: string): Promise<RecordedSource | undefined> {
    await this.refresh();
    const version = this.foreign.get(id);
    if (version !== undefined) {
      const what = `its events are of version ${version}, and this release reads version ${CLUSTER_EVENT_VERSION}`;
      throw apiFailure('badRequest', { where: id, what });
    }
    return this.sources.get(id);
  }

  private async refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    await this.reading;
  }

  private async read(): Promise<void> {
    const files = new Map<string, Known>();
    const sources = new Map<string, RecordedSource>();
    const foreign = new Map<string, number>();
    for (const [recording, names] of Map.groupBy(await this.names(), recordingOf)) {
      const parts: RecordingPart[] = [];
      const id = recordingId(recording);
      for (const name of names) {
        const known = await this.look(name);
        if (known === null) continue;
        files.set(name, known);
        if (known.part instanceof RecordingPart) parts.push(known.part);
        else if (known.part.fault === 'otherVersion') foreign.set(id, known.part.version);
      }
      if (parts.length === 0 || foreign.has(id)) continue;
      const source = this.sources.get(id) ?? new RecordedSource(recording, parts);
      source.replaceParts(parts);
      sources.set(id, source);
    }
    this.files = files;
    this.sources = sources;
    this.foreign = foreign;
  }

  /** The files of all recordings, the parts of each in their order. */
  private async names(): Promise<string[]> {
    const names = await readdir(this.directory).catch(nullIfMissing);
    return (names ?? []).filter((name) => parsePartFileName(name) !== null).sort();
  }

  /** Reads what was written to the file since it was looked at; null where it has gone. */
  private async look(name: string): Promise<Known | null> {
    const file = path.join(this.directory, name);
    const known = this.files.get(name);
    try {
      const { size } = await stat(file);
      if (known?.bytes === size) return known;
      if (!(known?.part instanceof RecordingPart)) return { bytes: size, part: await RecordingPart.open(file) };
      await known.part.refresh();
      return { bytes: size, part: known.part };
    } catch (error) {
      return nullIfMissing(error);
    }
  }
}

function recordingOf(name: string): string {
  return parsePartFileName(name)?.recording ?? '';
}

/** Throws any error but that a file is missing. */
function nullIfMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
