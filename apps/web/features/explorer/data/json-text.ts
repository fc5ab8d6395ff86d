/**
 * JSON as text. Nothing here goes through JavaScript's values, whose numbers end at 2^53 and whose objects forget the
 * order of keys: every literal stays the characters that it was.
 */

/** Whether a text is JSON of the kind worth laying out: an object or an array. */
export function isJson(text: string): boolean {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Strings, then what is neither space nor punctuation, then punctuation. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[^\s"{}[\],:]+|[{}[\],:]/g;

/** The same JSON laid out on lines, two spaces a level; short lists of plain values stay on one line. */
export function layOut(text: string): string {
  const tokens = text.match(TOKENS) ?? [];
  let out = '';
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? '';
    if (token === '{' || token === '[') {
      const flat = flatList(tokens, i);
      if (flat !== null) {
        out += flat.text;
        i = flat.end;
        continue;
      }
      depth++;
      out += token + newLine();
    } else if (token === '}' || token === ']') {
      depth--;
      out += newLine() + token;
    } else if (token === ',') {
      out += token + newLine();
    } else {
      out += token === ':' ? ': ' : token;
    }
  }
  return out;
}

/** How JSON on one line is written: without any space, or with one behind each comma and colon. */
export type Packing = 'tight' | 'spaced';

/** The same JSON on one line. */
export function pack(text: string, packing: Packing): string {
  const space = packing === 'tight' ? '' : ' ';
  return (text.match(TOKENS) ?? []).map((token) => (token === ',' || token === ':' ? token + space : token)).join('');
}

/** How a text is packed; null where it is not JSON on one line written in one of the ways of `Packing`. */
export function packingOf(text: string): Packing | null {
  if (!isJson(text)) return null;
  return (['tight', 'spaced'] as const).find((packing) => pack(text, packing) === text) ?? null;
}

const FLAT_WIDTH = 72;

/** An empty object or a short list of plain values, as one piece; null for anything else. */
function flatList(tokens: readonly string[], start: number): { text: string; end: number } | null {
  const open = tokens[start];
  let text = open ?? '';
  for (let i = start + 1; i < tokens.length && text.length <= FLAT_WIDTH; i++) {
    const token = tokens[i] ?? '';
    if (token === ']' || token === '}') return { text: text + token, end: i };
    if (open === '{' || token === '{' || token === '[') return null;
    text += token === ',' ? ', ' : token;
  }
  return null;
}

const INTEGERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Where a line of JSON has an integer that JavaScript's numbers cannot hold exactly. */
export function hasBigInteger(line: string): boolean {
  for (const [literal] of line.matchAll(INTEGERS)) {
    if (!/^-?\d{16,}$/.test(literal)) continue;
    if (!Number.isSafeInteger(Number(literal))) return true;
  }
  return false;
}
