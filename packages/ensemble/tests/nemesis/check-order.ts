/**
 * Holds the answers against one another in the order in which they came: what a session sees never goes back, a write
 * that begins after an answer is ordered behind it, watch events come before what they tell of, and no session that was
 * heard from expires.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import { type ArmedWatch, describe, isWrite, type SessionEnd, type StateCheck } from './check-state.ts';
import { zxidText } from './committed-log.ts';
import type { Findings } from './findings.ts';
import type { Entry, History, Operation } from './history.ts';

/** When which zxid was first seen by anybody: two lists that rise together. */
export class Frontier {
  private times = new Float64Array(1024);
  private zxids = new Float64Array(1024);
  private count = 0;

  add(timeMs: number, zxid: number): void {
    if (this.count > 0 && zxid <= (this.zxids[this.count - 1] ?? 0)) return;
    if (this.count === this.times.length) {
      this.times = grown(this.times);
      this.zxids = grown(this.zxids);
    }
    this.times[this.count] = timeMs;
    this.zxids[this.count++] = zxid;
  }

  /** The highest zxid that anybody had been told before the time. */
  seenBefore(timeMs: number): number {
    const index = this.search((at) => (this.times[at] ?? 0) >= timeMs);
    return index === 0 ? 0 : (this.zxids[index - 1] ?? 0);
  }

  /** When somebody was first told a zxid as high; infinity: never. */
  firstSeenMs(zxid: number): number {
    const index = this.search((at) => (this.zxids[at] ?? 0) >= zxid);
    return index === this.count ? Number.POSITIVE_INFINITY : (this.times[index] ?? 0);
  }

  /** The first index for which the condition, which stays true once it is, holds. */
  private search(holds: (index: number) => boolean): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** From when to when a server was disturbed. */
export interface Disturbance {
  readonly servers: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface OrderOptions {
  readonly frontier: Frontier;
  readonly disturbances: readonly Disturbance[];
  /** An answer that took longer says nothing about when the server had heard of the session. */
  readonly firmAnswerMs: number;
  /** A follower tells the leader of its sessions so often, and may stand still for a moment on a busy machine. */
  readonly expirySlackMs: number;
}

interface ConnectionState {
  readonly watches: Set<ArmedWatch>;
  /** The watches that it began with are not known: its events cannot be checked. */
  readonly lenient: boolean;
  lastCxid: number;
  lastZxid: number;
  lastEventZxid: number;
}

export function checkOrder(history: History, state: StateCheck, options: OrderOptions, findings: Findings): void {
  new OrderChecker(state, options, findings).run(history);
}

class OrderChecker {
  private readonly state: StateCheck;
  private readonly options: OrderOptions;
  private readonly findings: Findings;
  private readonly connections = new Map<number, ConnectionState>();
  private readonly sessionZxids = new Map<string, number>();
  private readonly reported = new Set<number>();
  private readonly endSeenMs = new Map<string, number>();

  constructor(state: StateCheck, options: OrderOptions, findings: Findings) {
    this.state = state;
    this.options = options;
    this.findings = findings;
  }

  run(history: History): void {
    let number = 0;
    for (const entry of history.entries()) this.entry(number++, entry);
  }

  private entry(number: number, entry: Entry): void {
    switch (entry.kind) {
      case 'connected': {
        const held = this.state.heldWatches.get(entry.connection);
        const isFirst = !this.sessionZxids.has(entry.session);
        if (isFirst) this.sessionZxids.set(entry.session, 0);
        this.connections.set(entry.connection, {
          watches: new Set(held ?? []),
          lenient: held === undefined && !isFirst,
          lastCxid: 0,
          lastZxid: this.sessionZxids.get(entry.session) ?? 0,
          lastEventZxid: 0,
        });
        return;
      }
      case 'lost':
        this.connections.delete(entry.connection);
        return;
      case 'expired':
        this.findings.expect(
          this.state.sessionEnds.has(entry.session),
          'SessionEnd',
          () =>
            `session ${entry.session} was told at ${entry.doneMs.toFixed(0)} ms that it is over, and no log ends it`,
        );
        return;
      case 'event':
        this.event(entry);
        return;
      case 'op':
        if (entry.zxid !== null) this.answer(number, entry, entry.zxid);
        return;
      case 'fault':
    }
  }

  private answer(number: number, operation: Operation, zxid: number): void {
    const connection = this.connections.get(operation.connection);
    if (connection === undefined) return;
    if (operation.cxid > 0) {
      this.findings.expect(operation.cxid > connection.lastCxid, 'SessionOrder', () => {
        return `answered after cxid ${connection.lastCxid}: ${describe(operation)}`;
      });
      connection.lastCxid = operation.cxid;
    }
    const before = this.sessionZxids.get(operation.session) ?? 0;
    this.findings.expect(zxid >= before, 'SingleSystemImage', () => {
      return `after ${zxidText(before)}: ${describe(operation)}`;
    });
    this.sessionZxids.set(operation.session, Math.max(before, zxid));
    connection.lastZxid = Math.max(connection.lastZxid, zxid);
    if (isWrite(operation)) {
      const seen = this.options.frontier.seenBefore(operation.sentMs);
      this.findings.expect(zxid > seen, 'LinearizableWrites', () => {
        return `${zxidText(seen)} was seen before it was sent: ${describe(operation)}`;
      });
    }
    for (const watch of connection.watches) {
      if (watch.fired === null || watch.fired.zxid > zxid) continue;
      connection.watches.delete(watch);
      const { fired, kind, path } = watch;
      const what = `the ${kind} watch of ${path}, due with event ${fired.type} at ${zxidText(fired.zxid)}`;
      this.findings.add(
        'WatchOrder',
        `${what} ${fired.catchUp ? '(catch-up) ' : ''}has not fired before ${describe(operation)}`,
      );
    }
    const armed = this.state.readWatches.get(number);
    if (armed !== undefined) connection.watches.add(armed);
    this.heartbeat(operation);
  }

  private event(entry: Extract<Entry, { kind: 'event' }>): void {
    const connection = this.connections.get(entry.connection);
    if (connection === undefined) return;
    const { type, path } = entry;
    const matching = [...connection.watches].filter((watch) => watch.path === path && watch.fired?.type === type);
    const first = matching.reduce<ArmedWatch['fired']>(
      (found, { fired }) => (found === null || (fired !== null && fired.zxid < found.zxid) ? fired : found),
      null,
    );
    const name = `event ${type} of ${path} at ${entry.doneMs.toFixed(0)} ms to session ${entry.session}`;
    if (first === null) {
      this.findings.expect(connection.lenient, 'WatchOrder', () => `${name} was waited for by nobody, or came twice`);
      return;
    }
    for (const watch of matching) {
      // In the catch-up each watch has an event of its own; a deletion that happens has one for all.
      if (watch.fired?.zxid !== first.zxid) continue;
      connection.watches.delete(watch);
      if (first.catchUp) break;
    }
    if (first.catchUp) return;
    if (entry.zxid > 0 && entry.zxid !== first.zxid) {
      this.findings.add('WatchOrder', `${name} names ${zxidText(entry.zxid)}, it happened at ${zxidText(first.zxid)}`);
    }
    this.findings.expect(first.zxid >= connection.lastEventZxid, 'WatchOrder', () => {
      return `${name} of ${zxidText(first.zxid)} comes after one of ${zxidText(connection.lastEventZxid)}`;
    });
    connection.lastEventZxid = first.zxid;
  }

  /** A session lives for its timeout after a request of which the server has answered at once. */
  private heartbeat(operation: Operation): void {
    const end = this.state.sessionEnds.get(operation.session);
    if (end === undefined || !end.expired || operation.err === ErrorCode.SESSIONEXPIRED) return;
    const endMs = this.seenEnd(operation.session, end);
    const { firmAnswerMs, expirySlackMs } = this.options;
    const { sentMs, doneMs } = operation;
    if (doneMs > endMs || doneMs - sentMs > firmAnswerMs) return;
    if (sentMs + end.timeoutMs - expirySlackMs <= endMs || this.wasDisturbed(operation)) return;
    if (this.reported.has(end.zxid)) return;
    this.reported.add(end.zxid);
    const livedMs = (endMs - sentMs).toFixed(0);
    this.findings.add(
      'Expiry',
      `over ${livedMs} ms after, with a timeout of ${end.timeoutMs} ms: ${describe(operation)}`,
    );
  }

  private seenEnd(session: string, end: SessionEnd): number {
    const known = this.endSeenMs.get(session);
    if (known !== undefined) return known;
    const seenMs = this.options.frontier.firstSeenMs(end.zxid);
    this.endSeenMs.set(session, seenMs);
    return seenMs;
  }

  private wasDisturbed({ server, sentMs }: Operation): boolean {
    return this.options.disturbances.some(
      ({ servers, fromMs, toMs }) => servers.includes(server) && fromMs <= sentMs && sentMs <= toMs,
    );
  }
}
