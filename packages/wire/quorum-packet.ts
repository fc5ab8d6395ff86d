/**
 * Packets between learner and leader (Java `QuorumPacket`): type int, zxid long, data buffer, authinfo vector of Id, one
 * behind the other on the stream without an outer length. A snapshot follows a SNAP packet as bare bytes.
 */
import type { Id } from '@vivarium/shared/acl';
import { JuteError, JuteReader, JuteWriter, scratchWriter } from './jute.ts';
import type { OpCode } from './op-code.ts';
import { readId, writeId } from './records.ts';

/** Types of packets (Java `Leader`). */
export const PacketType = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  REVALIDATE: 6,
  SYNC: 7,
  INFORM: 8,
  COMMITANDACTIVATE: 9,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
  INFORMANDACTIVATE: 19,
} as const;
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

const NAMES = new Map<number, string>(Object.entries(PacketType).map(([name, type]) => [type, name]));

/** The name of a packet type, or `unknown(n)`. */
export function packetName(type: number): string {
  return NAMES.get(type) ?? `unknown(${type})`;
}

export interface QuorumPacket {
  readonly type: number;
  readonly zxid: bigint;
  readonly data: Uint8Array | null;
  readonly authinfo: readonly Id[] | null;
}

/** A packet without authinfo. */
export function packet(type: PacketType, zxid: bigint, data: Uint8Array | null = null): QuorumPacket {
  return { type, zxid, data, authinfo: null };
}

/** The protocol that both sides speak since 3.4 (Java `Learner`, `Leader`: 0x10000). */
export const PROTOCOL_VERSION = 0x10000;

/** The longest data and the most ids that a peer may send; Java bounds a buffer by jute.maxbuffer plus extrasize. */
const MAX_FIELD_BYTES = 4 * 1024 * 1024;
/** Far more than one client proves to be; they are looked at anew with each piece of a packet that comes in pieces. */
const MAX_IDS = 1_000;

export function encodePacket(value: QuorumPacket): Uint8Array {
  const writer = scratchWriter();
  writer.int(value.type).long(value.zxid).buffer(value.data).vector(value.authinfo, writeId);
  return writer.finish();
}

/**
 * Reads one packet at the offset, or returns null where the bytes end before it does. Throws `JuteError` on bytes that no
 * continuation makes a packet, one with a field of more than `maxFieldBytes` among them.
 */
export function readPacket(
  bytes: Uint8Array,
  offset: number,
  maxFieldBytes: number = MAX_FIELD_BYTES,
): { packet: QuorumPacket; end: number } | null {
  const end = endOfPacket(bytes, offset, maxFieldBytes);
  if (end === null) return null;
  const reader = new JuteReader(bytes, offset, maxFieldBytes);
  const value = { type: reader.int(), zxid: reader.long(), data: reader.buffer(), authinfo: reader.vector(readId) };
  return { packet: value, end };
}

/**
 * Where the packet ends, without taking a copy of anything: whoever sends a long one byte by byte must not make the reader
 * do the work of reading it as many times.
 */
function endOfPacket(bytes: Uint8Array, offset: number, maxFieldBytes: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const afterField = (at: number): number | null => {
    if (at + 4 > bytes.length) return null;
    const length = view.getInt32(at);
    if (length < -1 || length > maxFieldBytes) throw new JuteError(`a field of ${length} bytes at ${at}`);
    return at + 4 + Math.max(length, 0);
  };
  const afterData = afterField(offset + 12);
  if (afterData === null || afterData + 4 > bytes.length) return null;
  const ids = view.getInt32(afterData);
  if (ids < -1 || ids > MAX_IDS) throw new JuteError(`${ids} ids in a packet`);
  let at: number | null = afterData + 4;
  for (let left = 2 * ids; left > 0 && at !== null; left--) at = afterField(at);
  if (at !== null && at - offset > 2 * maxFieldBytes + 64) throw new JuteError('a packet that does not end');
  return at === null || at > bytes.length ? null : at;
}

/** What a learner says of itself in FOLLOWERINFO and OBSERVERINFO. */
export interface LearnerInfo {
  readonly sid: number;
  readonly protocolVersion: number;
  readonly configVersion: bigint;
}

/** sids are longs on the wire; those of servers are small, those of strangers may be any. */
export function encodeLearnerInfo(info: LearnerInfo): Uint8Array {
  const writer = new JuteWriter(20);
  writer.longNumber(info.sid).int(info.protocolVersion).long(info.configVersion);
  return writer.finish();
}

/** Throws `JuteError` on data that are not a LearnerInfo. */
export function decodeLearnerInfo(data: Uint8Array): LearnerInfo {
  const reader = new JuteReader(data);
  const sid = reader.longNumber();
  const protocolVersion = reader.int();
  return { sid, protocolVersion, configVersion: reader.remaining >= 8 ? reader.long() : 0n };
}

/** An int alone: the protocol version in LEADERINFO, the current epoch in ACKEPOCH. */
export function encodeInt(value: number): Uint8Array {
  return new JuteWriter(4).int(value).finish();
}

/** Throws `JuteError` on data without an int. */
export function decodeInt(data: Uint8Array | null): number {
  return new JuteReader(data ?? new Uint8Array(0)).int();
}

/** COMMITANDACTIVATE, and the beginning of INFORMANDACTIVATE: the next leader's sid; `txn` is what is informed of. */
export function encodeActivation(designated: number, txn: Uint8Array | null): Uint8Array {
  const writer = new JuteWriter(8 + (txn?.length ?? 0)).longNumber(designated);
  return txn === null ? writer.finish() : writer.raw(txn).finish();
}

/** Throws `JuteError` on data that do not begin with a sid. */
export function decodeActivation(data: Uint8Array | null): { designated: number; txn: Uint8Array } {
  const reader = new JuteReader(data ?? new Uint8Array(0));
  return { designated: reader.longNumber(), txn: reader.rest() };
}

/** A learner's client request on its way to the leader. */
export interface ForwardedRequest {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly type: OpCode;
  /** The request record as the client sent it. */
  readonly record: Uint8Array;
}

export function encodeForwardedRequest(request: ForwardedRequest): Uint8Array {
  const writer = new JuteWriter(16 + request.record.length);
  writer.long(request.sessionId).int(request.cxid).int(request.type).raw(request.record);
  return writer.finish();
}

/** Throws `JuteError` on data that are not a forwarded request. */
export function decodeForwardedRequest(data: Uint8Array): ForwardedRequest {
  const reader = new JuteReader(data);
  return { sessionId: reader.long(), cxid: reader.int(), type: reader.int(), record: reader.rest() };
}

/** The sessions that a learner's clients touched since its last answer to a PING. */
export function encodeTouchedSessions(sessions: Iterable<readonly [bigint, number]>): Uint8Array {
  const writer = new JuteWriter();
  for (const [sessionId, timeoutMs] of sessions) writer.long(sessionId).int(timeoutMs);
  return writer.finish();
}

/** Throws `JuteError` on data that are not pairs. */
export function decodeTouchedSessions(data: Uint8Array | null): [bigint, number][] {
  const sessions: [bigint, number][] = [];
  if (data === null) return sessions;
  const reader = new JuteReader(data);
  while (reader.remaining > 0) sessions.push([reader.long(), reader.int()]);
  return sessions;
}

/** REVALIDATE: a learner asks with a timeout whether a session is alive. */
export function encodeRevalidateRequest(sessionId: bigint, timeoutMs: number): Uint8Array {
  return new JuteWriter(12).long(sessionId).int(timeoutMs).finish();
}

/** Throws `JuteError` on data that are not one. */
export function decodeRevalidateRequest(data: Uint8Array | null): { sessionId: bigint; timeoutMs: number } {
  const reader = new JuteReader(data ?? new Uint8Array(0));
  return { sessionId: reader.long(), timeoutMs: reader.int() };
}

/** REVALIDATE: the leader's answer. */
export function encodeRevalidateReply(sessionId: bigint, valid: boolean): Uint8Array {
  return new JuteWriter(9).long(sessionId).bool(valid).finish();
}

/** Throws `JuteError` on data that are not one. */
export function decodeRevalidateReply(data: Uint8Array | null): { sessionId: bigint; valid: boolean } {
  const reader = new JuteReader(data ?? new Uint8Array(0));
  return { sessionId: reader.long(), valid: reader.bool() };
}
