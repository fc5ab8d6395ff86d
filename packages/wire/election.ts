/**
 * The election port: a handshake from the dialler (Java `QuorumCnxManager.InitialMessage`), then framed notifications of
 * Fast Leader Election (Java `FastLeaderElection.Notification`).
 */
import { decodeUtf8, encodeUtf8 } from '@vivarium/shared/utf8';
import { JuteError, JuteReader, JuteWriter } from './jute.ts';

/** States of a server as votes carry them (Java `QuorumPeer.ServerState`). */
export const ServerState = { LOOKING: 0, FOLLOWING: 1, LEADING: 2, OBSERVING: 3 } as const;
export type ServerState = (typeof ServerState)[keyof typeof ServerState];

const PROTOCOL_V1 = -65536n;
const PROTOCOL_MULTI_ADDRESS = -65535n;
const MAX_ADDRESS_BYTES = 2048;
const MAX_NOTIFICATION_BYTES = 524288;

/** A vote on the wire, with what its sender says of itself. */
export interface Notification {
  readonly state: number;
  /** The sid voted for, as 64 bits: observers vote for Long.MIN. */
  readonly leader: bigint;
  readonly zxid: bigint;
  readonly electionEpoch: bigint;
  readonly peerEpoch: bigint;
  readonly version: number;
  /** The sender's configuration as text; null in short messages of old servers. */
  readonly config: string | null;
}

export function encodeHandshake(sid: bigint, electionAddress: string): Uint8Array {
  const address = encodeUtf8(electionAddress);
  return new JuteWriter(20 + address.length).long(PROTOCOL_V1).long(sid).buffer(address).finish();
}

/** The dialler's handshake. `addresses` is empty in the oldest form, which is the sid alone. */
export interface Handshake {
  readonly sid: bigint;
  readonly addresses: readonly string[];
}

/** Reads a handshake, or returns null where the bytes end before it does. Throws `JuteError` on bytes that are not one. */
export function readHandshake(bytes: Uint8Array): { handshake: Handshake; end: number } | null {
  if (bytes.length < 8) return null;
  const reader = new JuteReader(bytes);
  const first = reader.long();
  if (first >= 0n) return { handshake: { sid: first, addresses: [] }, end: 8 };
  if (first !== PROTOCOL_V1 && first !== PROTOCOL_MULTI_ADDRESS) throw new JuteError(`election protocol ${first}`);
  if (bytes.length < 20) return null;
  const sid = reader.long();
  const length = reader.int();
  if (length <= 0 || length > MAX_ADDRESS_BYTES) throw new JuteError(`an election address of ${length} bytes`);
  if (reader.remaining < length) return null;
  const text = decodeUtf8(bytes, reader.offset, reader.offset + length);
  return { handshake: { sid, addresses: text.split('|') }, end: reader.offset + length };
}

/** A framed notification; short where `config` is null and the version is 0. */
export function encodeNotificationMessage(message: Notification): Uint8Array {
  const writer = new JuteWriter(128);
  writer.int(message.state).long(message.leader).long(message.zxid).long(message.electionEpoch).long(message.peerEpoch);
  writer.int(message.version);
  if (message.config !== null) writer.buffer(encodeUtf8(message.config));
  return writer.finishFrame();
}

/**
 * Reads a framed notification at the offset. Null: the bytes end before it does. `notification` null: a whole frame that
 * is no notification, which Apache skips. Throws `JuteError` on a length that no frame has: the stream is lost.
 */
export function readNotificationMessage(
  bytes: Uint8Array,
  offset: number,
): { notification: Notification | null; end: number } | null {
  if (bytes.length - offset < 4) return null;
  const length = new JuteReader(bytes, offset).int();
  if (length <= 0 || length > MAX_NOTIFICATION_BYTES) throw new JuteError(`a notification of ${length} bytes`);
  const end = offset + 4 + length;
  if (bytes.length < end) return null;
  return { notification: decodeNotification(bytes.subarray(offset + 4, end)), end };
}

/** Old servers send 28 bytes (no peerEpoch: that of the zxid counts) or 40 (no configuration). */
function decodeNotification(body: Uint8Array): Notification | null {
  if (body.length < 28) return null;
  const reader = new JuteReader(body);
  const state = reader.int();
  if (state < 0 || state > 3) return null;
  const leader = reader.long();
  const zxid = reader.long();
  const electionEpoch = reader.long();
  if (body.length === 28)
    return { state, leader, zxid, electionEpoch, peerEpoch: zxid >> 32n, version: 0, config: null };
  if (body.length < 36) return null;
  const peerEpoch = reader.long();
  const version = reader.remaining >= 4 ? reader.int() : 0;
  if (version < 2 || reader.remaining < 4)
    return { state, leader, zxid, electionEpoch, peerEpoch, version, config: null };
  const length = reader.int();
  if (length < 0 || length > reader.remaining) return null;
  const config = decodeUtf8(body, reader.offset, reader.offset + length);
  return { state, leader, zxid, electionEpoch, peerEpoch, version, config };
}
