/**
 * The subject of a certificate by RFC 2253, letter for letter as Java's `X500Principal.getName` writes it: ACLs of the scheme
 * x509 compare it as text, and servers of both kinds have to agree.
 */
import { decodeUtf8 } from '@vivarium/shared/utf8';

/** A piece of DER: its tag, what is in it, and all of it. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

const EXPLICIT_VERSION = 0xa0;
/** Behind the version: serial number, algorithm, issuer, validity. */
const FIELDS_BEFORE_SUBJECT = 4;

/** Names of the attributes that RFC 2253 has names for. */
const KEYWORDS = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
]);

/** UTF8String, PrintableString, T61String, IA5String, GeneralString, BMPString: Java reads each of them as UTF-8. */
const TEXT_TAGS = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1e]);

/** Of a certificate in DER; empty where it names nobody. Throws `RangeError` where the bytes are no certificate. */
export function certificateSubject(der: Uint8Array): string {
  const [certificate] = elements(der);
  const [signed] = elements(contentOf(certificate));
  const fields = elements(contentOf(signed));
  const subject = fields[FIELDS_BEFORE_SUBJECT + (fields[0]?.tag === EXPLICIT_VERSION ? 1 : 0)];
  // The last comes first.
  return elements(contentOf(subject))
    .map((relativeName) => elements(relativeName.content).map(attribute).join('+'))
    .reverse()
    .join(',');
}

function attribute({ content }: Element): string {
  const [type, value] = elements(content);
  if (value === undefined) throw new RangeError('an attribute without a value');
  const identifier = objectIdentifier(contentOf(type));
  const keyword = KEYWORDS.get(identifier);
  if (keyword === undefined || !TEXT_TAGS.has(value.tag))
    return `${keyword ?? identifier}=#${Buffer.from(value.whole).toString('hex')}`;
  return `${keyword}=${escaped(decodeUtf8(value.content))}`;
}

function escaped(text: string): string {
  return text
    .replace(/[,=+<>#;"\\]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ \r]+|[ \r]+$/g, (spaces) => spaces.replace(/[ \r]/g, '\\$&'));
}

function objectIdentifier(bytes: Uint8Array): string {
  const parts: bigint[] = [];
  let part = 0n;
  for (const byte of bytes) {
    part = (part << 7n) | BigInt(byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    parts.push(part);
    part = 0n;
  }
  const [first = 0n, ...rest] = parts;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

function contentOf(element: Element | undefined): Uint8Array {
  if (element === undefined) throw new RangeError('a part is missing');
  return element.content;
}

/** The elements that stand one behind the other. */
function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let start = 0; start < bytes.length; ) {
    const { contentStart, length } = header(bytes, start);
    const end = contentStart + length;
    if (end > bytes.length) throw new RangeError('an element ends too early');
    found.push({
      tag: bytes[start] ?? 0,
      content: bytes.subarray(contentStart, end),
      whole: bytes.subarray(start, end),
    });
    start = end;
  }
  return found;
}

function header(bytes: Uint8Array, start: number): { contentStart: number; length: number } {
  const first = bytes[start + 1] ?? 0;
  if (first < 0x80) return { contentStart: start + 2, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 3) throw new RangeError('a length that no certificate has');
  let length = 0;
  for (const byte of bytes.subarray(start + 2, start + 2 + count)) length = (length << 8) | byte;
  return { contentStart: start + 2 + count, length };
}
