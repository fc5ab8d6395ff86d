/** JSON as AdminServer has always shown it (Java `JsonOutputter`, Jackson's printer): with 64-bit integers, and doubles as such. */

/** A value. A `bigint` is an integer as it is; a double is made by `double`. */
export type Json = string | number | bigint | boolean | null | JsonNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
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
  const entries = Object.entries(value);
  if (entries.length === 0) return '{ }';
  const inner = `${indent}  `;
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)} : ${jsonText(item, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
