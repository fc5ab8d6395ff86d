/** What two servers' answers are compared by: their form, since their numbers are their own. */

/** Lines with `#` for every number, `<date>` for a date and `<path>` for a path of this machine. */
export function textShape(text: string): string[] {
  return text
    .replace(/^(?:Zookeeper version: |zookeeper\.version=).*$/gm, '<version>')
    .replace(/\/\S*\/version-2/g, '<path>')
    .replace(/\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}/g, '<date>')
    .replace(/0x[0-9a-f]+/g, '#')
    .replace(/-?\d+(?:\.\d+)+/g, '#')
    .replace(/-?\d+/g, '#')
    .split('\n');
}

/** Keys and types of JSON, in the order of the keys; of a list, what kinds of items are in it. */
export type JsonShape =
  | string
  | { readonly list: readonly JsonShape[] }
  | { readonly keys: readonly [string, JsonShape][] };

/** The shape of a value. Keys that are numbers are sessions and times: masked, and as many as there are kinds of their values. */
export function jsonShape(value: unknown): JsonShape {
  if (Array.isArray(value)) {
    const shapes = new Map(value.map((item) => [JSON.stringify(jsonShape(item)), jsonShape(item)]));
    return { list: [...shapes.values()] };
  }
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  // Java leaves the instant of an expiry behind when the last session has moved on to another.
  const used = Object.entries(value).filter(
    ([key, item]) => !(/^\d+$/.test(key) && Array.isArray(item) && item.length === 0),
  );
  const keys = used.map(([key, item]): [string, JsonShape] => [key.replace(/^\d+$/, '#'), jsonShape(item)]);
  return { keys: [...new Map(keys.map((entry) => [JSON.stringify(entry), entry])).values()] };
}

/** The same with the keys of every object in the order of the alphabet: where Java's order is by chance. */
export function unordered(shape: JsonShape): JsonShape {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return { list: shape.list.map(unordered) };
  const keys = shape.keys.map(([key, item]): [string, JsonShape] => [key, unordered(item)]);
  return { keys: keys.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
