/**
 * UTF-8 over plain bytes, as the Java peers treat it: each UTF-16 unit is written alone (a supplementary character becomes
 * two three-byte surrogates, as Java's jute writer does), and what is malformed is read as U+FFFD (Java's `String`).
 */

const REPLACEMENT = 0xfffd;

/** How many bytes `writeUtf8` will need. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) length += unit < 0x800 ? 1 : 2;
  }
  return length;
}

/** Writes the text at the offset and returns the offset after it; the target must have room for `utf8Length`. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      target[at++] = unit;
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 0x3f);
      target[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/** The bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** Units of a text that are put together at once. */
const SPAN_UNITS = 1024;
const span = new Uint16Array(SPAN_UNITS + 1);

/** The text of the units of `span` up to here. */
function textOfSpan(length: number): string {
  // Of a typed array the declaration knows nothing; the function takes whatever is like an array.
  return String.fromCharCode.apply(null, span.subarray(0, length) as Iterable<number> as number[]);
}

/**
 * The text of the bytes from start to end; what is malformed becomes U+FFFD. It is put together from long pieces: a text that
 * grew by a character at a time would stay a chain of characters, 32 bytes each, until somebody reads it, and a client's
 * frame of 1 MB would take 32.
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let length = 0;
  let at = start;
  while (at < end) {
    if (length >= SPAN_UNITS) {
      text += textOfSpan(length);
      length = 0;
    }
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      span[length++] = first;
      at++;
      continue;
    }
    const wanted =
      first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    let point = first & (0x7f >> wanted);
    let used = 1;
    while (used < wanted && at + used < end && isContinuation(first, used, bytes[at + used] ?? 0)) {
      point = (point << 6) | ((bytes[at + used] ?? 0) & 0x3f);
      used++;
    }
    at += used;
    if (wanted === 0 || used < wanted) point = REPLACEMENT;
    if (point > 0xffff) {
      span[length++] = 0xd800 + ((point - 0x10000) >> 10);
      span[length++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    } else {
      span[length++] = point;
    }
  }
  return text + textOfSpan(length);
}

function isContinuation(first: number, index: number, byte: number): boolean {
  if ((byte & 0xc0) !== 0x80) return false;
  if (index > 1) return true;
  // Overlong forms, surrogates and values above U+10FFFF show in the second byte.
  if (first === 0xe0) return byte >= 0xa0;
  if (first === 0xed) return byte < 0xa0;
  if (first === 0xf0) return byte >= 0x90;
  if (first === 0xf4) return byte < 0x90;
  return true;
}
