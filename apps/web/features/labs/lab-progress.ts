/** How far a viewer has come in each lesson, kept in the browser for the next visit. */
import { readStored, writeStored } from '../../components/stored.ts';

export interface Progress {
  /** The position, as its link; null: the beginning. */
  readonly link: string | null;
  readonly cursor: number;
  readonly steps: number;
  readonly right: number;
  readonly answered: number;
  /** Whether its end was reached once. */
  readonly finished: boolean;
}

const KEY = 'vivarium.labs';
/** More lessons than there are; a browser's storage is small. */
const MAX_LESSONS = 100;
/** A position with very many actions is not worth the room. */
const MAX_LINK = 4_000;

/** By the scenario, the one visited last at the end. */
export function readProgress(): ReadonlyMap<string, Progress> {
  try {
    const parsed: unknown = JSON.parse(readStored(KEY) ?? '[]');
    if (!Array.isArray(parsed)) return new Map();
    return new Map(parsed.filter(isPair));
  } catch {
    return new Map();
  }
}

/** Keeps where the viewer is in a lesson. */
export function writeProgress(scenario: string, progress: Progress): void {
  const all = new Map(readProgress());
  const finished = progress.finished || all.get(scenario)?.finished === true;
  all.delete(scenario);
  const link = progress.link !== null && progress.link.length > MAX_LINK ? null : progress.link;
  all.set(scenario, { ...progress, link, finished });
  writeStored(KEY, JSON.stringify([...all].slice(-MAX_LESSONS)));
}

function isPair(pair: unknown): pair is [string, Progress] {
  if (!Array.isArray(pair)) return false;
  const [scenario, progress]: readonly unknown[] = pair;
  if (typeof scenario !== 'string' || typeof progress !== 'object' || progress === null) return false;
  const { link, cursor, steps, right, answered, finished } = progress as Readonly<Record<keyof Progress, unknown>>;
  return (
    (link === null || typeof link === 'string') &&
    [cursor, steps, right, answered].every((count) => Number.isInteger(count)) &&
    typeof finished === 'boolean'
  );
}
