/**
 * Snapshots, on disk as `version-2/snapshot.<hex zxid>` and on the quorum port behind SNAP (Java `FileSnap`,
 * `SerializeUtils.serializeSnapshot`, `DataTree.serialize`). The content is the same; a file has a header, checksums and a
 * digest around it, the stream a signature behind it.
 *
 * content: int n, n x {session long, timeout int}; int n, n x {ACL id long, vector of ACL}; nodes, parents before
 * children, each {path ustring, data buffer, ACL id long, StatPersisted}, the root as ""; then the path "/".
 */
import type { Acl } from '@vivarium/shared/acl';
import { adler32 } from '@vivarium/shared/checksum';
import type { StatPersisted } from '@vivarium/shared/stat';
import { JuteError, JuteReader, JuteWriter } from './jute.ts';
import { readAcl, readStatPersisted, writeAcl, writeStatPersisted } from './records.ts';
import type { TxnDigest } from './txn.ts';

const MAGIC = 0x5a4b534e;
const VERSION = 2;
const CHUNK_BYTES = 64 * 1024;
/** The most that one node, ACL or session takes; a record of the log takes no more either. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
/** What the leader writes behind a streamed snapshot (Java `LearnerHandler`). */
const SIGNATURE = 'BenWasHere';

/** The id that stands for the open ACL, which is not listed (Java `ReferenceCountedACLCache`). */
export const OPEN_ACL_ID = -1;

export interface SnapshotNode {
  /** "" for the root. */
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly aclId: number;
  readonly stat: Readonly<StatPersisted>;
}

/** One entry of the content, in the order in which they stand. */
export type SnapshotEntry =
  | { readonly kind: 'session'; readonly sessionId: bigint; readonly timeoutMs: number }
  | { readonly kind: 'acl'; readonly aclId: number; readonly acl: readonly Acl[] }
  | { readonly kind: 'node'; readonly node: SnapshotNode };

/** What a snapshot is made from: counts first, since they stand before the entries. */
export interface SnapshotSource {
  readonly zxid: bigint;
  readonly sessions: readonly (readonly [bigint, number])[];
  readonly acls: readonly (readonly [number, readonly Acl[]])[];
  /** Parents before children, the root first. */
  readonly nodes: Iterable<SnapshotNode>;
  readonly digest: TxnDigest | null;
}

function* content(source: SnapshotSource, writer: JuteWriter): Generator<Uint8Array> {
  writer.int(source.sessions.length);
  for (const [sessionId, timeoutMs] of source.sessions) writer.long(sessionId).int(timeoutMs);
  writer.int(source.acls.length);
  for (const [aclId, acl] of source.acls) writer.longNumber(aclId).vector(acl, writeAcl);
  for (const node of source.nodes) {
    writer.string(node.path).buffer(node.data).longNumber(node.aclId);
    writeStatPersisted(writer, node.stat);
    if (writer.size >= CHUNK_BYTES) {
      yield writer.finish();
      writer.reset();
    }
  }
  writer.string('/');
}

/** The chunks of a snapshot as the leader streams it behind a SNAP packet. */
export function* streamSnapshot(source: SnapshotSource): Generator<Uint8Array> {
  const writer = new JuteWriter(CHUNK_BYTES * 2);
  yield* content(source, writer);
  writer.string(SIGNATURE);
  yield writer.finish();
}

/** The chunks of a snapshot file. */
export function* snapshotFile(source: SnapshotSource): Generator<Uint8Array> {
  let checksum = 1;
  const writer = new JuteWriter(CHUNK_BYTES * 2);
  writer.int(MAGIC).int(VERSION).long(-1n);
  for (const chunk of content(source, writer)) {
    checksum = adler32(chunk, checksum);
    yield chunk;
  }
  // Each trailer is a checksum of all that stands before it, the checksums included, and the path "/" as an end mark.
  const seal = (): Uint8Array => {
    const body = writer.finish();
    checksum = adler32(body, checksum);
    const trailer = new JuteWriter(13).longNumber(checksum).string('/').finish();
    checksum = adler32(trailer, checksum);
    writer.reset();
    const sealed = new Uint8Array(body.length + trailer.length);
    sealed.set(body);
    sealed.set(trailer, body.length);
    return sealed;
  };
  yield seal();
  if (source.digest !== null) {
    writer.long(source.zxid).int(source.digest.version).long(source.digest.treeDigest);
    yield seal();
  }
}

/** The last bytes of every whole snapshot file: Apache's quick test of validity. */
const SNAPSHOT_END_MARK = new Uint8Array([0, 0, 0, 1, 0x2f]);

type Section = 'sessionCount' | 'session' | 'aclCount' | 'acl' | 'node' | 'signature' | 'done';

/**
 * Reads the content of a snapshot from chunks of any size. `push` hands each entry to the sink and returns null while more
 * is wanted, or the offset in the last chunk where the content ended. Throws `JuteError` on bytes that are not a snapshot.
 */
export class SnapshotReader {
  private section: Section = 'sessionCount';
  private left = 0;
  private carry: Uint8Array = new Uint8Array(0);
  private readonly sink: (entry: SnapshotEntry) => void;
  private readonly signed: boolean;

  /** `signed`: the content comes from the quorum port, with a signature behind it. */
  constructor(sink: (entry: SnapshotEntry) => void, signed: boolean) {
    this.sink = sink;
    this.signed = signed;
  }

  push(chunk: Uint8Array): number | null {
    const bytes = joined(this.carry, chunk);
    const reader = new JuteReader(bytes);
    let start = 0;
    try {
      while (this.section !== 'done') {
        this.step(reader);
        start = reader.offset;
      }
    } catch (error) {
      if (!(error instanceof JuteError && error.truncated)) throw error;
      // An entry is handed over only when it is whole, so the next chunk starts over at its beginning.
      this.carry = bytes.slice(start);
      // A length that is wrong must not gather all that follows, moving it again with each chunk.
      if (this.carry.length > MAX_ENTRY_BYTES) throw new JuteError(`an entry of more than ${MAX_ENTRY_BYTES} bytes`);
      return null;
    }
    const fromCarry = bytes.length - chunk.length;
    return start - fromCarry;
  }

  private step(reader: JuteReader): void {
    switch (this.section) {
      case 'sessionCount':
        this.left = reader.int();
        this.section = this.left > 0 ? 'session' : 'aclCount';
        return;
      case 'session':
        this.sink({ kind: 'session', sessionId: reader.long(), timeoutMs: reader.int() });
        if (--this.left === 0) this.section = 'aclCount';
        return;
      case 'aclCount':
        this.left = reader.int();
        this.section = this.left > 0 ? 'acl' : 'node';
        return;
      case 'acl': {
        const aclId = reader.longNumber();
        this.sink({ kind: 'acl', aclId, acl: reader.vector(readAcl) ?? [] });
        if (--this.left === 0) this.section = 'node';
        return;
      }
      case 'node': {
        const path = reader.text();
        if (path === '/') {
          this.section = this.signed ? 'signature' : 'done';
          return;
        }
        const node = { path, data: reader.buffer(), aclId: reader.longNumber(), stat: readStatPersisted(reader) };
        this.sink({ kind: 'node', node });
        return;
      }
      case 'signature':
        if (reader.text() !== SIGNATURE) throw new JuteError('a snapshot without its signature');
        this.section = 'done';
        return;
      case 'done':
        return;
    }
  }
}

/** Why a file is not a snapshot, or what it holds beside its entries. */
export type SnapshotFileResult =
  | { readonly ok: true; readonly digest: { readonly zxid: bigint; readonly digest: TxnDigest } | null }
  | { readonly ok: false; readonly fault: string };

/** Header of a file: magic, version, and an id that nobody looks at. */
const HEADER_BYTES = 16;
/** What may stand behind the tree: seals, a digest, and what newer versions add. */
const MAX_TRAILER_BYTES = 4096;

/**
 * Reads a snapshot file from pieces of any size, without holding more of it than one entry, and hands its entries to the
 * sink. Where the result is not ok, what the sink was given is to be thrown away.
 */
export class SnapshotFileReader {
  private readonly content: SnapshotReader;
  private section: 'header' | 'content' | 'trailer' = 'header';
  /** Of the header or the trailer, what has come of it. */
  private held: Uint8Array = new Uint8Array(0);
  /** Of all bytes up to the trailer. */
  private checksum = 1;
  private fault: string | null = null;

  /** What the sink throws comes out of `push`, but for a `JuteError`, which means that an entry makes no sense. */
  constructor(sink: (entry: SnapshotEntry) => void) {
    this.content = new SnapshotReader(sink, false);
  }

  /** Takes the next piece; false once it is known that the file is no snapshot, and no more of it needs to be read. */
  push(piece: Uint8Array): boolean {
    if (this.fault !== null) return false;
    try {
      this.take(piece);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.fault = `is not readable: ${error.message}`;
    }
    return this.fault === null;
  }

  private take(piece: Uint8Array): void {
    let bytes = piece;
    if (this.section === 'header') {
      this.held = joined(this.held, bytes);
      if (this.held.length < HEADER_BYTES) return;
      const reader = new JuteReader(this.held);
      if (reader.int() !== MAGIC || reader.int() !== VERSION) this.fault = 'has no snapshot header';
      this.checksum = adler32(this.held.subarray(0, HEADER_BYTES));
      bytes = this.held.subarray(HEADER_BYTES);
      this.held = new Uint8Array(0);
      this.section = 'content';
      if (this.fault !== null) return;
    }
    if (this.section === 'content') {
      const end = this.content.push(bytes);
      this.checksum = adler32(end === null ? bytes : bytes.subarray(0, end), this.checksum);
      if (end === null) return;
      this.section = 'trailer';
      bytes = bytes.subarray(end);
    }
    this.held = joined(this.held, bytes);
    if (this.held.length > MAX_TRAILER_BYTES) this.fault = 'goes on behind its end';
  }

  /** To be called behind the last piece. */
  finish(): SnapshotFileResult {
    if (this.fault !== null) return { ok: false, fault: this.fault };
    if (this.section === 'header') {
      return { ok: false, fault: this.held.length === 0 ? 'is empty' : 'is shorter than its header' };
    }
    if (this.section === 'content') return { ok: false, fault: 'ends before its tree does' };
    const { held } = this;
    const tail = held.subarray(-SNAPSHOT_END_MARK.length);
    if (!SNAPSHOT_END_MARK.every((byte, i) => byte === tail[i]))
      return { ok: false, fault: 'does not end as a whole snapshot does' };
    try {
      const end = readSeal(held, 0, this.checksum);
      if (end === null) return { ok: false, fault: 'has a wrong checksum' };
      if (held.length - end < 20) return { ok: true, digest: null };
      const trailer = new JuteReader(held, end);
      const digest = {
        zxid: trailer.long(),
        digest: { version: trailer.int(), treeDigest: BigInt.asUintN(64, trailer.long()) },
      };
      if (readSeal(held, trailer.offset, this.checksum) === null)
        return { ok: false, fault: 'has a wrong checksum behind its digest' };
      return { ok: true, digest };
    } catch (error) {
      if (error instanceof JuteError) return { ok: false, fault: `is not readable: ${error.message}` };
      throw error;
    }
  }
}

/** Reads the pieces of a snapshot file to the end, or to where it is known to be none; they may throw `JuteError` themselves. */
export function readSnapshotFile(
  pieces: Iterable<Uint8Array>,
  sink: (entry: SnapshotEntry) => void,
): SnapshotFileResult {
  const reader = new SnapshotFileReader(sink);
  try {
    for (const piece of pieces) if (!reader.push(piece)) break;
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    return { ok: false, fault: `is not readable: ${error.message}` };
  }
  return reader.finish();
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/**
 * Checks the checksum that stands at the offset of a trailer, `before` being that of all before the trailer, and returns
 * the offset behind its end mark; null where it is wrong.
 */
function readSeal(trailer: Uint8Array, offset: number, before: number): number | null {
  const reader = new JuteReader(trailer, offset);
  const expected = reader.longNumber();
  if (reader.text() !== '/') return null;
  return adler32(trailer.subarray(0, offset), before) === expected ? reader.offset : null;
}
