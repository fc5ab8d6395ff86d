/** Changes of the clusters file that leave everything else as a person wrote it: comments, order, blanks, and entries with faults. */
import { type JsonEntry, type JsonNode, parseJsonText } from './json-text.ts';

/** What the page says of a cluster that it adds. */
export interface NewEntry {
  readonly id: string;
  readonly name: string;
  readonly connect: string;
  readonly readOnly: boolean;
}

/** The file has no list to which a cluster could be added. */
export class NotAListError extends Error {
  override name = 'NotAListError';
  readonly at: number;

  constructor(at: number) {
    super('is to be a list in []');
    this.at = at;
  }
}

/** The text with one cluster more. Throws `JsonTextError` and `NotAListError`. */
export function withCluster(text: string, entry: NewEntry): string {
  const root = text.trim() === '' ? null : parseJsonText(text);
  const item = `    ${JSON.stringify({ ...entry, fromPage: true }, null, 2).replaceAll('\n', '\n    ')}`;
  if (root === null) return `{\n  "clusters": [\n${item}\n  ]\n}\n`;
  if (root.kind !== 'object') throw new NotAListError(root.start);
  const clusters = root.entries.find(({ key }) => key === 'clusters');
  if (clusters === undefined) {
    return inserted(text, root, root.entries.at(-1)?.value ?? null, `  "clusters": [\n${item}\n  ]`);
  }
  if (clusters.value.kind !== 'array') throw new NotAListError(clusters.value.start);
  return inserted(text, clusters.value, clusters.value.items.at(-1) ?? null, item);
}

/** The text without the cluster; unchanged where it has none of that id. Throws `JsonTextError`. */
export function withoutCluster(text: string, id: string): string {
  const items = itemsOf(text);
  const index = items.findIndex((item) => idOf(item) === id);
  const item = items[index];
  if (item === undefined) return text;
  const before = items[index - 1];
  const comma = commaBehind(text, item.end);
  const blank = /\n?[ \t]*$/.exec(text.slice(0, item.start))?.[0].length ?? 0;
  const cut = text.slice(0, item.start - blank) + text.slice(comma ?? item.end);
  if (comma !== null || before === undefined) return cut;
  // It was the last one: the comma in front of it would stay behind the one before.
  const left = commaBehind(text, before.end);
  return left === null ? cut : cut.slice(0, left - 1) + cut.slice(left);
}

/** The text with the cluster's `readOnly`; unchanged where it has no cluster of that id. Throws `JsonTextError`. */
export function withReadOnly(text: string, id: string, readOnly: boolean): string {
  const item = itemsOf(text).find((candidate) => idOf(candidate) === id);
  if (item?.kind !== 'object') return text;
  const value = entryOf(item, 'readOnly')?.value;
  if (value !== undefined) return text.slice(0, value.start) + String(readOnly) + text.slice(value.end);
  return inserted(text, item, item.entries.at(-1)?.value ?? null, `      "readOnly": ${readOnly}`);
}

/** Puts something behind the last thing in a list or object, on a line of its own, and behind comments on that one's line. */
function inserted(text: string, container: JsonNode, last: JsonNode | null, what: string): string {
  const close = container.end - 1;
  const from = last?.end ?? container.start + 1;
  const between = text.slice(from, close);
  const rest = between.trimEnd();
  const comma = last === null || commaBehind(text, last.end) !== null ? '' : ',';
  const tail = between.slice(rest.length);
  return `${text.slice(0, from)}${comma}${rest}\n${what}${tail.includes('\n') ? tail : '\n'}${text.slice(close)}`;
}

/** The offset behind the comma that follows, with nothing but blanks and comments before it; null where none does. */
function commaBehind(text: string, from: number): number | null {
  const found = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*,/y;
  found.lastIndex = from;
  return found.test(text) ? found.lastIndex : null;
}

function itemsOf(text: string): readonly JsonNode[] {
  const root = parseJsonText(text);
  const clusters = root.kind === 'object' ? entryOf(root, 'clusters')?.value : undefined;
  return clusters?.kind === 'array' ? clusters.items : [];
}

function idOf(item: JsonNode): string | null {
  const value = item.kind === 'object' ? entryOf(item, 'id')?.value : undefined;
  return value?.kind === 'string' ? value.value : null;
}

function entryOf(node: JsonNode, key: string): JsonEntry | undefined {
  return node.kind === 'object' ? node.entries.find((entry) => entry.key === key) : undefined;
}
