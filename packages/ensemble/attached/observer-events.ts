/** What goes into an observer of an attached ensemble, and what comes out of it. */
import type { WayReason } from '@vivarium/shared/contract/source';
import type { TxnRecord } from '@vivarium/wire/txn';
import type { AppliedTxn, Database } from '../core/database.ts';
import type { PeerTransport } from '../net/peer-transport.ts';
import type { AttachedMember } from './attached-member.ts';

export interface ObserverOptions {
  readonly members: readonly AttachedMember[];
  /** Plain text where there is none. */
  readonly transport?: PeerTransport;
  /** Drawn at random where there is none; see `strangerSid`. */
  readonly sid?: number;
  /**
   * What is kept of the body of a znode that a snapshot brings: the same bytes elsewhere, or fewer, or null. Where there is
   * none, bodies are copied into large buffers that they share. A tree whose bodies are not what the leader has differs from
   * the leader's in its digest.
   */
  readonly keepBody?: (path: string, data: Uint8Array) => Uint8Array | null;
  /** A larger tree is not taken: `failed` says `tooLarge`. */
  readonly maxZnodes?: number;
}

export type ObserverState =
  /** Asks who leads. */
  | { readonly kind: 'looking' }
  | { readonly kind: 'connecting'; readonly leader: number }
  /** By what is missing, or by a whole snapshot. */
  | { readonly kind: 'synchronising'; readonly leader: number; readonly mode: 'DIFF' | 'SNAP' }
  /** Every transaction that is committed is applied as soon as it is told. */
  | { readonly kind: 'following'; readonly leader: number; readonly epoch: number };

/** What an observer tells, from within its own turn of the event loop: whoever takes long holds up its answers to the leader. */
export interface ObserverEvents {
  /** It has changed. */
  state(state: ObserverState): void;
  /**
   * The tree is another one from now on: at first, after a snapshot, or since the leader did not know what this one ended with.
   * A snapshot of Apache's may hold changes of transactions that are yet to come as `applied`.
   */
  installed(database: Database): void;
  /**
   * A transaction is about to be applied: the tree is what it was before it. While `synchronising` with a leader that has not
   * got its quorum yet it may be undone by the next leader, in which case `installed` follows.
   */
  applying(record: TxnRecord, database: Database): void;
  applied(record: TxnRecord, applied: AppliedTxn, database: Database): void;
  /** What keeps it from following, of one server or, with null, of all. It goes on trying. */
  failed(sid: number | null, reason: WayReason): void;
}
