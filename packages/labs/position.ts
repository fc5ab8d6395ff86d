/**
 * A position as a short text for addresses. It says no more than what the history follows from, and a few bits of its hashes, so
 * that whoever opens it knows whether it is the same history there.
 *
 * `1.<scenario>.<seed>.<settings>.<actions>.<cursor>.<samples>.<check>`, numbers in base 36, `*` between items, `-` between
 * their parts: characters that no address escapes.
 */
import { crc32 } from '@vivarium/shared/checksum';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { PlacedAction, Position, StepRecord } from './history.ts';
import { isAction, MOST_ENTRIES } from './valid-action.ts';

const VERSION = '1';
/** About so many moments of a history are compared. */
const SAMPLES = 48;
const MOST_CHARACTERS = 400_000;
/** Of a hash, as a link carries it: 24 bits. */
const SAMPLE_DIGITS = 6;

/** The hash of a state, or its beginning, as it was where the position comes from. */
export interface HashSample {
  readonly n: number;
  readonly hash: string;
}

/** Why a text is no position. */
export type LinkFault =
  /** Characters are missing, or others than they were: of which part. */
  | { readonly code: 'damaged'; readonly part: LinkPart }
  /** It was made by a version that this one does not read. */
  | { readonly code: 'version'; readonly version: string };

export type LinkPart = 'link' | 'scenario' | 'seed' | 'settings' | 'actions' | 'cursor' | 'samples';

export interface Link {
  readonly position: Position;
  readonly samples: readonly HashSample[];
}

/** The steps between which a history goes another way than it did where its hashes were written down. */
export interface Divergence {
  /** Still the same behind this one; 0 where there is none such. */
  readonly after: number;
  /** No longer the same behind this one. */
  readonly before: number;
}

/** How an action is written: its letter, and its parts in their order. */
const LETTERS = {
  deliver: 'l',
  drop: 'x',
  duplicate: 'd',
  delay: 'w',
  hold: 'h',
  letGo: 'g',
  tamper: 't',
  crash: 'c',
  restart: 'r',
  pause: 'p',
  resume: 'm',
  wipe: 'z',
  cut: 'u',
  heal: 'e',
  split: 's',
  healAll: 'a',
  fire: 'f',
  command: 'k',
} as const satisfies Readonly<Record<Action['do'], string>>;

/** The text of a position. `hash` gives the hash behind an entry of its history, null where it has no such entry. */
export function encodePosition(position: Position, hash: (n: number) => string | null): string {
  const { scenario, seed, settings, actions, cursor } = position;
  const samples = samplePlaces(position).map((n) => (hash(n) ?? '').slice(0, SAMPLE_DIGITS).padEnd(SAMPLE_DIGITS, '0'));
  const fields = [
    VERSION,
    scenario,
    seed.toString(36),
    Object.keys(settings)
      .sort()
      .map((id) => `${escaped(id)}-${escaped(settings[id] ?? '')}`)
      .join('*'),
    actions.map(encodeAction).join('*'),
    cursor.toString(36),
    samples.join(''),
  ];
  const text = fields.join('.');
  return `${text}.${checkOf(text)}`;
}

/** The position of a text, or what is wrong with it. It is not known yet whether its scenario has those settings and messages. */
export function decodePosition(text: string): Link | LinkFault {
  const version = /^(\d{1,6})\./.exec(text)?.[1];
  if (version === undefined || text.length > MOST_CHARACTERS) return damaged('link');
  if (version !== VERSION) return { code: 'version', version };
  const end = text.lastIndexOf('.');
  const fields = text.slice(0, end).split('.');
  if (fields.length !== 7 || text.slice(end + 1) !== checkOf(text.slice(0, end))) return damaged('link');
  const [, scenario = '', seedText = '', settingsText = '', actionsText = '', cursorText = '', samplesText = ''] =
    fields;

  if (!/^[a-z0-9-]+$/.test(scenario)) return damaged('scenario');
  const seed = decodeNumber(seedText, Number.MAX_SAFE_INTEGER);
  if (seed === null) return damaged('seed');
  const settings = decodeSettings(settingsText);
  if (settings === null) return damaged('settings');
  const actions = decodeActions(actionsText);
  if (actions === null) return damaged('actions');
  const cursor = decodeNumber(cursorText, MOST_ENTRIES);
  if (cursor === null) return damaged('cursor');
  const position = { scenario, seed, settings, actions, cursor };
  const places = samplePlaces(position);
  if (samplesText.length !== places.length * SAMPLE_DIGITS || !/^[0-9a-f]*$/.test(samplesText))
    return damaged('samples');
  const samples = places.map((n, index) => ({
    n,
    hash: samplesText.slice(index * SAMPLE_DIGITS, (index + 1) * SAMPLE_DIGITS),
  }));
  return { position, samples };
}

/** Where a history first differs from the hashes that were written down; null where it does not. */
export function divergence(samples: readonly HashSample[], records: readonly StepRecord[]): Divergence | null {
  let after = 0;
  for (const { n, hash } of samples) {
    if (n === 0) continue;
    if (records[n - 1]?.hash.startsWith(hash) !== true) return { after, before: n };
    after = n;
  }
  return null;
}

/** The entries whose hashes a link carries, in order: one in so many up to its end, and the cursor's. */
function samplePlaces({ actions, cursor }: Position): readonly number[] {
  const end = Math.max(cursor, (actions.at(-1)?.after ?? -1) + 1);
  const stride = Math.max(1, Math.ceil(end / SAMPLES));
  const places = new Set<number>();
  for (let n = stride; n <= end; n += stride) places.add(n);
  for (const n of [cursor, end]) if (n > 0) places.add(n);
  return [...places].sort((a, b) => a - b);
}

function encodeAction({ after, action }: PlacedAction): string {
  return [after.toString(36), LETTERS[action.do], ...partsOf(action)].join('-');
}

function partsOf(action: Action): readonly string[] {
  switch (action.do) {
    case 'healAll':
      return [];
    case 'split':
      return action.groups.map((group) => group.map(escaped).join('_j'));
    case 'cut':
    case 'heal':
      return [escaped(action.from), escaped(action.to)];
    case 'fire':
      return [escaped(action.node), escaped(action.timer)];
    case 'command':
      return [escaped(action.node), escaped(action.command)];
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'wipe':
      return [escaped(action.node)];
    case 'tamper':
      return [action.message.toString(36), escaped(action.tamper)];
    default:
      return [action.message.toString(36)];
  }
}

function decodeActions(text: string): readonly PlacedAction[] | null {
  if (text === '') return [];
  const actions: PlacedAction[] = [];
  for (const item of text.split('*')) {
    const [afterText = '', letter, ...parts] = item.split('-');
    const after = decodeNumber(afterText, MOST_ENTRIES);
    const name = Object.entries(LETTERS).find(([, one]) => one === letter)?.[0];
    const action = name === undefined ? null : decodeAction(name, parts);
    if (after === null || action === null || after <= (actions.at(-1)?.after ?? -1)) return null;
    actions.push({ after, action });
  }
  return actions;
}

/** The action of that name with those parts, if it has such. */
function decodeAction(name: string, parts: readonly string[]): Action | null {
  const [first = '', second = ''] = parts;
  const candidates: readonly Readonly<Record<string, unknown>>[] = [
    { do: name, message: decodeNumber(first, Number.MAX_SAFE_INTEGER), tamper: unescaped(second) },
    { do: name, message: decodeNumber(first, Number.MAX_SAFE_INTEGER) },
    { do: name, node: unescaped(first), timer: unescaped(second) },
    { do: name, node: unescaped(first), command: unescaped(second) },
    { do: name, node: unescaped(first) },
    { do: name, from: unescaped(first), to: unescaped(second) },
    { do: name, groups: parts.map((group) => (group === '' ? [] : group.split('_j').map(unescaped))) },
    { do: name },
  ];
  for (const candidate of candidates) {
    // What is written again must be what was read: nothing missing, nothing left over.
    if (isAction(candidate) && partsOf(candidate).join('-') === parts.join('-')) return candidate;
  }
  return null;
}

function decodeSettings(text: string): Readonly<Record<string, string>> | null {
  const settings = new Map<string, string>();
  if (text === '') return {};
  for (const item of text.split('*')) {
    const [id, choice, ...rest] = item.split('-').map(unescaped);
    if (typeof id !== 'string' || typeof choice !== 'string' || rest.length > 0 || settings.has(id)) return null;
    settings.set(id, choice);
  }
  return Object.fromEntries(settings);
}

function decodeNumber(text: string, most: number): number | null {
  if (!/^[0-9a-z]{1,11}$/.test(text)) return null;
  const value = Number.parseInt(text, 36);
  return value <= most && value.toString(36) === text ? value : null;
}

/** A name with nothing in it that has a meaning here or that an address would escape. */
function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (character) => {
    if (character === '-') return '_d';
    if (character === ' ') return '_s';
    return `_x${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Null for what `escaped` never writes. */
function unescaped(text: string): string | null {
  if (!/^(?:[A-Za-z0-9]|_d|_s|_x[0-9a-f]{4})*$/.test(text)) return null;
  return text.replace(/_(d|s|x(....))/g, (_, kind: string, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return kind === 'd' ? '-' : ' ';
  });
}

function checkOf(text: string): string {
  return crc32(encodeUtf8(text)).toString(36);
}

function damaged(part: LinkPart): LinkFault {
  return { code: 'damaged', part };
}
