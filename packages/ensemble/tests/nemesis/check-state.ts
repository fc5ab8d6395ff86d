/**
 * Holds every answer against the tree that the transactions make: a write is the transaction that it was told to be and had
 * the outcome that the state before it demands; a read shows the tree at its zxid; a transaction was asked for, once.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import { OpCode } from '@vivarium/wire/op-code';
import { WatchEventType } from '@vivarium/wire/replies';
import { decodeTxn, type Txn, type TxnRecord } from '@vivarium/wire/txn';
import { zxidText } from './committed-log.ts';
import type { Findings } from './findings.ts';
import { asWriteOp, type HeldWatches, type History, type Operation, type WatchKind, type WriteOp } from './history.ts';
import { type Change, ModelTree, sessionText } from './model-tree.ts';

/** A watch on a connection, and the change that it waits for; null: none came. */
export interface ArmedWatch {
  readonly path: string;
  readonly kind: WatchKind;
  fired: { readonly zxid: number; readonly type: number; readonly catchUp: boolean } | null;
}

/** How a session ended. */
export interface SessionEnd {
  readonly zxid: number;
  /** Its client did not ask for it. */
  readonly expired: boolean;
  readonly timeoutMs: number;
}

/** What the order of the answers is checked with afterwards. */
export interface StateCheck {
  /** The watch that a read has left, by the number of its entry. */
  readonly readWatches: ReadonlyMap<number, ArmedWatch>;
  /** The watches that a connection has begun with, by the number of the connection. */
  readonly heldWatches: ReadonlyMap<number, readonly ArmedWatch[]>;
  readonly sessionEnds: ReadonlyMap<string, SessionEnd>;
  readonly txns: number;
}

/** Where the entries with a zxid stand, and what nobody has an answer to. */
export interface HistoryIndex {
  /** Numbers of answered operations, by zxid. */
  readonly byZxid: Uint32Array;
  readonly zxids: Float64Array;
  /** By session and cxid. */
  readonly unknown: ReadonlyMap<string, Operation>;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'delete', 'check', 'set', 'multi', 'close']);

export function isWrite({ asked }: Operation): boolean {
  return WRITES.has(asked.op);
}

export function describe(operation: Operation): string {
  const { session, cxid, server, asked, zxid, err, sentMs, doneMs } = operation;
  const times = `${sentMs.toFixed(0)}..${doneMs.toFixed(0)} ms`;
  const answer = zxid === null ? 'unanswered' : `${zxidText(zxid)} err ${err} ${JSON.stringify(operation.got)}`;
  return `${JSON.stringify(asked)} (session ${session}, cxid ${cxid}, server ${server}, ${times}): ${answer}`;
}

export function checkState(
  history: History,
  index: HistoryIndex,
  txns: Iterable<{ readonly zxid: number; readonly bytes: Uint8Array }>,
  findings: Findings,
): StateCheck {
  return new StateChecker(history, index, findings).run(txns);
}

class StateChecker {
  private readonly history: History;
  private readonly index: HistoryIndex;
  private readonly findings: Findings;
  private readonly tree = new ModelTree();
  private readonly readWatches = new Map<number, ArmedWatch>();
  private readonly heldWatches = new Map<number, ArmedWatch[]>();
  private readonly sessionEnds = new Map<string, SessionEnd>();
  private readonly lastCxids = new Map<string, number>();
  private readonly dataWatches = new Map<string, ArmedWatch[]>();
  private readonly childWatches = new Map<string, ArmedWatch[]>();
  private next = 0;
  private txns = 0;

  constructor(history: History, index: HistoryIndex, findings: Findings) {
    this.history = history;
    this.index = index;
    this.findings = findings;
  }

  run(txns: Iterable<{ readonly zxid: number; readonly bytes: Uint8Array }>): StateCheck {
    for (const { zxid, bytes } of txns) {
      this.checkGroups(zxid - 1);
      this.txn(zxid, decodeTxn(bytes));
    }
    this.checkGroups(Number.POSITIVE_INFINITY);
    for (const session of [...this.tree.sessions.keys(), ...this.tree.owners()]) {
      this.findings.add('SessionEnd', `session ${session} is still there, long after its client has gone`);
    }
    const { readWatches, heldWatches, sessionEnds } = this;
    return { readWatches, heldWatches, sessionEnds, txns: this.txns };
  }

  /** Checks all entries up to the zxid, which is before the next transaction: none of them can be a write. */
  private checkGroups(upTo: number): void {
    for (const [number, operation] of this.take(upTo)) {
      if (isWrite(operation)) this.findings.add('Durability', `an acknowledged write is lost: ${describe(operation)}`);
      else this.read(number, operation);
    }
  }

  /** Entries with a zxid up to the given one, each with its number. */
  private *take(upTo: number): Generator<[number, Operation]> {
    const { byZxid, zxids } = this.index;
    for (; this.next < byZxid.length; this.next++) {
      const number = byZxid[this.next] ?? 0;
      if ((zxids[number] ?? 0) > upTo) return;
      const entry = this.history.at(number);
      if (entry.kind === 'op') yield [number, entry];
    }
  }

  private txn(zxid: number, record: TxnRecord): void {
    this.txns++;
    const here = [...this.take(zxid)];
    const [acked, ...others] = here.filter(([, operation]) => isWrite(operation)).map(([, operation]) => operation);
    for (const other of others)
      this.findings.add('Agreement', `two writes are the same transaction: ${describe(other)}`);
    this.attribute(zxid, record, acked ?? null);
    if (acked !== undefined) this.checkOutcome(acked, record.txn);
    const changes = this.tree.apply(record);
    if (typeof changes === 'string') this.findings.add('TotalOrder', `${zxidText(zxid)} ${changes}`);
    else this.fire(zxid, changes);
    if (acked !== undefined && acked.err === ErrorCode.OK) this.checkStat(acked);
    for (const [number, operation] of here) if (!isWrite(operation)) this.read(number, operation);
  }

  /** Every transaction was asked for, in the order of its session, and once. */
  private attribute(zxid: number, { header, txn }: TxnRecord, acked: Operation | null): void {
    const session = sessionText(header.sessionId);
    const name = `${zxidText(zxid)} of session ${session}, cxid ${header.cxid}`;
    if (acked !== null && (acked.session !== session || acked.cxid !== header.cxid)) {
      this.findings.add('Agreement', `${name} was acknowledged to another: ${describe(acked)}`);
    }
    if (txn.type === OpCode.createSession) {
      this.findings.expect(!this.sessionEnds.has(session), 'SessionEnd', () => `${name} begins a session that is over`);
      return;
    }
    const over = this.sessionEnds.has(session);
    if (over && txn.type !== OpCode.error && txn.type !== OpCode.closeSession) {
      this.findings.add('SessionEnd', `${name} changes something after the session's end`);
    }
    if (txn.type === OpCode.closeSession && !over) {
      const timeoutMs = this.tree.sessions.get(session) ?? 0;
      this.sessionEnds.set(session, { zxid, expired: header.cxid === 0, timeoutMs });
    }
    if (header.cxid === 0) return;
    // What the session's former server passes on too late is refused, and by that its order is kept.
    if (txn.type !== OpCode.error || txn.err !== ErrorCode.SESSIONMOVED) {
      const last = this.lastCxids.get(session) ?? 0;
      this.findings.expect(header.cxid > last, 'SessionOrder', () => `${name} comes after cxid ${last}`);
      this.lastCxids.set(session, header.cxid);
    }
    if (acked !== null) return;
    const asked = this.index.unknown.get(`${session} ${header.cxid}`);
    if (asked === undefined) this.findings.add('Agreement', `${name} was asked for by nobody, or answered as another`);
    else if (txn.type !== OpCode.error && !isAsked(asked, txn)) {
      this.findings.add('Agreement', `${name} is not what was asked for: ${describe(asked)}`);
    }
  }

  /** The outcome that was told is the one in the log, and the one that the state before it demands. */
  private checkOutcome(operation: Operation, txn: Txn): void {
    const { asked, err } = operation;
    if (txn.type === OpCode.error) {
      this.findings.expect(txn.err === err, 'Agreement', () => `the log has error ${txn.err}: ${describe(operation)}`);
    } else if (err !== ErrorCode.OK || !isAsked(operation, txn)) {
      this.findings.add('Agreement', `the log has a transaction of type ${txn.type}: ${describe(operation)}`);
    }
    if (err === ErrorCode.SESSIONEXPIRED || err === ErrorCode.SESSIONMOVED) return;
    if (asked.op === 'close') return;
    if (asked.op === 'multi') {
      const expected = this.tree.expected(asked.ops);
      const told = operation.got?.results ?? [];
      if (told.join() !== expected.join()) {
        this.findings.add('CompareAndSet', `should have got [${expected}]: ${describe(operation)}`);
      }
      return;
    }
    const op = asWriteOp(asked);
    if (op === null) return;
    const [expected] = this.tree.expected([op]);
    if (expected !== err) this.findings.add('CompareAndSet', `should have got ${expected}: ${describe(operation)}`);
    if (asked.op === 'create' && asked.sequential && err === ErrorCode.OK) {
      const path = this.tree.sequentialPath(asked.path);
      this.findings.expect(
        operation.got?.path === path,
        'TotalOrder',
        () => `should be ${path}: ${describe(operation)}`,
      );
    }
  }

  private checkStat(operation: Operation): void {
    const { asked, got } = operation;
    if (got?.stat === undefined || !('path' in asked)) return;
    const node = this.tree.read(got.path ?? asked.path);
    if (JSON.stringify(node?.stat) !== JSON.stringify(got.stat)) {
      this.findings.add('TotalOrder', `the node is ${JSON.stringify(node?.stat)}: ${describe(operation)}`);
    }
  }

  private read(number: number, operation: Operation): void {
    const { asked, got, err } = operation;
    if (asked.op === 'setWatches') {
      if (err === ErrorCode.OK) this.rearm(operation.connection, asked, operation.zxid ?? 0);
      return;
    }
    if (asked.op !== 'get' && asked.op !== 'exists' && asked.op !== 'children') return;
    const node = this.tree.read(asked.path);
    const expected = node === null ? ErrorCode.NONODE : ErrorCode.OK;
    const names = got?.names?.toSorted().join();
    const same =
      err === expected &&
      (node === null ||
        (JSON.stringify(got?.stat) === JSON.stringify(node.stat) &&
          (asked.op !== 'get' || got?.data === node.data) &&
          (asked.op !== 'children' || names === node.names.join())));
    if (!same) this.findings.add('PrefixConsistency', `the node is ${JSON.stringify(node)}: ${describe(operation)}`);
    if (!asked.watch || (node === null && asked.op !== 'exists')) return;
    const kind = asked.op === 'children' ? 'child' : node === null ? 'exist' : 'data';
    const watch: ArmedWatch = { path: asked.path, kind, fired: null };
    this.readWatches.set(number, watch);
    this.arm(watch);
  }

  /** What has changed since the client last heard is told at once, the rest waits (Java `DataTree.setWatches`). */
  private rearm(connection: number, held: HeldWatches, zxid: number): void {
    const armed: ArmedWatch[] = [];
    for (const kind of ['data', 'exist', 'child'] as const) {
      for (const path of held[kind]) {
        const stat = this.tree.read(path)?.stat;
        const type = missedEvent(kind, held.relativeZxid, stat);
        const watch: ArmedWatch = { path, kind, fired: type === null ? null : { zxid, type, catchUp: true } };
        armed.push(watch);
        if (type === null) this.arm(watch);
      }
    }
    this.heldWatches.set(connection, armed);
  }

  private arm(watch: ArmedWatch): void {
    const table = watch.kind === 'child' ? this.childWatches : this.dataWatches;
    const others = table.get(watch.path);
    if (others === undefined) table.set(watch.path, [watch]);
    else others.push(watch);
  }

  private fire(zxid: number, changes: readonly Change[]): void {
    for (const { type, path } of changes) {
      const tables =
        type === WatchEventType.childrenChanged
          ? [this.childWatches]
          : type === WatchEventType.deleted
            ? [this.dataWatches, this.childWatches]
            : [this.dataWatches];
      for (const table of tables) {
        for (const watch of table.get(path) ?? []) watch.fired = { zxid, type, catchUp: false };
        table.delete(path);
      }
    }
  }
}

function missedEvent(
  kind: WatchKind,
  relativeZxid: number,
  stat: { readonly mzxid: number; readonly pzxid: number } | undefined,
): number | null {
  if (kind === 'exist') return stat === undefined ? null : WatchEventType.created;
  if (stat === undefined) return WatchEventType.deleted;
  if (kind === 'data') return stat.mzxid > relativeZxid ? WatchEventType.dataChanged : null;
  return stat.pzxid > relativeZxid ? WatchEventType.childrenChanged : null;
}

const TYPES: Readonly<Record<WriteOp['op'], readonly number[]>> = {
  create: [OpCode.create, OpCode.create2],
  delete: [OpCode.delete],
  set: [OpCode.setData],
  check: [OpCode.check],
};

/** Whether the transaction is of the kind that was asked for, on the path that was asked for. */
function isAsked({ asked }: Operation, txn: Txn): boolean {
  if (asked.op === 'close') return txn.type === OpCode.closeSession;
  if (asked.op === 'multi') {
    if (txn.type !== OpCode.multi) return false;
    return txn.txns.every((sub, index) => {
      const op = asked.ops[index];
      return sub.type === OpCode.error || (op !== undefined && isAskedOp(op, sub));
    });
  }
  const op = asWriteOp(asked);
  return op !== null && isAskedOp(op, txn);
}

function isAskedOp(op: WriteOp, txn: Txn): boolean {
  if (!TYPES[op.op].includes(txn.type) || !('path' in txn)) return false;
  const samePath = op.op === 'create' && op.sequential ? txn.path.startsWith(op.path) : txn.path === op.path;
  if (!samePath) return false;
  return !('data' in op) || !('data' in txn) || new TextDecoder().decode(txn.data ?? new Uint8Array(0)) === op.data;
}
