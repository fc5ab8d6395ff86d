/** What stands on the card of a node, line by line: pure, so that a card's height is known before anything is drawn. */
import type { NodePicture, ProtocolInfo } from '@vivarium/labs/history';
import type { Fact, LogRecord } from '@vivarium/labs/node-view';
import type { Text } from '@vivarium/labs/text';
import { fitText, textWidth } from './metrics.ts';

/** How much room a card has. */
export interface CardStyle {
  readonly width: number;
  readonly padding: number;
  readonly header: number;
  readonly line: number;
  readonly fontSize: number;
  /** A side of a quorum slot. */
  readonly slot: number;
  /** Most lines of a log, of names, and of timers. */
  readonly mostLines: number;
  /** Two: short facts stand side by side. */
  readonly columns: 1 | 2;
  /** The most that all lines together may take; what has no room is left out, what has changed last. Null: all have room. */
  readonly rowsPx: number | null;
}

const compact: CardStyle = {
  width: 186,
  padding: 9,
  header: 29,
  line: 18,
  fontSize: 11,
  slot: 15,
  mostLines: 3,
  columns: 1,
  rowsPx: null,
};
const mini: CardStyle = {
  width: 148,
  padding: 7,
  header: 26,
  line: 16,
  fontSize: 10.5,
  slot: 14,
  mostLines: 2,
  columns: 1,
  rowsPx: null,
};

/** The looks of a card, the most comfortable first. */
export const CARD_STYLES = {
  full: {
    width: 224,
    padding: 12,
    header: 34,
    line: 21,
    fontSize: 12,
    slot: 18,
    mostLines: 4,
    columns: 1,
    rowsPx: null,
  },
  compact,
  wide: { ...compact, width: 312, mostLines: 2, columns: 2 },
  mini,
  wideMini: { ...mini, width: 276, columns: 2 },
} as const satisfies Readonly<Record<string, CardStyle>>;

/** Something written at a place in a line: its left edge, from the left edge of the card. */
export interface Piece {
  readonly key: string;
  readonly x: number;
  readonly line: number;
  readonly width: number;
}

interface RowBase {
  readonly key: string;
  /** From the left edge of the card. */
  readonly x: number;
  readonly width: number;
  /** From the top of the card. */
  readonly y: number;
  readonly height: number;
  readonly changed: boolean;
}

export type CardRow =
  | (RowBase & {
      readonly kind: 'fact';
      readonly label: string;
      readonly fact: Fact;
      readonly pieces: readonly Piece[];
    })
  /** Records under keys that are zxids stand in columns that are the same on all cards. */
  | (RowBase & { readonly kind: 'columns'; readonly records: readonly LogRecord[] })
  | (RowBase & {
      readonly kind: 'records';
      readonly records: readonly LogRecord[];
      readonly pieces: readonly Piece[];
      /** Older ones that have no room. */
      readonly hidden: number;
    })
  | (RowBase & { readonly kind: 'timer'; readonly timer: string; readonly label: string })
  | (RowBase & { readonly kind: 'write'; readonly what: string });

export interface CardContent {
  readonly rows: readonly CardRow[];
  readonly height: number;
}

const GAP = 8;
const BLOCK = 11;
/** Between the header and what is below it. */
const TOP = 3;
const BOTTOM = 8;

/** The lines of a node's card; `before` is the node one step earlier, for what has changed. */
export function cardContent(
  node: NodePicture,
  before: NodePicture | null,
  style: CardStyle,
  protocol: ProtocolInfo,
  say: (text: Text) => string,
): CardContent {
  const rows: CardRow[] = [];
  let y = style.header + TOP;
  const add = (height: number) => {
    const at = { x: 0, y, width: style.width, height };
    y += height;
    return at;
  };
  const word = (id: string) => {
    const text = protocol.words[id];
    return text === undefined ? id : say(text);
  };
  // The line whose right half is free; what stands there may make it higher.
  let half: { readonly y: number; readonly height: number } | null = null;
  const addHalf = (height: number) => {
    const width = style.width / 2;
    if (half === null) {
      half = add(height);
      return { ...half, x: 0, width };
    }
    const left = half;
    y = Math.max(y, left.y + height);
    half = null;
    return { x: width, y: left.y, width, height };
  };
  for (const fact of node.view.facts) {
    const label = word(fact.id);
    const changed = before !== null && !hasSameFact(before, fact);
    const base = { kind: 'fact', key: `fact ${fact.id}`, label, fact, changed } as const;
    const extra = fact.value.kind === 'tally' ? 5 : 0;
    if (isShort(fact, label, style, say)) {
      rows.push({ ...base, pieces: [], ...addHalf(style.line + extra) });
      continue;
    }
    half = null;
    const { pieces, lines } = factPieces(fact, label, style, say);
    rows.push({ ...base, pieces, ...add(lines * style.line + extra) });
  }
  half = null;
  const { log } = node.view;
  if (log.length > 0) {
    const changed = before !== null && !sameData(before.view.log, log);
    if (log.every(({ key }) => isZxidKey(key))) {
      rows.push({ kind: 'columns', key: 'log', records: log, changed, ...add(36) });
    } else {
      const { pieces, lines, hidden } = recordPieces(log, style);
      const shown = log.slice(hidden);
      rows.push({
        kind: 'records',
        key: 'log',
        records: shown,
        pieces,
        hidden,
        changed,
        ...add(lines * style.line + 4),
      });
    }
  }
  const timers = node.timers.toSorted((a, b) => a.dueMs - b.dueMs || a.timer.localeCompare(b.timer));
  const [writesShown, timersShown] = [node.writes.slice(0, style.mostLines), timers.slice(0, style.mostLines)];
  const height = style.line - 1;
  const addLast = () =>
    style.columns === 2 && writesShown.length + timersShown.length > 1 ? addHalf(height) : add(height);
  for (const [i, what] of writesShown.entries())
    rows.push({ kind: 'write', key: `write ${i} ${what}`, what, changed: false, ...addLast() });
  for (const { timer } of timersShown) {
    const text = protocol.timers[timer];
    const label = text === undefined ? timer : say(text);
    rows.push({ kind: 'timer', key: `timer ${timer}`, timer, label, changed: false, ...addLast() });
  }
  if (style.rowsPx !== null) return fewerRows(rows, style, style.rowsPx);
  return { rows, height: rows.length === 0 ? style.header : y + BOTTOM };
}

/** The lines that tell most, as many as have room, in their order: what has changed, logs and quorums, then the others. */
function fewerRows(rows: readonly CardRow[], style: CardStyle, roomPx: number): CardContent {
  const rank = (row: CardRow): number => {
    if (row.changed) return 0;
    if (row.kind === 'columns' || row.kind === 'records') return 1;
    if (row.kind === 'fact') return row.fact.value.kind === 'tally' || row.fact.value.kind === 'locks' ? 1 : 2;
    return 3;
  };
  let kept: readonly CardRow[] = [];
  for (const row of rows.toSorted((a, b) => rank(a) - rank(b))) {
    const more = rows.filter((candidate) => candidate === row || kept.includes(candidate));
    if (stacked(more, style).height - style.header - TOP <= roomPx) kept = more;
  }
  const { rows: placed, height } = stacked(kept, style);
  return { rows: placed, height: placed.length === 0 ? style.header : height + BOTTOM };
}

/** Rows one below the other, those of half a card's width side by side; the height is where they end. */
function stacked(rows: readonly CardRow[], style: CardStyle): CardContent {
  let y = style.header + TOP;
  let left: CardRow | null = null;
  const placed = rows.map((row): CardRow => {
    if (row.width === style.width) left = null;
    if (left !== null) {
      const at = { ...row, x: row.width, y: left.y };
      y = Math.max(y, left.y + row.height);
      left = null;
      return at;
    }
    const at = { ...row, x: 0, y };
    y += row.height;
    if (row.width < style.width) left = at;
    return at;
  });
  return { rows: placed, height: y };
}

/** What a card needs besides its lines. */
export function framePx(style: CardStyle): number {
  return style.header + TOP + BOTTOM;
}

/** Whether records under such a key are in an order of their own: zxids, as hex. */
export function isZxidKey(key: string): boolean {
  return /^0x[0-9a-f]+$/i.test(key);
}

/** The names that a fact consists of, as they are written one beside the other; null for a fact of one piece. */
export function namesOf(fact: Fact): readonly string[] | null {
  if (fact.value.kind === 'names') return fact.value.names;
  if (fact.value.kind === 'locks') return fact.value.locks.map(({ key, holder }) => `${key}: ${holder}`);
  return null;
}

/** What a locked name needs for its icon. */
export const LOCK_WIDTH = 13;

/** Whether a fact has room in half of a line. */
function isShort(fact: Fact, label: string, style: CardStyle, say: (text: Text) => string): boolean {
  if (style.columns === 1 || namesOf(fact) !== null) return false;
  const room = style.width / 2 - 2 * style.padding;
  return textWidth(label, style.fontSize) + GAP + valueWidth(fact, style, say) <= room;
}

function factPieces(
  fact: Fact,
  label: string,
  style: CardStyle,
  say: (text: Text) => string,
): { readonly pieces: readonly Piece[]; readonly lines: number } {
  const names = namesOf(fact);
  const inner = style.width - 2 * style.padding;
  const labelWidth = Math.min(textWidth(label, style.fontSize), inner * 0.6);
  if (names === null) {
    const wide = valueWidth(fact, style, say) > inner - labelWidth - GAP && valueWidth(fact, style, say) > inner * 0.62;
    return { pieces: [], lines: wide && fact.value.kind === 'tally' ? 2 : 1 };
  }
  const icon = fact.value.kind === 'locks' ? LOCK_WIDTH : 0;
  const widths = names.map((name) => Math.min(inner, textWidth(name, style.fontSize - 1, 'mono') + icon));
  const first = Math.max(0, inner - labelWidth - GAP);
  const flow = flowRight(names, widths, first, inner, style);
  return { pieces: flow.pieces, lines: Math.max(1, flow.lines) };
}

/** Puts pieces into lines, the first of which is shorter, each line against the right edge. */
function flowRight(
  names: readonly string[],
  widths: readonly number[],
  first: number,
  inner: number,
  style: CardStyle,
): { readonly pieces: readonly Piece[]; readonly lines: number } {
  const lines: { index: number; width: number }[][] = [[]];
  let used = 0;
  for (const [index, width] of widths.entries()) {
    const room = lines.length === 1 ? first : inner;
    const line = lines.at(-1) ?? [];
    if (used + width > room && (line.length > 0 || lines.length === 1)) {
      if (lines.length >= style.mostLines) break;
      lines.push([{ index, width }]);
      used = width + GAP;
    } else {
      line.push({ index, width });
      used += width + GAP;
    }
  }
  const pieces: Piece[] = [];
  for (const [at, line] of lines.entries()) {
    let x = style.width - style.padding - line.reduce((sum, { width }) => sum + width, 0) - (line.length - 1) * GAP;
    for (const { index, width } of line) {
      pieces.push({ key: `${index} ${names[index] ?? ''}`, x, line: at, width });
      x += width + GAP;
    }
  }
  return { pieces, lines: lines.length };
}

/** The newest records that have room, each a block with its label, in lines from the left. */
function recordPieces(
  log: readonly LogRecord[],
  style: CardStyle,
): { readonly pieces: readonly Piece[]; readonly lines: number; readonly hidden: number } {
  const inner = style.width - 2 * style.padding;
  const widths = log.map(({ label }) => Math.min(inner, BLOCK + 5 + textWidth(label, style.fontSize - 1, 'mono')));
  for (let hidden = 0; hidden < log.length; hidden++) {
    const pieces: Piece[] = [];
    let line = 0;
    let x = 0;
    for (const [i, width] of widths.slice(hidden).entries()) {
      if (x > 0 && x + width > inner) {
        line += 1;
        x = 0;
      }
      pieces.push({ key: `${hidden + i}`, x: style.padding + x, line, width });
      x += width + GAP + 2;
    }
    if (line < style.mostLines || hidden === log.length - 1) return { pieces, lines: line + 1, hidden };
  }
  return { pieces: [], lines: 0, hidden: 0 };
}

/** How wide a value is as it is written. */
export function valueWidth(fact: Fact, style: CardStyle, say: (text: Text) => string): number {
  const { value } = fact;
  const mono = (text: string) => textWidth(text, style.fontSize, 'mono');
  switch (value.kind) {
    case 'term':
      return mono(value.term);
    case 'text':
      return textWidth(say(value.text), style.fontSize);
    case 'value':
      return plateWidth(value.value, style);
    case 'accepted':
      return mono(acceptedText(value.ballot, value.value)) + 6 + plateWidth(value.value, style);
    case 'zxid':
      return mono(zxidText(value.epoch, value.counter));
    case 'tally':
      return slotsWidth(value.of, style);
    case 'none':
      return 3 * style.fontSize;
    default:
      return 0;
  }
}

/** A value's plate: as high as a line allows, at least square. */
export function plateWidth(value: string, style: CardStyle): number {
  return Math.max(style.line - 4, textWidth(value, style.fontSize - 1) + 9);
}

/** What was accepted, without its plate where the value is too long to be said twice. */
export function acceptedText(ballot: string, value: string): string {
  return value.length > 3 ? `${ballot},` : `(${ballot}, ${value})`;
}

/** Epoch and counter in hex, as everywhere. */
export function zxidText(epoch: number, counter: number): string {
  return `${epoch.toString(16)}·${counter.toString(16)}`;
}

/** The width of the slots of a quorum: a slot a node. */
export function slotsWidth(of: readonly string[], style: CardStyle): number {
  return of.length * (slotSide(of, style) + 3) + 8;
}

/** What stands in a slot for a node: a name with more than three characters by its first one, or the slots would hide their line. */
export function slotName(name: string): string {
  return name.length <= 3 ? name : name.slice(0, 1);
}

/** A slot is as wide as the longest name that stands in one. */
export function slotSide(of: readonly string[], style: CardStyle): number {
  const longest = Math.max(0, ...of.map((name) => textWidth(slotName(name), style.slot * 0.56)));
  const most = (style.width - 2 * style.padding - 8) / Math.max(1, of.length) - 3;
  return Math.floor(Math.min(Math.max(style.slot, longest + 4), Math.max(9, most)));
}

/** The header's words: the name whole, the role as far as there is room beside the state. */
export function headerWords(
  name: string,
  role: string,
  state: string,
  style: CardStyle,
): { readonly role: string; readonly state: string; readonly stateWidth: number } {
  const left = style.padding + style.line + 6 + textWidth(name, style.fontSize + 1) * 1.06 + 6;
  const most = style.width - left - style.padding;
  const stateText = fitText(state, most - 10, style.fontSize - 1, 'mono');
  const stateWidth = stateText === '' ? 0 : textWidth(stateText, style.fontSize - 1, 'mono') + 10;
  const room = most - stateWidth - 6;
  const roleText = textWidth(role, style.fontSize) <= room ? role : fitText(role, room, style.fontSize);
  // Less than half of a word says less than nothing.
  const isTelling = roleText === role || roleText.length > role.length / 2 + 1;
  return { role: isTelling ? roleText : '', state: stateText, stateWidth };
}

function hasSameFact(before: NodePicture, fact: Fact): boolean {
  const old = before.view.facts.find(({ id }) => id === fact.id);
  return old !== undefined && sameData(old.value, fact.value);
}

/** Equal plain data, whatever objects it is in. */
function sameData(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
