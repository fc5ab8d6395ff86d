import { open } from 'node:fs/promises';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import { type HeaderFault, isRecord, parsed, parseHeader, type RecordingHeader } from './format.ts';

/** Events that are read at once, and between two places of the file that are remembered. */
const STRIDE = 1_000;

const CHUNK_BYTES = 256 << 10;
const MAX_HEADER_BYTES = 64 << 20;
const NEWLINE = 0x0a;

/** One file of a recording: where in it which event is. The events themselves are read when they are asked for. */
export class RecordingPart {
  readonly file: string;
  readonly header: Omit<RecordingHeader, 'state'>;
  private readonly headerBytes: number;
  /** Where every `STRIDE`th event begins. */
  private readonly offsets: number[] = [];
  private count = 0;
  /** Up to here, which is the end of a line, the file is known. */
  private end: number;

  private constructor(file: string, header: Omit<RecordingHeader, 'state'>, headerBytes: number) {
    this.file = file;
    this.header = header;
    this.headerBytes = headerBytes;
    this.end = headerBytes;
  }

  /** Reads the header and finds the events. Rejects with what the system says. */
  static async open(file: string): Promise<RecordingPart | HeaderFault> {
    const line = await readFirstLine(file);
    const header = line === null ? ({ fault: 'noHeader' } as const) : parseHeader(line.toString());
    if (line === null || 'fault' in header) return header as HeaderFault;
    const { state: _, ...rest } = header;
    const part = new RecordingPart(file, rest, line.length + 1);
    await part.refresh();
    return part;
  }

  /** The number before the first event. */
  get before(): number {
    return this.header.n;
  }

  /** The number of the last event. */
  get last(): number {
    return this.header.n + this.count;
  }

  /** Finds the events that were written since. A line without an end is one that is being written, or never was. */
  async refresh(): Promise<void> {
    for await (const { bytes, at } of chunksOf(this.file, this.end)) {
      for (let from = 0, newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
        if (this.count % STRIDE === 0) this.offsets.push(this.end);
        this.count++;
        from = newline + 1;
        this.end = at + from;
      }
    }
  }

  /** The cluster after event `before`. */
  async state(): Promise<ClusterState> {
    const bytes = await readRange(this.file, 0, this.headerBytes - 1);
    const header = parseHeader(bytes.toString());
    if ('fault' in header) throw new Error(`${this.file} has changed`);
    return header.state;
  }

  /** Up to `STRIDE` events, one at least, the first of which is event `n`, where `before` < n ≤ `last`. */
  async eventsFrom(n: number): Promise<ClusterEvent[]> {
    const index = n - this.header.n - 1;
    const stride = Math.floor(index / STRIDE);
    const from = this.offsets[stride] ?? this.end;
    const bytes = await readRange(this.file, from, this.offsets[stride + 1] ?? this.end);
    const lines = bytes.toString().split('\n').slice(0, -1);
    const events = readEvents(lines).slice(index % STRIDE);
    if (events.length === 0) throw new Error(`${this.file} has no event ${n} any more`);
    return events;
  }
}

/** The events of the lines; for a line that is damaged the event that says that one is missing. */
function readEvents(lines: readonly string[]): ClusterEvent[] {
  const events = lines.map((line) => {
    const event = parsed(line);
    return isEvent(event) ? event : null;
  });
  let time = events.find((event) => event !== null);
  return events.map((event) => {
    time = event ?? time;
    if (event !== null) return event;
    const { atMs, wallMs } = time ?? { atMs: 0, wallMs: 0 };
    return { sid: 0, sequence: -1, atMs, wallMs, body: { kind: 'dropped', count: 1 } };
  });
}

function isEvent(value: unknown): value is ClusterEvent {
  if (!isRecord(value) || !isRecord(value.body) || typeof value.body.kind !== 'string') return false;
  return ['sid', 'sequence', 'atMs', 'wallMs'].every((field) => typeof value[field] === 'number');
}

/** The first line without its end; null where it has none. */
async function readFirstLine(file: string): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  for await (const { bytes, at } of chunksOf(file, 0)) {
    const newline = bytes.indexOf(NEWLINE);
    chunks.push(newline < 0 ? bytes : bytes.subarray(0, newline));
    if (newline >= 0) return Buffer.concat(chunks);
    if (at > MAX_HEADER_BYTES) return null;
  }
  return null;
}

/** The bytes of the file from an offset on, piece by piece. */
async function* chunksOf(file: string, from: number): AsyncGenerator<{ readonly bytes: Buffer; readonly at: number }> {
  const handle = await open(file);
  try {
    for (let at = from; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      yield { bytes: buffer.subarray(0, bytesRead), at };
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function readRange(file: string, from: number, to: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
