/**
 * How the four-letter words are told from frames, with which they share the client port: four bytes instead of the length of
 * a ConnectRequest (Java `FourLetterCommands`). Their answers are in `ensemble/admin`.
 */

/** Ctrl-C as telnet sends it: a word without letters, which asks for nothing but the end. */
export const TELNET_CLOSE = 'telnet close';

const WORDS: ReadonlySet<string> = new Set(
  'conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs'.split(' '),
);
const TELNET_CLOSE_BYTES = '\xff\xf4\xff\xfd';
const WORD_BYTES = 4;
const TRACE_MASK_BYTES = 8;

/** What came instead of a frame. */
export interface FourLetterWord {
  readonly word: string;
  /** Of `stmk`, the mask that follows it. */
  readonly traceMask: bigint | null;
}

/** The word at the front of what a client has sent; `incomplete` where more of it is to come; null: it is a frame. */
export function fourLetterWordOf(bytes: Uint8Array): FourLetterWord | 'incomplete' | null {
  if (bytes.length < WORD_BYTES) return 'incomplete';
  const word = String.fromCharCode(...bytes.subarray(0, WORD_BYTES));
  if (word === TELNET_CLOSE_BYTES) return { word: TELNET_CLOSE, traceMask: null };
  if (!WORDS.has(word)) return null;
  if (word !== 'stmk') return { word, traceMask: null };
  if (bytes.length < WORD_BYTES + TRACE_MASK_BYTES) return 'incomplete';
  return { word, traceMask: new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(WORD_BYTES) };
}
