/**
 * Which sessions are alive: kept by the leader, or by a standalone server, alone (Java `SessionTrackerImpl`,
 * `ExpiryQueue`). Expiry goes by buckets of a tick and by the monotonic clock; a session is never expired early. A clock that
 * went on while this server did not (its process was stopped, or had no processor) does not count: what its clients sent
 * meanwhile waits to be read, and a server that looked at the time first would expire them all. Apache's does.
 */
import { ErrorCode } from '@vivarium/shared/error-code';

/** Who speaks for a session: 0 for this server's own clients, else the link of the learner that has its client. */
export type SessionOwner = number;
export const OWN_CLIENT: SessionOwner = 0;

interface TrackedSession {
  timeoutMs: number;
  bucketMs: number;
  /** Null after a change of leader, until somebody speaks for it. */
  owner: SessionOwner | null;
  /** Its close is under way; nothing more may be done in its name. */
  closing: boolean;
}

export class SessionTracker {
  private readonly tickMs: number;
  private readonly sessions = new Map<bigint, TrackedSession>();
  private readonly buckets = new Map<number, Set<bigint>>();
  /** On the clock of this server's work, as all buckets: the monotonic one without `missedMs`. */
  private nextExpiryMs: number;
  /** Whole ticks in which this server did not run. */
  private missedMs = 0;

  constructor(tickMs: number, nowMs: number) {
    this.tickMs = tickMs;
    this.nextExpiryMs = this.bucketOf(nowMs);
  }

  /** When `expire` is to be called: once a tick, as long as there are sessions. */
  get deadlineMs(): number {
    return this.sessions.size === 0 ? Number.POSITIVE_INFINITY : this.nextExpiryMs + this.missedMs;
  }

  get count(): number {
    return this.sessions.size;
  }

  /** Which sessions expire when, by the monotonic clock in ms, the soonest first. */
  get expiries(): ReadonlyMap<number, ReadonlySet<bigint>> {
    const used = [...this.buckets].filter(([, sessions]) => sessions.size > 0);
    return new Map(used.sort(([a], [b]) => a - b));
  }

  /** Starts, or restarts, the timer of a session. */
  track(sessionId: bigint, timeoutMs: number, nowMs: number): void {
    if (this.sessions.size === 0) {
      this.nextExpiryMs = this.bucketOf(nowMs);
      this.buckets.clear();
    }
    const known = this.sessions.get(sessionId);
    if (known === undefined) this.sessions.set(sessionId, { timeoutMs, bucketMs: 0, owner: null, closing: false });
    this.touch(sessionId, timeoutMs, nowMs);
  }

  /** Notes a sign of life. False where the session is unknown or closing. */
  touch(sessionId: bigint, timeoutMs: number, nowMs: number): boolean {
    const session = this.sessions.get(sessionId);
    if (session === undefined || session.closing) return false;
    const bucketMs = this.bucketOf(nowMs + timeoutMs);
    session.timeoutMs = timeoutMs;
    // Signs of life reach the leader out of order; an older one must not shorten the time that a newer one gave.
    if (bucketMs <= session.bucketMs) return true;
    this.buckets.get(session.bucketMs)?.delete(sessionId);
    session.bucketMs = bucketMs;
    const bucket = this.buckets.get(bucketMs);
    if (bucket === undefined) this.buckets.set(bucketMs, new Set([sessionId]));
    else bucket.add(sessionId);
    return true;
  }

  /** Sessions whose time has passed. Each is then closing, and its timer is gone. */
  expire(nowMs: number): bigint[] {
    const lateMs = nowMs - this.deadlineMs;
    if (!(lateMs >= 0)) return [];
    if (lateMs >= this.tickMs) {
      // First what waits is read: within the rest of a tick.
      this.missedMs += (Math.floor(lateMs / this.tickMs) + 1) * this.tickMs;
      return [];
    }
    const expired: bigint[] = [];
    for (const sessionId of this.buckets.get(this.nextExpiryMs) ?? []) {
      const session = this.sessions.get(sessionId);
      if (session === undefined || session.closing) continue;
      session.closing = true;
      expired.push(sessionId);
    }
    this.buckets.delete(this.nextExpiryMs);
    this.nextExpiryMs += this.tickMs;
    return expired;
  }

  setOwner(sessionId: bigint, owner: SessionOwner): void {
    const session = this.sessions.get(sessionId);
    if (session !== undefined) session.owner = owner;
  }

  setClosing(sessionId: bigint): void {
    const session = this.sessions.get(sessionId);
    if (session !== undefined) session.closing = true;
  }

  remove(sessionId: bigint): void {
    const session = this.sessions.get(sessionId);
    if (session === undefined) return;
    this.buckets.get(session.bucketMs)?.delete(sessionId);
    this.sessions.delete(sessionId);
  }

  /** Whether a request in the name of the session may be done, coming from this owner (Java `checkSession`). */
  check(sessionId: bigint, owner: SessionOwner): ErrorCode {
    const session = this.sessions.get(sessionId);
    if (session === undefined || session.closing) return ErrorCode.SESSIONEXPIRED;
    session.owner ??= owner;
    return session.owner === owner ? ErrorCode.OK : ErrorCode.SESSIONMOVED;
  }

  /** Whether there is such a session, be it closing. */
  isKnown(sessionId: bigint): boolean {
    return this.sessions.has(sessionId);
  }

  private bucketOf(ms: number): number {
    return (Math.floor((ms - this.missedMs) / this.tickMs) + 1) * this.tickMs;
  }
}
