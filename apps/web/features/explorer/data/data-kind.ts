/** What the bytes of a znode are, so that they are shown as what they are and never changed by being shown. */
import { isJson } from './json-text.ts';

export type DataKind = 'none' | 'empty' | 'json' | 'text' | 'binary';

export interface ReadData {
  readonly kind: DataKind;
  /** Null where the znode has no data at all, which is not the same as no bytes. */
  readonly bytes: Uint8Array | null;
  /** The text whose UTF-8 form is exactly `bytes`; null for binary data. */
  readonly text: string | null;
}

/** Reads data as it crosses the network. */
export function readData(base64: string | null): ReadData {
  if (base64 === null) return { kind: 'none', bytes: null, text: '' };
  return classify(fromBase64(base64));
}

/** Says what bytes are. */
export function classify(bytes: Uint8Array): ReadData {
  if (bytes.length === 0) return { kind: 'empty', bytes, text: '' };
  const text = strictText(bytes);
  if (text === null) return { kind: 'binary', bytes, text: null };
  return { kind: isJson(text) ? 'json' : 'text', bytes, text };
}

/**
 * The text of bytes that are UTF-8 and meant to be read: no control characters but tab and the ends of lines. Null
 * otherwise.
 */
function strictText(bytes: Uint8Array): string | null {
  for (const byte of bytes) if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export type LineEnd = '\n' | '\r\n';

/**
 * What parts the lines of a text in an editor, so that every character stays: `\r\n` where all lines end so; otherwise
 * `\n`, and an `\r` is a character of its line.
 */
export function lineEnd(text: string): LineEnd {
  const breaks = text.split('\n').length - 1;
  const windows = text.split('\r\n').length - 1;
  return windows > 0 && windows === breaks ? '\r\n' : '\n';
}

/** The bytes that a text is saved as. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes of base64 text, which the server made. */
export function fromBase64(base64: string): Uint8Array {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
