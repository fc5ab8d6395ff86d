/**
 * Request records of the client protocol (protocol: Java `zookeeper.jute`, module `proto`). A request on the wire is
 * RequestHeader{xid int, type int} and the record of that type.
 */
import type { Acl } from '@vivarium/shared/acl';
import { JuteError, type JuteReader, JuteWriter } from './jute.ts';
import { OpCode } from './op-code.ts';
import { readAcl, writeAcl } from './records.ts';

/** xids with a meaning of their own; those of ordinary requests start at 1. */
export const Xid = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;

export interface CreateRequest {
  readonly type: typeof OpCode.create | typeof OpCode.create2;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[] | null;
  readonly flags: number;
}
/** A container has flags 4 (Java `CreateMode`). */
export interface CreateContainerRequest {
  readonly type: typeof OpCode.createContainer;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[] | null;
  readonly flags: number;
}
/** A znode with a time to live has flags 5, or 6 where it is sequential (Java `CreateMode`). */
export interface CreateTtlRequest {
  readonly type: typeof OpCode.createTTL;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[] | null;
  readonly flags: number;
  readonly ttlMs: number;
}
export interface DeleteRequest {
  readonly type: typeof OpCode.delete;
  readonly path: string;
  readonly version: number;
}
export interface SetDataRequest {
  readonly type: typeof OpCode.setData;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
}
export interface SetAclRequest {
  readonly type: typeof OpCode.setACL;
  readonly path: string;
  readonly acl: readonly Acl[] | null;
  readonly version: number;
}
export interface CheckRequest {
  readonly type: typeof OpCode.check;
  readonly path: string;
  readonly version: number;
}
/** Changes the ensemble: by servers that join and leave, or by all that it is to consist of (Java `ReconfigRequest`). */
export interface ReconfigRequest {
  readonly type: typeof OpCode.reconfig;
  readonly joining: string | null;
  readonly leaving: string | null;
  readonly newMembers: string | null;
  /** Version of the configuration that is to be changed; -1 for whichever it is. */
  readonly curConfigId: bigint;
}
/** An operation that may stand inside a multi (Java `MultiOperationRecord`, kind TRANSACTION). */
export type MultiOp =
  | CreateRequest
  | CreateContainerRequest
  | CreateTtlRequest
  | DeleteRequest
  | SetDataRequest
  | CheckRequest;
export interface MultiRequest {
  readonly type: typeof OpCode.multi;
  readonly ops: readonly MultiOp[];
}
export interface CloseSessionRequest {
  readonly type: typeof OpCode.closeSession;
}
export interface CreateSessionRequest {
  readonly type: typeof OpCode.createSession;
  readonly timeoutMs: number;
}
/** What takes a zxid: all that the leader orders. `createSession` comes from servers only. */
export type WriteRequest =
  | CreateRequest
  | CreateContainerRequest
  | CreateTtlRequest
  | DeleteRequest
  | SetDataRequest
  | SetAclRequest
  | CheckRequest
  | MultiRequest
  | ReconfigRequest
  | CloseSessionRequest
  | CreateSessionRequest;

/** A read that may leave a watch behind. */
export interface WatchableRead {
  readonly type: typeof OpCode.exists | typeof OpCode.getData | typeof OpCode.getChildren | typeof OpCode.getChildren2;
  readonly path: string;
  readonly watch: boolean;
}
export interface GetAclRequest {
  readonly type: typeof OpCode.getACL;
  readonly path: string;
}
export interface SyncRequest {
  readonly type: typeof OpCode.sync;
  readonly path: string;
}
/** What a client watches, told to the server that it has come to. `relativeZxid`: the newest that it has seen. */
export interface SetWatchesRequest {
  readonly type: typeof OpCode.setWatches;
  readonly relativeZxid: bigint;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
}
/** The same of a client that has watches which stay (since 3.6). */
export interface SetWatches2Request {
  readonly type: typeof OpCode.setWatches2;
  readonly relativeZxid: bigint;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
  readonly persistentWatches: readonly string[];
  readonly recursiveWatches: readonly string[];
}
/** Modes of a watch that stays until it is removed (Java `AddWatchMode`). */
export const AddWatchMode = { persistent: 0, recursive: 1 } as const;
export type AddWatchMode = (typeof AddWatchMode)[keyof typeof AddWatchMode];
export interface AddWatchRequest {
  readonly type: typeof OpCode.addWatch;
  readonly path: string;
  readonly mode: AddWatchMode;
}
/** Which of a client's watches on a path are meant (Java `Watcher.WatcherType`; the last two since 3.9). */
export const WatcherType = { children: 1, data: 2, any: 3, persistent: 4, recursive: 5 } as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];
/** Asks whether there are such watches, or takes them away. */
export interface WatchesOfTypeRequest {
  readonly type: typeof OpCode.checkWatches | typeof OpCode.removeWatches;
  readonly path: string;
  readonly watcherType: WatcherType;
}
export type WatchRequest = SetWatchesRequest | SetWatches2Request | AddWatchRequest | WatchesOfTypeRequest;
export interface AuthRequest {
  readonly type: typeof OpCode.auth;
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}
export interface PingRequest {
  readonly type: typeof OpCode.ping;
}
/** Asks for the number of descendants. */
export interface GetAllChildrenNumberRequest {
  readonly type: typeof OpCode.getAllChildrenNumber;
  readonly path: string;
}
/** Asks for the session's own ephemerals. */
export interface GetEphemeralsRequest {
  readonly type: typeof OpCode.getEphemerals;
  /** With what their paths begin; null, blank and "/" for all. */
  readonly prefix: string | null;
}
export interface WhoAmIRequest {
  readonly type: typeof OpCode.whoAmI;
}
/** An operation that may stand inside a multiRead. No watch comes of it, whether it asks for one or not. */
export interface MultiReadOp {
  readonly type: typeof OpCode.getData | typeof OpCode.getChildren;
  readonly path: string;
  readonly watch: boolean;
}
export interface MultiReadRequest {
  readonly type: typeof OpCode.multiRead;
  readonly ops: readonly MultiReadOp[];
}

export type ReadRequest =
  | WatchableRead
  | GetAclRequest
  | GetAllChildrenNumberRequest
  | GetEphemeralsRequest
  | WhoAmIRequest
  | MultiReadRequest
  | SyncRequest
  | WatchRequest;
export type ClientRequest = WriteRequest | ReadRequest | AuthRequest | PingRequest;

/**
 * The record of a request of the given type, or null for a type that is not served. Bytes after the record are ignored,
 * as Apache does. Throws `JuteError` where the bytes are not that record.
 */
export function readRequest(type: OpCode, reader: JuteReader): ClientRequest | null {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return { type, path: readPath(reader), data: reader.buffer(), acl: reader.vector(readAcl), flags: reader.int() };
    case OpCode.createContainer:
      return { type, path: readPath(reader), data: reader.buffer(), acl: reader.vector(readAcl), flags: reader.int() };
    case OpCode.createTTL:
      return {
        type,
        path: readPath(reader),
        data: reader.buffer(),
        acl: reader.vector(readAcl),
        flags: reader.int(),
        // Whatever stands there is judged later; what a number cannot hold exactly is far too long anyway.
        ttlMs: Number(reader.long()),
      };
    case OpCode.delete:
      return { type, path: readPath(reader), version: reader.int() };
    case OpCode.setData:
      return { type, path: reader.text(), data: reader.buffer(), version: reader.int() };
    case OpCode.setACL:
      return { type, path: reader.text(), acl: reader.vector(readAcl), version: reader.int() };
    case OpCode.check:
      return { type, path: reader.text(), version: reader.int() };
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
      return { type, path: readPath(reader), watch: reader.bool() };
    case OpCode.getACL:
    case OpCode.sync:
    case OpCode.getAllChildrenNumber:
      return { type, path: readPath(reader) };
    case OpCode.getEphemerals:
      return { type, prefix: reader.string() };
    case OpCode.whoAmI:
      return { type };
    case OpCode.multiRead:
      return { type, ops: readMultiReadOps(reader) };
    case OpCode.reconfig:
      return {
        type,
        joining: reader.string(),
        leaving: reader.string(),
        newMembers: reader.string(),
        curConfigId: reader.long(),
      };
    case OpCode.multi:
      return { type, ops: readMultiOps(reader) };
    case OpCode.setWatches:
      return {
        type,
        relativeZxid: reader.long(),
        dataWatches: readPaths(reader),
        existWatches: readPaths(reader),
        childWatches: readPaths(reader),
      };
    case OpCode.setWatches2:
      return {
        type,
        relativeZxid: reader.long(),
        dataWatches: readPaths(reader),
        existWatches: readPaths(reader),
        childWatches: readPaths(reader),
        persistentWatches: readPaths(reader),
        recursiveWatches: readPaths(reader),
      };
    case OpCode.addWatch:
      return { type, path: readPath(reader), mode: oneOf(AddWatchMode, reader.int()) };
    case OpCode.checkWatches:
    case OpCode.removeWatches:
      return { type, path: readPath(reader), watcherType: oneOf(WatcherType, reader.int()) };
    case OpCode.auth:
      reader.int();
      return { type, scheme: reader.text(), auth: reader.buffer() };
    case OpCode.createSession:
      return { type, timeoutMs: reader.int() };
    case OpCode.ping:
    case OpCode.closeSession:
      return { type };
    default:
      return null;
  }
}

/**
 * A path where Apache stumbles over null (`NullPointerException`) and says MARSHALLINGERROR, as it does of what it cannot
 * decode. Where it validates the whole path first, null is a bad path, as the empty text is.
 */
function readPath(reader: JuteReader): string {
  const value = reader.string();
  if (value === null) throw new JuteError('null where a path is wanted');
  return value;
}

/** A number that stands for something; Apache says MARSHALLINGERROR of any other too. */
function oneOf<Value extends number>(values: Readonly<Record<string, Value>>, value: number): Value {
  const known = Object.values(values).find((one) => one === value);
  if (known === undefined) throw new JuteError(`a number without a meaning: ${value}`);
  return known;
}

function readPaths(reader: JuteReader): string[] {
  return reader.vector(readPath) ?? [];
}

/** The types of the operations in a multi or a multiRead, each with the reader at its record, up to the end mark. */
function* multiHeaders(reader: JuteReader): Generator<OpCode> {
  for (;;) {
    const type = reader.int();
    const done = reader.bool();
    reader.int();
    if (done) return;
    yield type;
  }
}

function readMultiOps(reader: JuteReader): MultiOp[] {
  const ops: MultiOp[] = [];
  for (const type of multiHeaders(reader)) {
    switch (type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.delete:
      case OpCode.setData:
      case OpCode.check:
        ops.push(readRequest(type, reader) as MultiOp);
        break;
      default:
        throw new JuteError(`operation ${type} inside a multi`);
    }
  }
  return ops;
}

function readMultiReadOps(reader: JuteReader): MultiReadOp[] {
  const ops: MultiReadOp[] = [];
  for (const type of multiHeaders(reader)) {
    if (type !== OpCode.getData && type !== OpCode.getChildren) throw new JuteError(`operation ${type} in a multiRead`);
    ops.push({ type, path: readPath(reader), watch: reader.bool() });
  }
  return ops;
}

/** Writes the record of a request, without its header. */
function writeRequest(writer: JuteWriter, request: ClientRequest): void {
  switch (request.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      writer.string(request.path).buffer(request.data).vector(request.acl, writeAcl).int(request.flags);
      return;
    case OpCode.createTTL:
      writer.string(request.path).buffer(request.data).vector(request.acl, writeAcl).int(request.flags);
      writer.longNumber(request.ttlMs);
      return;
    case OpCode.delete:
    case OpCode.check:
      writer.string(request.path).int(request.version);
      return;
    case OpCode.setData:
      writer.string(request.path).buffer(request.data).int(request.version);
      return;
    case OpCode.setACL:
      writer.string(request.path).vector(request.acl, writeAcl).int(request.version);
      return;
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
      writer.string(request.path).bool(request.watch);
      return;
    case OpCode.getACL:
    case OpCode.sync:
    case OpCode.getAllChildrenNumber:
      writer.string(request.path);
      return;
    case OpCode.getEphemerals:
      writer.string(request.prefix);
      return;
    case OpCode.multi:
    case OpCode.multiRead:
      for (const op of request.ops) {
        writer.int(op.type).bool(false).int(-1);
        writeRequest(writer, op);
      }
      writer.int(-1).bool(true).int(-1);
      return;
    case OpCode.reconfig:
      writer.string(request.joining).string(request.leaving).string(request.newMembers).long(request.curConfigId);
      return;
    case OpCode.setWatches:
      writePathLists(writer, request);
      return;
    case OpCode.setWatches2:
      writePathLists(writer, request);
      for (const paths of [request.persistentWatches, request.recursiveWatches]) writePaths(writer, paths);
      return;
    case OpCode.addWatch:
      writer.string(request.path).int(request.mode);
      return;
    case OpCode.checkWatches:
    case OpCode.removeWatches:
      writer.string(request.path).int(request.watcherType);
      return;
    case OpCode.auth:
      writer.int(0).string(request.scheme).buffer(request.auth);
      return;
    case OpCode.createSession:
      writer.int(request.timeoutMs);
      return;
    case OpCode.ping:
    case OpCode.closeSession:
    case OpCode.whoAmI:
      return;
  }
}

function writePathLists(writer: JuteWriter, request: SetWatchesRequest | SetWatches2Request): void {
  writer.long(request.relativeZxid);
  for (const paths of [request.dataWatches, request.existWatches, request.childWatches]) writePaths(writer, paths);
}

function writePaths(writer: JuteWriter, paths: readonly string[]): void {
  writer.vector(paths, (w, path) => w.string(path));
}

/** A framed request as a client sends it. */
export function encodeRequest(xid: number, request: ClientRequest): Uint8Array {
  const writer = new JuteWriter();
  writer.int(xid).int(request.type);
  writeRequest(writer, request);
  return writer.finishFrame();
}
