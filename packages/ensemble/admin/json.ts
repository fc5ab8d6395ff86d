/** JSON as AdminServer has always shown it (Java `JsonOutputter`, Jackson's printer): with 64-bit integers, and doubles as such. */

import { joined } from './text.ts';

/** A value. A `bigint` is an integer as it is; a double is made by `double`. */
export type Json = string | number | bigint | boolean | null | JsonNumber | readonly Json[] | JsonEntries | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An object whose keys are data, and may be a million: they are asked for one by one. */
export class JsonEntries {
  readonly entries: Iterable<readonly [string, Json]>;

  constructor(entries: Iterable<readonly [string, Json]>) {
    this.entries = entries;
  }
}

/** The text of a number that stands in the output as it is. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The text of a value, without a newline at its end. */
export function jsonText(value: Json, indent = ''): string {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((item) => jsonText(item, indent)).join(', ')} ]`;
  }
  const inner = `${indent}  `;
  const entries: Iterable<readonly [string, Json]> =
    value instanceof JsonEntries ? value.entries : Object.entries(value);
  const text = joined(entries, ([key, item]) => `\n${inner}${JSON.stringify(key)} : ${jsonText(item, inner)}`, ',');
  return text === '' ? '{ }' : `{${text}\n${indent}}`;
}

function isList(value: readonly Json[] | JsonEntries | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
