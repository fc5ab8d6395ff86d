/**
 * What one client is promised of its watches. WatchReliable: an event comes before any answer that shows its change.
 * WatchOrder: in the order of the changes. WatchOnce: for each watch once, and of a change once however many watches are for
 * it. What a server tells when it is told of older watches has no zxid and comes as it may.
 */
import { ErrorCode } from '@vivarium/shared/error-code';
import { formatHex } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { type ReplyBody, WatchEventType, type WatcherEvent } from '@vivarium/wire/replies';
import {
  AddWatchMode,
  type ClientRequest,
  type WatchableRead,
  WatcherType,
  type WatchesOfTypeRequest,
} from '@vivarium/wire/requests';
import type { Database } from '../core/database.ts';
import { LastingWatches } from './lasting-watches.ts';
import type { Violations } from './violations.ts';
import { WatchBook } from './watch-book.ts';

const CATCH_UP_ZXID = -1n;

export class WatchChecker {
  private readonly name: string;
  private readonly violations: Violations;
  private readonly once = new WatchBook();
  private readonly lasting = new LastingWatches();
  /** Whether the server has been told of the watches that are older than the connection. */
  private areSet = true;
  /** Of this connection, the newest zxid that a reply has shown, that of the last event, and the event. */
  private shownZxid = 0n;
  private eventZxid = 0n;
  private lastEvent = '';

  /** `name`: the client's. */
  constructor(name: string, violations: Violations) {
    this.name = name;
    this.violations = violations;
  }

  private get isEmpty(): boolean {
    return this.once.isEmpty && this.lasting.isEmpty;
  }

  /** The client has a new connection. */
  connected(): void {
    this.areSet = this.isEmpty;
    this.shownZxid = 0n;
    this.eventZxid = 0n;
    this.lastEvent = '';
  }

  /** The session is over, and all its watches. */
  clear(): void {
    this.once.clear();
    this.lasting.clear();
  }

  /** What tells a server of the watches, in its requests before all others; null where there are none. */
  toRequest(relativeZxid: bigint): ClientRequest | null {
    if (this.isEmpty) return null;
    const lists = { relativeZxid, ...this.once.lists() };
    if (this.lasting.isEmpty) return { type: OpCode.setWatches, ...lists };
    const persistentWatches = this.lasting.paths(AddWatchMode.persistent);
    const recursiveWatches = this.lasting.paths(AddWatchMode.recursive);
    return { type: OpCode.setWatches2, ...lists, persistentWatches, recursiveWatches };
  }

  /** `toRequest` was answered by a server at this zxid. */
  setAgain(zxid: bigint): void {
    this.areSet = true;
    this.lasting.setAgain(zxid);
  }

  /** A reply has shown this zxid. */
  shown(zxid: bigint): void {
    if (zxid > this.shownZxid) this.shownZxid = zxid;
  }

  event(zxid: bigint, { type, path }: WatcherEvent): void {
    const { violations } = this;
    const used = this.once.trigger(type, path);
    if (zxid === CATCH_UP_ZXID) return;
    const wanted = this.lasting.told(type, path, zxid) || used;
    const name = `${this.name} is told of ${path} (${type}) at ${formatHex(zxid)}`;
    violations.expect(wanted, 'WatchOnce', () => `${name} without watching it`);
    violations.expect(zxid >= this.eventZxid, 'WatchOrder', () => `${name} behind ${formatHex(this.eventZxid)}`);
    violations.expect(zxid > this.shownZxid, 'WatchReliable', () => {
      return `${name} after it has seen ${formatHex(this.shownZxid)}`;
    });
    const event = `${zxid} ${type} ${path}`;
    // Children may come and go more than once in a transaction.
    const isAgain = event === this.lastEvent && type !== WatchEventType.childrenChanged;
    violations.expect(!isAgain, 'WatchOnce', () => `${name} twice`);
    this.lastEvent = event;
    this.eventZxid = zxid;
  }

  /** A request was answered by a server at this zxid; `body` of one that failed is empty. */
  answered(request: ClientRequest, zxid: bigint, err: number, body: ReplyBody): void {
    switch (request.type) {
      case OpCode.getData:
      case OpCode.exists:
        this.dataRead(request, err, body);
        return;
      case OpCode.getChildren2:
        if (body.kind !== 'children' || body.stat === null) return;
        this.expectTold(this.once.children, request.path, body.stat.pzxid);
        this.expectLasting(request.path, true, body.stat.pzxid);
        if (request.watch) this.once.children.set(request.path, body.stat.pzxid);
        return;
      case OpCode.addWatch:
        if (err === ErrorCode.OK) this.lasting.added(request.mode, request.path, zxid);
        return;
      case OpCode.checkWatches:
      case OpCode.removeWatches:
        this.watchesAsked(request, err);
        return;
      default:
        return;
    }
  }

  private dataRead({ type, path, watch }: WatchableRead, err: number, body: ReplyBody): void {
    const { data, absent } = this.once;
    if (err === ErrorCode.NONODE) {
      this.expectTold(data, path, null);
      if (watch && type === OpCode.exists) absent.set(path, 0n);
      return;
    }
    if (body.kind !== 'dataStat' && body.kind !== 'stat') return;
    this.expectLasting(path, false, body.stat.mzxid);
    this.expectTold(data, path, body.stat.mzxid);
    this.expectTold(absent, path, body.stat.mzxid);
    if (watch) data.set(path, body.stat.mzxid);
  }

  /** New data is not read before the event that tells of it. `zxid` null: the node is gone. */
  private expectTold(watches: ReadonlyMap<string, bigint>, path: string, zxid: bigint | null): void {
    const since = watches.get(path);
    if (since === undefined || (zxid !== null && zxid <= since)) return;
    const detail = `${this.name} reads ${path} of ${zxid ?? 'nobody'} and watches it since ${since} without an event`;
    this.violations.add('WatchReliable', detail);
  }

  private expectLasting(path: string, ofChildren: boolean, zxid: bigint): void {
    this.violations.expect(!this.lasting.isMissing(path, ofChildren, zxid), 'WatchReliable', () => {
      return `${this.name} reads ${path} of ${formatHex(zxid)}${ofChildren ? ', its children,' : ''} and was not told`;
    });
  }

  /** The server and the client know of the same watches that stay. */
  private watchesAsked({ type, path, watcherType }: WatchesOfTypeRequest, err: number): void {
    const mode = watcherType === WatcherType.persistent ? AddWatchMode.persistent : AddWatchMode.recursive;
    const known = this.lasting.has(mode, path);
    this.violations.expect(known === (err === ErrorCode.OK), 'WatchReliable', () => {
      return `${this.name} is answered ${err} of a watch on ${path} that it ${known ? 'has' : 'has not'} set`;
    });
    if (type === OpCode.removeWatches) this.lasting.removed(mode, path);
  }

  /** At the end of a run, when all servers have the same state: WatchReliable for what nobody has read since. */
  finish(database: Database): void {
    const missed = this.areSet ? (this.once.missed(database) ?? this.lasting.missed(database)) : null;
    if (missed === null) return;
    this.violations.add('WatchReliable', `${this.name} was never told of a change that it watched: ${missed}`);
  }
}
