/** Java's properties syntax (`java.util.Properties.load`), as zoo.cfg is written: keys, values, and where each stands. */

/** One key and its value. `line` counts from 1 and is that of the key. */
export interface Property {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** A logical line: natural lines joined where a backslash ends them. */
interface LogicalLine {
  readonly text: string;
  readonly line: number;
  /** How many natural lines there are up to its end. */
  readonly end: number;
}

/** All properties of a text in their order; a key that stands twice is there twice. Nothing is malformed in this syntax. */
export function parseProperties(text: string): Property[] {
  return logicalLines(text.split(NEWLINE)).map(({ text: content, line }) => {
    const { keyEnd, valueStart } = splitAt(content);
    return { key: unescaped(content.slice(0, keyEnd)), value: unescaped(content.slice(valueStart)).trim(), line };
  });
}

/** Whether the value of a key is for nobody's eyes. */
export function isSecret(key: string): boolean {
  return /(password|passwd|superDigest)$/i.test(key);
}

const NEWLINE = /\r\n|\n|\r/;

/** A text as it is written, by property: the lines of each as one, and comments and empty lines, which have no key, between them. */
export function propertyLines(text: string): { readonly key: string | null; readonly source: string }[] {
  const natural = text.split(NEWLINE);
  if (natural.at(-1) === '') natural.pop();
  const pieces: { key: string | null; source: string }[] = [];
  let next = 0;
  for (const { text: content, line, end } of logicalLines(natural)) {
    while (next < line - 1) pieces.push({ key: null, source: natural[next++] ?? '' });
    pieces.push({
      key: unescaped(content.slice(0, splitAt(content).keyEnd)),
      source: natural.slice(next, end).join('\n'),
    });
    next = end;
  }
  while (next < natural.length) pieces.push({ key: null, source: natural[next++] ?? '' });
  return pieces;
}

function logicalLines(natural: readonly string[]): LogicalLine[] {
  const lines: LogicalLine[] = [];
  for (let i = 0; i < natural.length; i++) {
    const line = i + 1;
    let content = trimStart(natural[i] ?? '');
    // Comments do not continue, whatever they end with.
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    while (endsWithBackslash(content) && i + 1 < natural.length) {
      i++;
      content = content.slice(0, -1) + trimStart(natural[i] ?? '');
    }
    lines.push({ text: endsWithBackslash(content) ? content.slice(0, -1) : content, line, end: i + 1 });
  }
  return lines;
}

function trimStart(text: string): string {
  return text.replace(/^[ \t\f\uFEFF]+/, '');
}

/** Whether an odd number of backslashes ends the text: an even number are escaped ones. */
function endsWithBackslash(text: string): boolean {
  const trailing = /\\+$/.exec(text);
  return trailing !== null && trailing[0].length % 2 === 1;
}

/** Where the key ends and the value starts: at the first `=`, `:` or white space that no backslash escapes. */
function splitAt(content: string): { keyEnd: number; valueStart: number } {
  let keyEnd = 0;
  while (keyEnd < content.length && !/[=: \t\f]/.test(content.charAt(keyEnd))) {
    keyEnd += content.charAt(keyEnd) === '\\' ? 2 : 1;
  }
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(content.slice(keyEnd))?.[0] ?? '';
  return { keyEnd: Math.min(keyEnd, content.length), valueStart: keyEnd + separator.length };
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, other: string | undefined) =>
    hex === undefined ? (ESCAPES[other ?? ''] ?? other ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
