/** Readings of a tree that many ask for and one request answers. */
import { parentOf } from '@vivarium/shared/path';

export interface SharedReadsOptions {
  /** Whether changes of what was read of the path would be told; `deep`: those of its children's Stats too. */
  isWatched(path: string, deep: boolean): boolean;
}

/** What was read a moment ago is good enough for the next who asks. */
const FRESH_MS = 250;
/** The least time between two readings of the same thing, however often it changes and whoever asks. */
const INTERVAL_MS = 250;
const MAX_READINGS = 2_000;
const MAX_BYTES = 64 << 20;

interface Reading<T> {
  readonly value: Promise<T>;
  startedMs: number;
  /** Null while it is under way. */
  bytes: number | null;
  /** Something has changed since it began. */
  stale: boolean;
  /** The reading that follows, once somebody asks for it. */
  next: Promise<T> | null;
}

/**
 * Keeps what was read as long as a watch would tell of changes, else for a moment. What has changed is read again no more
 * often than every 250 ms.
 */
export class SharedReads<T> {
  private readonly options: SharedReadsOptions;
  /** By path and question; the least recently used first. */
  private readonly readings = new Map<string, Map<string, Reading<T>>>();
  private count = 0;
  private bytes = 0;

  constructor(options: SharedReadsOptions) {
    this.options = options;
  }

  /** `question`: what is asked about the path; `load` says how many bytes it is worth, to bound what is kept. */
  read(path: string, question: string, deep: boolean, load: () => Promise<{ value: T; bytes: number }>): Promise<T> {
    const known = this.readings.get(path)?.get(question);
    if (known === undefined) return this.begin(path, question, load);
    const ageMs = performance.now() - known.startedMs;
    if (!known.stale && (ageMs < FRESH_MS || (known.bytes !== null && this.options.isWatched(path, deep)))) {
      this.bump(path);
      return known.value;
    }
    if (known.bytes !== null && ageMs >= INTERVAL_MS) return this.begin(path, question, load);
    known.next ??= this.follow(known, () => this.begin(path, question, load));
    return known.next;
  }

  /** The path has changed: what shows it, or counts it, is old. `atOnce`: the next reading need not wait. */
  touched(path: string, atOnce = false): void {
    const parent = parentOf(path);
    for (const shown of new Set([path, parent, parentOf(parent)])) {
      for (const reading of this.readings.get(shown)?.values() ?? []) outdate(reading, atOnce);
    }
  }

  /** Anything may have changed. */
  touchedAll(): void {
    for (const questions of this.readings.values()) {
      for (const reading of questions.values()) outdate(reading, true);
    }
  }

  private begin(path: string, question: string, load: () => Promise<{ value: T; bytes: number }>): Promise<T> {
    const loading = load();
    const reading: Reading<T> = {
      value: loading.then(({ value }) => value),
      startedMs: performance.now(),
      bytes: null,
      stale: false,
      next: null,
    };
    this.drop(path, question);
    this.bump(path);
    const questions = this.readings.get(path) ?? new Map<string, Reading<T>>();
    this.readings.set(path, questions.set(question, reading));
    this.count++;
    loading.then(
      ({ bytes }) => this.settled(path, question, reading, bytes),
      () => {
        // What failed is tried again.
        reading.stale = true;
        this.settled(path, question, reading, 0);
      },
    );
    return reading.value;
  }

  private async follow(known: Reading<T>, begin: () => Promise<T>): Promise<T> {
    await known.value.catch(() => {});
    const waitMs = known.startedMs + INTERVAL_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    return begin();
  }

  private settled(path: string, question: string, reading: Reading<T>, bytes: number): void {
    reading.bytes = bytes;
    if (this.readings.get(path)?.get(question) !== reading) return;
    this.bytes += bytes;
    for (const [oldest, questions] of this.readings) {
      if (this.count <= MAX_READINGS && this.bytes <= MAX_BYTES) break;
      for (const dropped of [...questions.keys()]) this.drop(oldest, dropped);
    }
  }

  private bump(path: string): void {
    const questions = this.readings.get(path);
    if (questions === undefined) return;
    this.readings.delete(path);
    this.readings.set(path, questions);
  }

  private drop(path: string, question: string): void {
    const questions = this.readings.get(path);
    const reading = questions?.get(question);
    if (questions === undefined || reading === undefined) return;
    questions.delete(question);
    if (questions.size === 0) this.readings.delete(path);
    this.count--;
    this.bytes -= reading.bytes ?? 0;
  }
}

function outdate(reading: Reading<unknown>, atOnce: boolean): void {
  reading.stale = true;
  if (atOnce) reading.startedMs = Number.NEGATIVE_INFINITY;
}
