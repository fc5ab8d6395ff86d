/** A history as a file: what it follows from, what came of it, and the hash of every state, to be run again and compared. */
import type { History, PlacedAction, Position } from './history.ts';
import type { HashSample } from './position.ts';
import type { Text } from './text.ts';
import { isAction, MOST_ENTRIES } from './valid-action.ts';

const FORMAT = 'vivarium-lab-history';
const VERSION = 1;
/** Longer than any history of 10,000 entries. */
const MOST_CHARACTERS = 32_000_000;

/** Why a file is none that can be read. */
export type HistoryFileFault =
  /** It is no JSON: `why` in the words of the platform. */
  | { readonly code: 'no-json'; readonly why: string }
  /** It is something else. */
  | { readonly code: 'no-history' }
  | { readonly code: 'version'; readonly version: string }
  | { readonly code: 'too-long' }
  /** What is there is not what belongs there: `position.actions[3].action`. */
  | { readonly code: 'damaged'; readonly where: string };

/** A file that could be read. Whoever opens it runs the position to so many entries as there are hashes, and compares. */
export interface HistoryFile {
  readonly position: Position;
  /** Of every state behind the first. */
  readonly hashes: readonly HashSample[];
}

/** The text of the file: JSON, and the journal in it in both languages for people. */
export function exportHistory(history: History, cursor: number): string {
  const { scenario, seed, settings, actions, records } = history;
  const position: Position = { scenario: scenario.id, seed, settings, actions, cursor };
  const journal = records.map(({ entry, sentence }) => ({ n: entry.n, atMs: entry.atMs, by: entry.by, ...sentence }));
  const file: { title: Text } & Record<string, unknown> = {
    format: FORMAT,
    version: VERSION,
    title: scenario.title,
    position,
    hashes: records.map(({ hash }) => hash),
    journal,
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** What a file says, or what is wrong with it and where. The journal is not read: it follows from the position. */
export function parseHistoryFile(text: string): HistoryFile | HistoryFileFault {
  if (text.length > MOST_CHARACTERS) return { code: 'too-long' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { code: 'no-json', why: error instanceof Error ? error.message : '' };
  }
  const file = fieldsOf(value);
  if (file?.get('format') !== FORMAT) return { code: 'no-history' };
  const version = file.get('version');
  if (typeof version !== 'number') return damaged('version');
  if (version !== VERSION) return { code: 'version', version: String(version) };

  const hashes = file.get('hashes');
  if (!Array.isArray(hashes) || hashes.length > MOST_ENTRIES) return damaged('hashes');
  const wrong = hashes.findIndex((hash) => typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash));
  if (wrong >= 0) return damaged(`hashes[${wrong}]`);
  const position = readPosition(file.get('position'), hashes.length);
  if (typeof position === 'string') return damaged(position);
  return { position, hashes: hashes.map((hash, index) => ({ n: index + 1, hash: String(hash) })) };
}

/** The position, or where it is none. */
function readPosition(value: unknown, entries: number): Position | string {
  const fields = fieldsOf(value);
  if (fields === null) return 'position';
  const scenario = fields.get('scenario');
  if (typeof scenario !== 'string' || !/^[a-z0-9-]+$/.test(scenario)) return 'position.scenario';
  const seed = fields.get('seed');
  if (!isCount(seed, Number.MAX_SAFE_INTEGER)) return 'position.seed';
  const choices = fieldsOf(fields.get('settings'));
  if (choices === null) return 'position.settings';
  const settings = new Map<string, string>();
  for (const [id, choice] of choices) {
    if (typeof choice !== 'string') return `position.settings.${id}`;
    settings.set(id, choice);
  }
  const list = fields.get('actions');
  if (!Array.isArray(list)) return 'position.actions';
  const actions: PlacedAction[] = [];
  for (const [index, item] of list.entries()) {
    const placed = fieldsOf(item);
    const after = placed?.get('after');
    const action = placed?.get('action');
    if (!isCount(after, entries) || after <= (actions.at(-1)?.after ?? -1)) return `position.actions[${index}].after`;
    if (!isAction(action)) return `position.actions[${index}].action`;
    actions.push({ after, action });
  }
  const cursor = fields.get('cursor');
  if (!isCount(cursor, entries)) return 'position.cursor';
  return { scenario, seed, settings: Object.fromEntries(settings), actions, cursor };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return new Map<string, unknown>(Object.entries(value));
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function damaged(where: string): HistoryFileFault {
  return { code: 'damaged', where };
}
