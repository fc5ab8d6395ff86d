/**
 * Transactions as the log and the PROPOSAL and INFORM packets carry them:
 * TxnHeader{clientId long, cxid int, zxid long, time long, type int}, the record of that type, and optionally
 * TxnDigest{version int, treeDigest long} (Java `SerializeUtils`, `zookeeper.jute` module `txn`).
 */
import type { Acl } from '@vivarium/shared/acl';
import type { ErrorCode } from '@vivarium/shared/error-code';
import { JuteError, JuteReader, JuteWriter, scratchWriter } from './jute.ts';
import { OpCode } from './op-code.ts';
import { readAcl, writeAcl } from './records.ts';

export interface TxnHeader {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly zxid: bigint;
  /** The proposing leader's wall clock. */
  readonly timeMs: number;
}

export type Txn =
  | {
      readonly type: typeof OpCode.create | typeof OpCode.create2;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[] | null;
      readonly ephemeral: boolean;
      /** The parent's raw cversion after this create; -1 in logs older than the field. */
      readonly parentCversion: number;
    }
  | {
      readonly type: typeof OpCode.createContainer;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[] | null;
      readonly parentCversion: number;
    }
  | {
      readonly type: typeof OpCode.createTTL;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[] | null;
      readonly parentCversion: number;
      readonly ttlMs: number;
    }
  | { readonly type: typeof OpCode.delete | typeof OpCode.deleteContainer; readonly path: string }
  | {
      readonly type: typeof OpCode.setData | typeof OpCode.reconfig;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly version: number;
    }
  | {
      readonly type: typeof OpCode.setACL;
      readonly path: string;
      readonly acl: readonly Acl[] | null;
      readonly version: number;
    }
  | { readonly type: typeof OpCode.check; readonly path: string; readonly version: number }
  | { readonly type: typeof OpCode.createSession; readonly timeoutMs: number }
  /** The session's ephemerals, which go in this transaction; null in old logs, where they are found in the tree. */
  | { readonly type: typeof OpCode.closeSession; readonly paths: readonly string[] | null }
  | { readonly type: typeof OpCode.error; readonly err: ErrorCode }
  | { readonly type: typeof OpCode.multi; readonly txns: readonly SubTxn[] };

/** What may stand inside a multi transaction: of a failed multi nothing is applied. */
export type SubTxn = Exclude<
  Txn,
  { type: typeof OpCode.multi | typeof OpCode.createSession | typeof OpCode.closeSession }
>;

/** The tree's digest after a transaction; version 2 is the only one in use. */
export interface TxnDigest {
  readonly version: number;
  readonly treeDigest: bigint;
}

export interface TxnRecord {
  readonly header: TxnHeader;
  readonly txn: Txn;
  readonly digest: TxnDigest | null;
}

/** The bytes of a transaction. */
export function encodeTxn(header: TxnHeader, txn: Txn, digest: TxnDigest | null): Uint8Array {
  const writer = scratchWriter();
  writer.long(header.sessionId).int(header.cxid).long(header.zxid).longNumber(header.timeMs).int(txn.type);
  writeTxnBody(writer, txn);
  if (digest !== null) writer.int(digest.version).long(digest.treeDigest);
  return writer.finish();
}

function writeTxnBody(writer: JuteWriter, txn: Txn): void {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
      writer.string(txn.path).buffer(txn.data).vector(txn.acl, writeAcl).bool(txn.ephemeral).int(txn.parentCversion);
      return;
    case OpCode.createContainer:
      writer.string(txn.path).buffer(txn.data).vector(txn.acl, writeAcl).int(txn.parentCversion);
      return;
    case OpCode.createTTL:
      writer.string(txn.path).buffer(txn.data).vector(txn.acl, writeAcl).int(txn.parentCversion).longNumber(txn.ttlMs);
      return;
    case OpCode.delete:
    case OpCode.deleteContainer:
      writer.string(txn.path);
      return;
    case OpCode.setData:
    case OpCode.reconfig:
      writer.string(txn.path).buffer(txn.data).int(txn.version);
      return;
    case OpCode.setACL:
      writer.string(txn.path).vector(txn.acl, writeAcl).int(txn.version);
      return;
    case OpCode.check:
      writer.string(txn.path).int(txn.version);
      return;
    case OpCode.createSession:
      writer.int(txn.timeoutMs);
      return;
    case OpCode.closeSession:
      if (txn.paths !== null) writer.vector(txn.paths, (w, path) => w.string(path));
      return;
    case OpCode.error:
      writer.int(txn.err);
      return;
    case OpCode.multi:
      writer.vector(txn.txns, (w, sub) => {
        const body = new JuteWriter('data' in sub && sub.data !== null ? 128 + sub.data.length : 128);
        writeTxnBody(body, sub);
        w.int(sub.type).buffer(body.finish());
      });
      return;
  }
}

/** The zxid in the bytes of a transaction, without decoding the rest. Throws `JuteError` where the bytes are too short. */
export function zxidOfTxn(bytes: Uint8Array): bigint {
  return new JuteReader(bytes, 12).long();
}

/**
 * Where the record of a transaction ends and its digest, if there is one, begins. Cheaper than decoding it. Throws
 * `JuteError` on bytes that are not a transaction.
 */
export function endOfTxn(bytes: Uint8Array): number {
  const reader = new JuteReader(bytes, 28);
  const type: OpCode = reader.int();
  skipTxnBody(type, reader);
  return reader.offset;
}

function skipTxnBody(type: OpCode, reader: JuteReader): void {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      reader.skipField();
      reader.skipField();
      skipAcl(reader);
      reader.skip(1);
      // CreateTxnV0 ends here.
      if (reader.remaining >= 4) reader.skip(4);
      return;
    case OpCode.createContainer:
    case OpCode.createTTL:
      reader.skipField();
      reader.skipField();
      skipAcl(reader);
      reader.skip(type === OpCode.createTTL ? 12 : 4);
      return;
    case OpCode.delete:
    case OpCode.deleteContainer:
      reader.skipField();
      return;
    case OpCode.setData:
    case OpCode.reconfig:
      reader.skipField();
      reader.skipField();
      reader.skip(4);
      return;
    case OpCode.setACL:
      reader.skipField();
      skipAcl(reader);
      reader.skip(4);
      return;
    case OpCode.check:
      reader.skipField();
      reader.skip(4);
      return;
    case OpCode.createSession:
    case OpCode.error:
      reader.skip(4);
      return;
    case OpCode.closeSession:
      if (reader.remaining >= 4) for (let left = reader.int(); left > 0; left--) reader.skipField();
      return;
    case OpCode.multi:
      for (let left = reader.int(); left > 0; left--) {
        reader.skip(4);
        reader.skipField();
      }
      return;
    default:
      throw new JuteError(`a transaction of type ${type}`);
  }
}

function skipAcl(reader: JuteReader): void {
  for (let left = reader.int(); left > 0; left--) {
    reader.skip(4);
    reader.skipField();
    reader.skipField();
  }
}

/** Throws `JuteError` on bytes that are not a transaction. A large datum is a view of the bytes, which must not change. */
export function decodeTxn(bytes: Uint8Array): TxnRecord {
  const reader = new JuteReader(bytes, 0, 0x7fffffff, true);
  const sessionId = reader.long();
  const cxid = reader.int();
  const zxid = reader.long();
  const timeMs = reader.longNumber();
  const type = reader.int();
  const txn = readTxnBody(type, reader);
  // Old writers gave no digest, and an error transaction never has one.
  const digest =
    reader.remaining >= 12 ? { version: reader.int(), treeDigest: BigInt.asUintN(64, reader.long()) } : null;
  return { header: { sessionId, cxid, zxid, timeMs }, txn, digest };
}

function readTxnBody(type: OpCode, reader: JuteReader): Txn {
  switch (type) {
    case OpCode.create:
    case OpCode.create2: {
      const [path, data, acl] = [reader.text(), reader.buffer(), reader.vector(readAcl)];
      const ephemeral = reader.bool();
      // CreateTxnV0 ends here.
      return { type, path, data, acl, ephemeral, parentCversion: reader.remaining >= 4 ? reader.int() : -1 };
    }
    case OpCode.createContainer:
      return {
        type,
        path: reader.text(),
        data: reader.buffer(),
        acl: reader.vector(readAcl),
        parentCversion: reader.int(),
      };
    case OpCode.createTTL:
      return {
        type,
        path: reader.text(),
        data: reader.buffer(),
        acl: reader.vector(readAcl),
        parentCversion: reader.int(),
        // In a log of Apache's it may be anything: see `ttlOwner`.
        ttlMs: Number(reader.long()),
      };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, path: reader.text() };
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, path: reader.text(), data: reader.buffer(), version: reader.int() };
    case OpCode.setACL:
      return { type, path: reader.text(), acl: reader.vector(readAcl), version: reader.int() };
    case OpCode.check:
      return { type, path: reader.text(), version: reader.int() };
    case OpCode.createSession:
      return { type, timeoutMs: reader.int() };
    case OpCode.closeSession:
      return { type, paths: reader.remaining >= 4 ? reader.vector((r) => r.text()) : null };
    case OpCode.error:
      return { type, err: reader.int() };
    case OpCode.multi:
      return { type, txns: reader.vector(readSubTxn) ?? [] };
    default:
      throw new JuteError(`a transaction of type ${type}`);
  }
}

function readSubTxn(reader: JuteReader): SubTxn {
  const type = reader.int();
  const body = reader.buffer() ?? new Uint8Array(0);
  if (type === OpCode.multi || type === OpCode.createSession || type === OpCode.closeSession) {
    throw new JuteError(`a transaction of type ${type} inside a multi`);
  }
  return readTxnBody(type, new JuteReader(body)) as SubTxn;
}
