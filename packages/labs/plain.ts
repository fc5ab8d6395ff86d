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

/**
 * The one spelling of a value: keys in order, maps and sets as lists in theirs, no functions, and no sentences (a record of just
 * `en` and `zh`), so that a text that is mended does not make a history another one. Where an object contains itself, it
 * says so.
 */
export function spell(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, inside: Set<object>): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || value === undefined ? '~' : JSON.stringify(value);
  }
  if (inside.has(value)) return '^';
  inside.add(value);
  const text = writeObject(value, inside);
  inside.delete(value);
  return text;
}

function writeObject(value: object, inside: Set<object>): string {
  if (Array.isArray(value)) return `[${value.map((item) => write(item, inside)).join()}]`;
  if (value instanceof Uint8Array) return `#${[...value].join()}`;
  if (value instanceof Map) {
    return `<${[...value].map(([key, item]) => `${write(key, inside)}:${write(item, inside)}`).join()}>`;
  }
  if (value instanceof Set) return `<${[...value].map((item) => write(item, inside)).join()}>`;
  const keys = Object.keys(value).sort();
  if (keys.length === 2 && keys[0] === 'en' && keys[1] === 'zh') return '""';
  const parts: string[] = [];
  for (const key of keys) {
    const item: unknown = Reflect.get(value, key);
    if (item !== undefined && typeof item !== 'function') parts.push(`${JSON.stringify(key)}:${write(item, inside)}`);
  }
  return `{${parts.join()}}`;
}

/** The next link of a chain of hashes: 16 hex digits. */
export function chain(previous: string, text: string): string {
  const digest = sha1(encodeUtf8(`${previous}\n${text}`));
  let hex = '';
  for (const byte of digest.subarray(0, 8)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
