/** What committed transactions did, as they are handed on in batches. */
import type { Database } from '@vivarium/ensemble/core/database';
import { maskedAcl } from '@vivarium/ensemble/core/request/access';
import { changesOf, pathOf } from '@vivarium/ensemble/core/traced-changes';
import type { Id } from '@vivarium/shared/acl';
import { MAX_TRACED_CHANGES, type ZnodeChange } from '@vivarium/shared/cluster-event';
import { ErrorCode } from '@vivarium/shared/error-code';
import type { Zxid } from '@vivarium/shared/zxid';
import { OpCode, opName } from '@vivarium/wire/op-code';
import type { SubTxn, Txn, TxnRecord } from '@vivarium/wire/txn';
import { aclText } from '../transactions/acl-text.ts';
import {
  type ChangeData,
  type CommittedChange,
  type CommittedTransaction,
  MAX_KEPT_DATA_BYTES,
  type TransactionBatch,
} from '../transactions/committed-transaction.ts';
import type { Bodies } from './bodies.ts';
import { shownPath } from './shown-path.ts';
import { closedPaths, partsOf } from './touched.ts';
import { Visibility } from './visibility.ts';

const ARENA_BYTES = 64 * 1024;
/** Of all data of one transaction; those behind it are left out. */
const MAX_TXN_DATA_BYTES = 1024 * 1024;
/** Held for who takes them slowly; beyond either they are lost, which the next batch says by its `after`. */
const MAX_HELD = 50_000;
const MAX_HELD_BYTES = 128 * 1024 * 1024;
const MAX_BATCH = 1_000;

/** A batch, and the buffers that its data lie in. */
export interface Handover {
  readonly batch: TransactionBatch;
  readonly buffers: readonly ArrayBuffer[];
}

/** What a part of a transaction makes of a znode, or what is there before it. */
type Content = { readonly data: Uint8Array | null; readonly version: number } | null;

interface Draft extends Omit<CommittedChange, 'readable'> {
  readable: boolean;
}

export class Journal {
  private readonly root: string;
  private readonly now: () => number;
  private after: Zxid | null = null;
  private isNew = false;
  private held: CommittedTransaction[] = [];
  private heldBytes = 0;
  /** Changes to znodes that are not there yet, by their paths in the cluster. */
  private undecided: [string, Draft][] = [];
  private arena = new Uint8Array(0);
  private arenaUsed = 0;
  private buffers: ArrayBuffer[] = [];

  /** `now`: ms since 1970. */
  constructor(root: string, now: () => number) {
    this.root = root;
    this.now = now;
  }

  /** The tree is another one, of this zxid. */
  installed(zxid: Zxid): void {
    this.drop(zxid);
    this.isNew = true;
  }

  /** Takes down what the transaction is about to do. */
  applying(record: TxnRecord, { tree, lastZxid }: Database, bodies: Bodies, identities: readonly Id[]): void {
    if (this.held.length >= MAX_HELD || this.heldBytes >= MAX_HELD_BYTES) this.drop(lastZxid);
    this.after ??= lastZxid;
    const { header, txn } = record;
    const visibility = new Visibility(tree, identities, this.root);
    const changes: CommittedChange[] = [];
    let moreChanges = 0;
    let room = MAX_TXN_DATA_BYTES;
    const contents = new Map<string, Content>();
    /** Of what this transaction has made so far, and else of the tree. A snapshot of Apache's may be ahead of it. */
    const contentOf = (path: string): Content | 'unknown' => {
      const made = contents.get(path);
      if (made !== undefined) return made;
      const node = tree.get(path);
      if (node === undefined) return null;
      if (node.mzxid >= header.zxid || (node.data !== null && bodies.isStandIn(node.data))) return 'unknown';
      return node;
    };
    const take = (change: ZnodeChange, part: SubTxn | null): void => {
      const shown = shownPath(change.path, this.root);
      const before = contentOf(change.path);
      const after = contentAfter(change, part, before);
      contents.set(change.path, after);
      if (shown === null) return;
      if (changes.length === MAX_TRACED_CHANGES) {
        moreChanges++;
        return;
      }
      const node = tree.get(change.path);
      const keep = (data: Uint8Array | null): ChangeData | null => {
        if (data === null) return null;
        const isKept = data.length <= MAX_KEPT_DATA_BYTES && data.length <= room;
        if (isKept) room -= data.length;
        return { bytes: data.length, data: isKept ? this.copy(data) : null };
      };
      const isAcl = change.change === 'aclChanged';
      const aclBefore = node === undefined ? null : aclText(maskedAcl(tree.aclOf(node)));
      const aclAfter = part !== null && 'acl' in part ? aclText(maskedAcl(part.acl ?? [])) : null;
      const draft: Draft = {
        path: shown,
        change: change.change,
        // A znode that goes is named by what it was.
        version:
          change.change === 'deleted' && before !== 'unknown' && before !== null ? before.version : change.version,
        before: isAcl ? keep(aclBefore) : before === 'unknown' ? UNKNOWN : keep(before?.data ?? null),
        after: isAcl ? keep(aclAfter) : keep(after?.data ?? null),
        readable: node !== undefined && visibility.reads(node) && visibility.shows(change.path),
      };
      changes.push(draft);
      if (node === undefined) this.undecided.push([change.path, draft]);
    };
    for (const part of partsOf(txn)) for (const change of changesOf(part, ErrorCode.OK).changes) take(change, part);
    for (const path of closedPaths(record, tree)) take({ path, change: 'deleted', version: -1 }, null);
    const path = aboutOf(txn);
    this.held.push({
      zxid: header.zxid,
      timeMs: header.timeMs,
      heardMs: this.now(),
      session: header.sessionId,
      cxid: header.cxid,
      operation: opName(txn.type),
      error: errorOf(txn),
      path: path === null ? null : shownPath(path, this.root),
      changes,
      moreChanges,
    });
  }

  /** It was done: who may read what it has made is known now. */
  applied({ tree }: Database, identities: readonly Id[]): void {
    if (this.undecided.length === 0) return;
    const visibility = new Visibility(tree, identities, this.root);
    for (const [path, draft] of this.undecided) {
      const node = tree.get(path);
      draft.readable = node !== undefined && visibility.reads(node) && visibility.shows(path);
    }
    this.undecided = [];
  }

  /** What is to be handed on; null where there is nothing. */
  take(): Handover | null {
    if (this.held.length === 0 && !this.isNew) return null;
    const transactions = this.held.length > MAX_BATCH ? this.held.slice(0, MAX_BATCH) : this.held;
    const batch = { after: this.after, transactions };
    // With data of later ones in the same buffers, these would go with them.
    const buffers = transactions.length === this.held.length ? this.buffers : [];
    this.held = this.held.slice(transactions.length);
    this.after = transactions.at(-1)?.zxid ?? this.after;
    this.isNew = false;
    if (this.held.length === 0) this.clear();
    return { batch, buffers };
  }

  private drop(zxid: Zxid): void {
    this.held = [];
    this.clear();
    this.after = zxid;
  }

  private clear(): void {
    this.buffers = [];
    this.heldBytes = 0;
    this.arena = new Uint8Array(0);
    this.arenaUsed = 0;
  }

  /** Of the tree's data, which lie in buffers too large to be sent. */
  private copy(data: Uint8Array): Uint8Array {
    if (data.length > this.arena.length - this.arenaUsed) {
      const buffer = new ArrayBuffer(Math.max(ARENA_BYTES, data.length));
      this.buffers.push(buffer);
      this.arena = new Uint8Array(buffer);
      this.arenaUsed = 0;
    }
    const start = this.arenaUsed;
    this.arena.set(data, start);
    this.arenaUsed += data.length;
    this.heldBytes += data.length;
    return this.arena.subarray(start, this.arenaUsed);
  }
}

const UNKNOWN: ChangeData = { bytes: null, data: null };

function contentAfter(change: ZnodeChange, part: SubTxn | null, before: Content | 'unknown'): Content {
  if (change.change === 'deleted') return null;
  if (part !== null && 'data' in part) return { data: part.data, version: change.version };
  return before === 'unknown' ? null : before;
}

/** The error of a transaction that failed: of a multi, that of the operation which made it fail. */
function errorOf(txn: Txn): number {
  if (txn.type === OpCode.error) return txn.err;
  if (txn.type !== OpCode.multi) return ErrorCode.OK;
  for (const part of txn.txns) {
    if (part.type === OpCode.error && part.err !== ErrorCode.OK && part.err !== ErrorCode.RUNTIMEINCONSISTENCY) {
      return part.err;
    }
  }
  return ErrorCode.OK;
}

/** Of a multi, the first path in it. */
function aboutOf(txn: Txn): string | null {
  if (txn.type !== OpCode.multi) return pathOf(txn);
  return txn.txns.map(pathOf).find((path) => path !== null) ?? null;
}
