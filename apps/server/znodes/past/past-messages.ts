/** What is said to the thread that keeps past trees, and what it answers. */
import type { ChildrenJson, ZnodeJson } from '@vivarium/shared/contract/rest';
import type { Page } from '../page.ts';

export interface PastQuery {
  /** Data directories of servers that may have the transaction in their logs, the likeliest first. */
  readonly directories: readonly string[];
  readonly zxid: bigint;
  readonly path: string;
  /** Of the children; null asks for the znode itself. */
  readonly page: Page | null;
}

export type PastAnswer =
  | { readonly ok: true; readonly znode: Omit<ZnodeJson, 'at'> }
  | { readonly ok: true; readonly list: Omit<ChildrenJson, 'at'> }
  /** `early`: the transaction is not on a disk yet. */
  | { readonly ok: false; readonly fault: 'noNode' | 'noAuth' | 'early' | 'unreadable'; readonly reason: string };

export interface PastRequest {
  readonly id: number;
  readonly query: PastQuery;
}

export interface PastReply {
  readonly id: number;
  readonly answer: PastAnswer;
}
