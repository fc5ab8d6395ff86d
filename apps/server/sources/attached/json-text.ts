/**
 * JSON that a person writes: with comments and commas too many, and with the place of everything in it, so that what is wrong
 * can be named by its line and what is changed leaves the rest as it was written.
 */

/** A value with where it stands in the text. */
export type JsonNode = JsonPlace & JsonValue;

interface JsonPlace {
  /** Offsets of the first character and behind the last one. */
  readonly start: number;
  readonly end: number;
}

type JsonValue =
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

export interface JsonEntry {
  readonly key: string;
  readonly start: number;
  readonly value: JsonNode;
}

/** A text that is no JSON: what is wrong, and where. */
export class JsonTextError extends Error {
  override name = 'JsonTextError';
  readonly at: number;

  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

const MAX_DEPTH = 32;

/** Throws `JsonTextError`. */
export function parseJsonText(text: string): JsonNode {
  return new Parser(text).document();
}

/** The line of an offset, from 1. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
    if (text.startsWith('\ufeff')) this.at = 1;
  }

  document(): JsonNode {
    const node = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.fault(`${this.seen()} stands behind the end`);
    return node;
  }

  private value(depth: number): JsonNode {
    this.space();
    if (depth > MAX_DEPTH) throw this.fault(`there are more than ${MAX_DEPTH} brackets in one another`);
    const start = this.at;
    const first = this.text[start];
    let value: JsonValue;
    if (first === '{') value = { kind: 'object', entries: this.entries(depth) };
    else if (first === '[') value = { kind: 'array', items: this.items(depth) };
    else if (first === '"') value = { kind: 'string', value: this.string() };
    else value = this.word();
    return { ...value, start, end: this.at };
  }

  private entries(depth: number): JsonEntry[] {
    const entries: JsonEntry[] = [];
    const keys = new Set<string>();
    for (const _ of this.list('}')) {
      const start = this.at;
      if (this.text[start] !== '"') throw this.fault(`a name in quotes is expected, not ${this.seen()}`);
      const key = this.string();
      if (keys.has(key)) throw new JsonTextError(`${JSON.stringify(key)} stands there twice`, start);
      keys.add(key);
      this.space();
      if (this.text[this.at] !== ':') throw this.fault(`a colon is expected behind ${JSON.stringify(key)}`);
      this.at++;
      entries.push({ key, start, value: this.value(depth + 1) });
    }
    return entries;
  }

  private items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    for (const _ of this.list(']')) items.push(this.value(depth + 1));
    return items;
  }

  /** Goes over the brackets and commas around what the caller reads. */
  private *list(end: ']' | '}'): Generator<void, void, void> {
    const start = this.at++;
    for (;;) {
      this.space();
      if (this.text[this.at] === end) break;
      if (this.at >= this.text.length) throw new JsonTextError(`this bracket has no ${JSON.stringify(end)}`, start);
      yield;
      this.space();
      if (this.text[this.at] === ',') this.at++;
      else if (this.text[this.at] !== end && this.at < this.text.length) {
        throw this.fault(`a comma or ${JSON.stringify(end)} is expected, not ${this.seen()}`);
      }
    }
    this.at++;
  }

  private string(): string {
    const match = /"(?:[^"\\\n\r]|\\[^\n\r])*"/y;
    match.lastIndex = this.at;
    const [quoted] = match.exec(this.text) ?? [];
    if (quoted === undefined) throw this.fault('a text has no end on its line');
    try {
      const value: unknown = JSON.parse(quoted);
      this.at += quoted.length;
      return String(value);
    } catch {
      throw this.fault(`${quoted.slice(0, 40)} has a character that is none of JSON’s`);
    }
  }

  private word(): JsonValue {
    const match = /[^\s,:[\]{}"/]+/y;
    match.lastIndex = this.at;
    const [word] = match.exec(this.text) ?? [];
    if (word === undefined) throw this.fault(`a value is expected, not ${this.seen()}`);
    const value = wordValue(word);
    if (value === null) throw this.fault(`${JSON.stringify(word.slice(0, 40))} is no value: texts stand in quotes`);
    this.at += word.length;
    return value;
  }

  /** Skips blanks and comments. */
  private space(): void {
    const match = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
    match.lastIndex = this.at;
    this.at += match.exec(this.text)?.[0].length ?? 0;
  }

  private seen(): string {
    return this.at >= this.text.length ? 'the end of the file' : JSON.stringify(this.text[this.at]);
  }

  private fault(what: string): JsonTextError {
    return new JsonTextError(what, this.at);
  }
}

function wordValue(word: string): JsonValue | null {
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
  if (word === 'null') return { kind: 'null' };
  if (/^-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?(?:[eE][+-]?\d{1,3})?$/.test(word))
    return { kind: 'number', value: Number(word) };
  return null;
}
