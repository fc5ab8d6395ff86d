/** Plain data: whether it is equal, and its one spelling for hashes. */

import { sha1 } from '@vivarium/shared/sha1';
import { encodeUtf8 } from '@vivarium/shared/utf8';

/** Whether two pieces of plain data say the same: lists in order, records by their keys. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => isSame(item, other[index]));
  }
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(Reflect.get(one, key), Reflect.get(other, key)));
}

/** What is spelled longer than this stands in what contains it as a digest: large parts are often contained many times. */
const LONG = 1024;

/**
 * The one spelling of a value: keys in order, maps and sets as lists in theirs, no functions, and no sentences (a record of just
 * `en` and `zh`), so that a text that is mended does not make a history another one. Where an object contains itself, it
 * says so.
 */
export function spell(value: unknown): string {
  return new Speller().write(value);
}

class Speller {
  /** What is being spelled, from the outside in. */
  private readonly inside = new Set<object>();
  /** How often something was met that is being spelled already: what it stands in is spelled otherwise elsewhere. */
  private loops = 0;
  /** What has been spelled, but for what is in a loop. It depends on what an object says, not on who shares it. */
  private readonly known = new Map<object, string>();

  write(value: unknown): string {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (typeof value !== 'object' || value === null) {
      return typeof value === 'function' || value === undefined ? '~' : JSON.stringify(value);
    }
    const known = this.known.get(value);
    if (known !== undefined) return known;
    if (this.inside.has(value)) {
      this.loops++;
      return '^';
    }
    const { loops } = this;
    this.inside.add(value);
    const text = this.writeObject(value);
    this.inside.delete(value);
    const short = text.length > LONG ? `#${chain('', text)}` : text;
    if (this.loops === loops) this.known.set(value, short);
    return short;
  }

  private writeObject(value: object): string {
    if (Array.isArray(value)) return `[${value.map((item) => this.write(item)).join()}]`;
    if (value instanceof Uint8Array) return `#${value.join()}`;
    if (value instanceof Map) {
      return `<${[...value].map(([key, item]) => `${this.write(key)}:${this.write(item)}`).join()}>`;
    }
    if (value instanceof Set) return `<${[...value].map((item) => this.write(item)).join()}>`;
    const keys = Object.keys(value).sort();
    if (keys.length === 2 && keys[0] === 'en' && keys[1] === 'zh') return '""';
    let text = '';
    for (const key of keys) {
      const item: unknown = Reflect.get(value, key);
      if (item === undefined || typeof item === 'function') continue;
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${this.write(item)}`;
    }
    return `{${text}}`;
  }
}

/** The next link of a chain of hashes: 16 hex digits. */
export function chain(previous: string, text: string): string {
  const digest = sha1(encodeUtf8(`${previous}\n${text}`));
  let hex = '';
  for (const byte of digest.subarray(0, 8)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
