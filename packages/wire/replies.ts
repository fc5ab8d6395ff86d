/** Replies and notifications of the client protocol: ReplyHeader{xid int, zxid long, err int} and a body where err is 0. */
import type { Acl, Id } from '@vivarium/shared/acl';
import type { ErrorCode } from '@vivarium/shared/error-code';
import type { Stat } from '@vivarium/shared/stat';
import { type JuteReader, type JuteWriter, scratchWriter } from './jute.ts';
import { OpCode } from './op-code.ts';
import { readAcl, readId, readStat, writeAcl, writeId, writeStat } from './records.ts';
import { Xid } from './requests.ts';

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: ErrorCode;
}

/** One result inside a MultiResponse, of a multi or of a multiRead. */
export type MultiResult =
  | { readonly type: typeof OpCode.getData; readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly type: typeof OpCode.getChildren; readonly children: readonly string[] }
  | { readonly type: typeof OpCode.create; readonly path: string }
  | { readonly type: typeof OpCode.create2; readonly path: string; readonly stat: Stat }
  | { readonly type: typeof OpCode.setData; readonly stat: Stat }
  | { readonly type: typeof OpCode.delete | typeof OpCode.check }
  | { readonly type: typeof OpCode.error; readonly err: ErrorCode };

/** What a successful reply carries, by the shape of its record. */
export type ReplyBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'pathStat'; readonly path: string; readonly stat: Stat }
  | { readonly kind: 'stat'; readonly stat: Stat }
  | { readonly kind: 'dataStat'; readonly data: Uint8Array | null; readonly stat: Stat }
  | { readonly kind: 'children'; readonly children: readonly string[]; readonly stat: Stat | null }
  | { readonly kind: 'aclStat'; readonly acl: readonly Acl[]; readonly stat: Stat }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'count'; readonly count: number }
  /** Of addWatch: 0 once more (Java `ErrorResponse`). */
  | { readonly kind: 'code'; readonly code: ErrorCode }
  | { readonly kind: 'ids'; readonly ids: readonly Id[] }
  | { readonly kind: 'multi'; readonly results: readonly MultiResult[] };

/** A framed reply; a body is written only where err is 0. */
export function encodeReply(header: ReplyHeader, body: ReplyBody): Uint8Array {
  const writer = scratchWriter();
  writer.int(header.xid).long(header.zxid).int(header.err);
  if (header.err === 0) writeBody(writer, body);
  return writer.finishFrame();
}

/**
 * A framed refusal of SASL. Unlike other errors it has a body, a token that is null: by it the Java client sees that it has failed,
 * and without it that client asks again for ever (Java `ZooKeeperServer.processSasl`, `ClientCnxn.SendThread.readResponse`).
 */
export function encodeSaslRefusal(xid: number, err: ErrorCode): Uint8Array {
  return scratchWriter().int(xid).long(0n).int(err).buffer(null).finishFrame();
}

function writeBody(writer: JuteWriter, body: ReplyBody): void {
  switch (body.kind) {
    case 'empty':
      return;
    case 'path':
      writer.string(body.path);
      return;
    case 'pathStat':
      writer.string(body.path);
      writeStat(writer, body.stat);
      return;
    case 'stat':
      writeStat(writer, body.stat);
      return;
    case 'dataStat':
      writer.buffer(body.data);
      writeStat(writer, body.stat);
      return;
    case 'children':
      writer.vector(body.children, (w, child) => w.string(child));
      if (body.stat !== null) writeStat(writer, body.stat);
      return;
    case 'aclStat':
      writer.vector(body.acl, writeAcl);
      writeStat(writer, body.stat);
      return;
    case 'paths':
      writer.vector(body.paths, (w, path) => w.string(path));
      return;
    case 'count':
      writer.int(body.count);
      return;
    case 'code':
      writer.int(body.code);
      return;
    case 'ids':
      writer.vector(body.ids, writeId);
      return;
    case 'multi':
      writeMultiResults(writer, body.results);
      return;
  }
}

/** A failed multi has err 0 in its reply header: each result says for itself what became of it (Java `MultiResponse`). */
function writeMultiResults(writer: JuteWriter, results: readonly MultiResult[]): void {
  for (const result of results) {
    writer
      .int(result.type)
      .bool(false)
      .int(result.type === OpCode.error ? result.err : 0);
    switch (result.type) {
      case OpCode.create:
        writer.string(result.path);
        break;
      case OpCode.create2:
        writer.string(result.path);
        writeStat(writer, result.stat);
        break;
      case OpCode.setData:
        writeStat(writer, result.stat);
        break;
      case OpCode.getData:
        writer.buffer(result.data);
        writeStat(writer, result.stat);
        break;
      case OpCode.getChildren:
        writer.vector(result.children, (w, child) => w.string(child));
        break;
      case OpCode.error:
        writer.int(result.err);
        break;
      case OpCode.delete:
      case OpCode.check:
        break;
    }
  }
  writer.int(-1).bool(true).int(-1);
}

/** Throws `JuteError` on bytes that are not a header. */
export function readReplyHeader(reader: JuteReader): ReplyHeader {
  return { xid: reader.int(), zxid: reader.long(), err: reader.int() };
}

/** The body of a successful reply to a request of the given type. Throws `JuteError` where the bytes are not that record. */
export function readReplyBody(type: OpCode, reader: JuteReader): ReplyBody {
  switch (type) {
    case OpCode.create:
    case OpCode.sync:
      return { kind: 'path', path: reader.text() };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { kind: 'pathStat', path: reader.text(), stat: readStat(reader) };
    case OpCode.exists:
    case OpCode.setData:
    case OpCode.setACL:
      return { kind: 'stat', stat: readStat(reader) };
    case OpCode.getData:
    case OpCode.reconfig:
      return { kind: 'dataStat', data: reader.buffer(), stat: readStat(reader) };
    case OpCode.getChildren:
      return { kind: 'children', children: reader.vector((r) => r.text()) ?? [], stat: null };
    case OpCode.getChildren2:
      return { kind: 'children', children: reader.vector((r) => r.text()) ?? [], stat: readStat(reader) };
    case OpCode.getACL:
      return { kind: 'aclStat', acl: reader.vector(readAcl) ?? [], stat: readStat(reader) };
    case OpCode.getEphemerals:
      return { kind: 'paths', paths: reader.vector((r) => r.text()) ?? [] };
    case OpCode.getAllChildrenNumber:
      return { kind: 'count', count: reader.int() };
    case OpCode.addWatch:
      return { kind: 'code', code: reader.int() };
    case OpCode.whoAmI:
      return { kind: 'ids', ids: reader.vector(readId) ?? [] };
    case OpCode.multi:
    case OpCode.multiRead:
      return { kind: 'multi', results: readMultiResults(reader) };
    default:
      return { kind: 'empty' };
  }
}

function readMultiResults(reader: JuteReader): MultiResult[] {
  const results: MultiResult[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.bool();
    reader.int();
    if (done) return results;
    switch (type) {
      case OpCode.create:
        results.push({ type, path: reader.text() });
        break;
      case OpCode.create2:
        results.push({ type, path: reader.text(), stat: readStat(reader) });
        break;
      case OpCode.setData:
        results.push({ type, stat: readStat(reader) });
        break;
      case OpCode.getData:
        results.push({ type, data: reader.buffer(), stat: readStat(reader) });
        break;
      case OpCode.getChildren:
        results.push({ type, children: reader.vector((r) => r.text()) ?? [] });
        break;
      case OpCode.delete:
      case OpCode.check:
        results.push({ type });
        break;
      default:
        results.push({ type: OpCode.error, err: reader.int() });
    }
  }
}

/** Types of watch events (Java `Watcher.Event.EventType`). */
export const WatchEventType = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;
export type WatchEventType = (typeof WatchEventType)[keyof typeof WatchEventType];

/** The only state that a server tells (Java `KeeperState.SyncConnected`). */
const SYNC_CONNECTED = 3;

export interface WatcherEvent {
  readonly type: number;
  readonly state: number;
  readonly path: string;
}

/** A framed notification. `zxid` is the transaction's since 3.9, and -1 for the catch-up of setWatches. */
export function encodeNotification(type: WatchEventType, path: string, zxid: bigint): Uint8Array {
  const writer = scratchWriter();
  writer.int(Xid.notification).long(zxid).int(0).int(type).int(SYNC_CONNECTED).string(path);
  return writer.finishFrame();
}

/** Throws `JuteError` on bytes that are not an event. */
export function readWatcherEvent(reader: JuteReader): WatcherEvent {
  return { type: reader.int(), state: reader.int(), path: reader.text() };
}
