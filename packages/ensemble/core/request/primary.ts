/**
 * The server that orders requests: a leader, or a standalone server. It gives each write the next zxid, makes it a
 * transaction, and decides alone which sessions live (Java `PrepRequestProcessor`, `SessionTrackerImpl`).
 */
import type { Id } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { counterOf, formatHex } from '@vivarium/shared/zxid';
import { JuteError, JuteReader } from '@vivarium/wire/jute';
import { OpCode, opName } from '@vivarium/wire/op-code';
import { readRequest } from '@vivarium/wire/requests';
import { encodeTxn, type Txn, type TxnDigest } from '@vivarium/wire/txn';
import type { Context } from '../context.ts';
import type { History, PendingTxn } from '../history.ts';
import type { Submission } from '../role.ts';
import { type SessionOwner, SessionTracker } from '../session/session-tracker.ts';
import { pathOf } from '../traced-changes.ts';
import { DIGEST_VERSION } from '../tree/digest.ts';
import { OutstandingChanges } from './outstanding-changes.ts';
import { type Ensemble, hasFlagsOfItsType, type OrderedRequest, prepare } from './prepare.ts';
import { QuotaWarnings } from './quota-warnings.ts';

/** The last counter of an epoch; a leader that reaches it resigns, so that the next one counts from 1 again (ZOOKEEPER-1277). */
const LAST_COUNTER = 0xffffffff;
const NO_IDS: readonly Id[] = [];
const MINUTE_MS = 60_000;

export class Primary {
  private readonly context: Context;
  private readonly history: History;
  private readonly changes: OutstandingChanges;
  /** When superfluous nodes are looked for next. */
  private nextReapMs: number;
  private readonly quotaWarnings: QuotaWarnings;
  readonly sessions: SessionTracker;
  /** zxid of the last transaction made. */
  private zxid: bigint;

  /** All sessions in the tree start their timers anew: how long they were silent, only the former leader knew. */
  constructor(context: Context, history: History) {
    this.context = context;
    this.history = history;
    this.quotaWarnings = new QuotaWarnings(context);
    this.nextReapMs = context.now.monotonicMs + context.config.containerCheckIntervalMs;
    this.changes = new OutstandingChanges(history.database, context.config.digestEnabled);
    this.zxid = history.database.lastZxid;
    const { monotonicMs } = context.now;
    this.sessions = new SessionTracker(context.config.tickTimeMs, monotonicMs);
    for (const [sessionId, timeoutMs] of history.database.sessions)
      this.sessions.track(sessionId, timeoutMs, monotonicMs);
  }

  /** When `expire` or `reap` has something to do. */
  get deadlineMs(): number {
    const { deadlineMs } = this.sessions;
    return this.history.database.tree.hasReapable ? Math.min(deadlineMs, this.nextReapMs) : deadlineMs;
  }

  get lastProposed(): bigint {
    return this.zxid;
  }

  /** Whether the epoch has no zxid left for another transaction. */
  get isExhausted(): boolean {
    return counterOf(this.zxid) >= LAST_COUNTER - 1;
  }

  /**
   * Makes the transaction of a submission. It takes a zxid also where it is refused: failures are ordered like successes.
   * `ensemble` is for reconfigurations only, and null for a server alone.
   */
  order(submission: Submission, owner: SessionOwner, ensemble: Ensemble | null): PendingTxn {
    const { sessionId, cxid, type } = submission;
    const { now, config } = this.context;
    this.zxid += 1n;
    const header = { sessionId, cxid, zxid: this.zxid, timeMs: now.wallMs };
    const request = decode(submission);
    let txn: Txn;
    this.changes.begin();
    if (typeof request === 'number') {
      txn = { type: OpCode.error, err: request };
    } else {
      const refused = this.admit(request, submission, owner);
      txn =
        refused !== ErrorCode.OK
          ? { type: OpCode.error, err: refused }
          : prepare(
              {
                config,
                ensemble,
                changes: this.changes,
                sessionId,
                ids: submission.ids,
                zxid: this.zxid,
                timeMs: now.wallMs,
                quotaWarnings: this.quotaWarnings,
              },
              request,
            );
    }
    let digest = this.digestFor(txn);
    let bytes = encodeTxn(header, txn, digest);
    if (bytes.length > this.context.config.maxTxnBytes) {
      this.changes.rollback();
      txn = { type: OpCode.error, err: ErrorCode.MARSHALLINGERROR };
      digest = null;
      bytes = encodeTxn(header, txn, digest);
    } else {
      this.changes.keep();
    }
    if (this.context.tracing) {
      this.context.trace({
        kind: 'proposed',
        zxid: formatHex(this.zxid),
        operation: opName(type),
        path: pathOf(txn),
        session: formatHex(sessionId),
        cxid,
        bytes: bytes.length,
      });
    }
    return { logged: { zxid: this.zxid, bytes }, record: { header, txn, digest } };
  }

  /** An error transaction never carries a digest (Java `PrepRequestProcessor.getTxnDigest`); without paths a close ends here. */
  private digestFor(txn: Txn): TxnDigest | null {
    const bare = txn.type === OpCode.error || (txn.type === OpCode.closeSession && txn.paths === null);
    return bare || !this.context.config.digestEnabled
      ? null
      : { version: DIGEST_VERSION, treeDigest: this.changes.digest };
  }

  /** Closes of the sessions whose time has passed. */
  expire(): Submission[] {
    return this.sessions.expire(this.context.now.monotonicMs).map((sessionId) => {
      this.context.metrics.counters.stale_sessions_expired++;
      this.context.info(`session ${formatHex(sessionId)} expired`);
      return { sessionId, cxid: 0, type: OpCode.closeSession, record: NO_RECORD, ids: NO_IDS };
    });
  }

  /** Deletes of the containers and nodes with a time to live that are due (Java `ContainerManager.checkContainers`). */
  reap(): Submission[] {
    const { monotonicMs, wallMs } = this.context.now;
    if (monotonicMs < this.nextReapMs) return [];
    const { containerCheckIntervalMs, containerMaxPerMinute, containerMaxNeverUsedMs } = this.context.config;
    this.nextReapMs = monotonicMs + containerCheckIntervalMs;
    const limit = Math.max(1, Math.floor((containerMaxPerMinute * containerCheckIntervalMs) / MINUTE_MS));
    return this.history.database.tree
      .reapable(wallMs, limit, containerMaxNeverUsedMs)
      .map((path) => ({ sessionId: 0n, cxid: 0, type: OpCode.deleteContainer, record: encodeUtf8(path), ids: NO_IDS }));
  }

  /** Notes a sign of life of a session. */
  touch(sessionId: bigint, timeoutMs: number): void {
    this.sessions.touch(sessionId, timeoutMs, this.context.now.monotonicMs);
  }

  /** A session's client has come to another server. False where the session is dead. */
  reattach(sessionId: bigint, timeoutMs: number, owner: SessionOwner): boolean {
    const alive = this.sessions.touch(sessionId, timeoutMs, this.context.now.monotonicMs);
    if (alive) this.sessions.setOwner(sessionId, owner);
    return alive;
  }

  /** Must follow each transaction's application. */
  applied(txn: PendingTxn['record']): void {
    this.changes.applied(txn.header.zxid);
    if (txn.txn.type === OpCode.closeSession) this.sessions.remove(txn.header.sessionId);
  }

  /** Whether the session may do this, and what the tracker has to know of it. */
  private admit(request: OrderedRequest, submission: Submission, owner: SessionOwner): ErrorCode {
    const { sessionId } = submission;
    switch (request.type) {
      case OpCode.createSession:
        // A server grants at least its own minimum. A session without time would never be in a bucket that expires.
        if (request.timeoutMs <= 0) return ErrorCode.BADARGUMENTS;
        // Of a life of its server that this one does not know of: two clients would share one session.
        if (this.sessions.isKnown(sessionId)) return ErrorCode.NODEEXISTS;
        this.sessions.track(sessionId, request.timeoutMs, this.context.now.monotonicMs);
        this.sessions.setOwner(sessionId, owner);
        return ErrorCode.OK;
      case OpCode.closeSession:
        // From now on nothing may be done in its name, lest an ephemeral be made that nobody removes.
        this.sessions.setClosing(sessionId);
        return ErrorCode.OK;
      case OpCode.deleteContainer:
        return ErrorCode.OK;
      default:
        return this.sessions.check(sessionId, owner);
    }
  }
}

const NO_RECORD = new Uint8Array(0);

function decode(submission: Submission): OrderedRequest | ErrorCode {
  // Its own work only: of a client Apache 3.9.5 would take it without a look at session or ACL.
  if (submission.type === OpCode.deleteContainer && submission.sessionId === 0n) {
    return { type: OpCode.deleteContainer, path: decodeUtf8(submission.record) };
  }
  try {
    const request = readRequest(submission.type, new JuteReader(submission.record));
    if (request === null) return ErrorCode.UNIMPLEMENTED;
    switch (request.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.delete:
      case OpCode.setData:
      case OpCode.setACL:
      case OpCode.check:
      case OpCode.reconfig:
      case OpCode.createSession:
      case OpCode.closeSession:
        return request;
      case OpCode.multi:
        // Where alone it would be an error of its own (Java `MultiOperationRecord`, since 3.8.2 and 3.9.0).
        return request.ops.every((op) => !('flags' in op) || hasFlagsOfItsType(op))
          ? request
          : ErrorCode.MARSHALLINGERROR;
      default:
        return ErrorCode.UNIMPLEMENTED;
    }
  } catch (error) {
    if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
    throw error;
  }
}
