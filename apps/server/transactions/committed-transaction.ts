/** What the store of transactions takes: a committed transaction, with what it did. */
import type { ZnodeChange } from '@vivarium/shared/cluster-event';
import type { Zxid } from '@vivarium/shared/zxid';

/** Data of a znode beside a change, as far as they are known. */
export interface ChangeData {
  /** Their length; null where it is not known. */
  readonly bytes: number | null;
  /** Null where they are not known, or longer than `MAX_KEPT_DATA_BYTES`. */
  readonly data: Uint8Array | null;
}

/** Data that are longer are not kept, only their length. */
export const MAX_KEPT_DATA_BYTES = 64 << 10;

/** What a transaction did to one znode. */
export interface CommittedChange extends ZnodeChange {
  /**
   * Null where there are none: the znode is not there yet, or has no data. Of `aclChanged` these are the lists instead, as
   * `aclText` writes them.
   */
  readonly before: ChangeData | null;
  readonly after: ChangeData | null;
  /**
   * Whether the credentials in use may read the znode, by its ACL just before the change (of `created`, by the one that it
   * got). What is false here is never shown.
   */
  readonly readable: boolean;
}

/** One committed transaction. Those of a cluster come in the order of their zxids. */
export interface CommittedTransaction {
  readonly zxid: Zxid;
  /** When the leader made it, ms since 1970 by the leader's clock. */
  readonly timeMs: number;
  /** When it came here, ms since 1970. */
  readonly heardMs: number;
  readonly session: bigint;
  readonly cxid: number;
  /** As `opName` says it. */
  readonly operation: string;
  /** The error code of a transaction that failed; 0 else. */
  readonly error: number;
  /** The path that it is about, where it is about one. */
  readonly path: string | null;
  /** As many as `MAX_TRACED_CHANGES`. */
  readonly changes: readonly CommittedChange[];
  readonly moreChanges: number;
}

/** Consecutive transactions. */
export interface TransactionBatch {
  /**
   * The zxid of the tree before the first of them, so that what was not seen is known: after a snapshot it is the snapshot's
   * (a batch without transactions is welcome then). Null where it is not known; then only what the counters skip is seen.
   */
  readonly after: Zxid | null;
  readonly transactions: readonly CommittedTransaction[];
}
