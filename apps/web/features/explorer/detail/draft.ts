/** What a viewer makes of a znode's data, until it is saved. */
import { MAX_REQUEST_BYTES } from '@vivarium/shared/contract/limits';
import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import { utf8Length } from '@vivarium/shared/utf8';
import { encodeText, readData, sameBytes } from '../data/data-kind.ts';

export interface Draft {
  /** The znode as it was read: its version is what saving asks for. */
  readonly base: ZnodeJson;
  /** Text that is edited, or the bytes of a file that is to replace the data. */
  readonly content:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array };
}

/** The bytes that saving the draft would write. */
export function draftBytes({ content }: Draft): Uint8Array {
  return content.kind === 'text' ? encodeText(content.text) : content.bytes;
}

/** Whether the draft differs from what it began with. */
export function isDirty(draft: Draft | null): draft is Draft {
  if (draft === null) return false;
  const base = readData(draft.base.data);
  if (draft.content.kind === 'text') return draft.content.text !== base.text;
  return !sameBytes(draft.content.bytes, base.bytes);
}

/** Of a request to create with an ACL of one entry: header, lengths and counts, flags, a TTL, `world` and `anyone`. */
const REQUEST_BYTES = 55;

/** The most bytes that the data of a znode may have: the path goes with it. */
export function dataLimit(path: string): number {
  return MAX_REQUEST_BYTES - REQUEST_BYTES - utf8Length(path);
}
