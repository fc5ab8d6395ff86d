/** Operation codes that the load uses (Java `ZooDefs.OpCode`). */
const CREATE = 1;
const GET_DATA = 4;
const SET_DATA = 5;
const CLOSE_SESSION = -11;

const PERMISSION_ALL = 31;
const ANY_VERSION = -1;
const PASSWORD_LENGTH = 16;

/** Where a request frame holds its xid. */
const XID_OFFSET = 4;

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function field(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

function frame(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

function request(xid: number, type: number, ...body: readonly Uint8Array[]): Buffer {
  return frame(int(xid), int(type), ...body);
}

/** What a client needs to come back to its session on any server. */
export interface SessionIdentity {
  id: bigint;
  password: Uint8Array;
}

/** The identity of a session that doesn't exist yet. */
export const noSession: SessionIdentity = { id: 0n, password: new Uint8Array(PASSWORD_LENGTH) };

/** A ConnectRequest. */
export function connectFrame(session: SessionIdentity, timeoutMs: number): Buffer {
  return frame(int(0), long(0n), int(timeoutMs), long(session.id), field(session.password), Buffer.from([0]));
}

/** The session in a ConnectResponse (without its length), or undefined if the server refused it. */
export function readConnectResponse(body: Buffer): SessionIdentity | undefined {
  const timeoutMs = body.readInt32BE(4);
  return timeoutMs > 0
    ? { id: body.readBigInt64BE(8), password: Buffer.from(body.subarray(20, 20 + PASSWORD_LENGTH)) }
    : undefined;
}

/** A create of a persistent node that is open to the world. */
export function createFrame(xid: number, path: string, data: Uint8Array): Buffer {
  const acl = [int(1), int(PERMISSION_ALL), field('world'), field('anyone')];
  return request(xid, CREATE, field(path), field(data), ...acl, int(0));
}

/** A setData whatever the version; its xid is set later. */
export function setDataFrame(path: string, data: Uint8Array): Buffer {
  return request(0, SET_DATA, field(path), field(data), int(ANY_VERSION));
}

/** A getData that may leave a watch; its xid is set later. */
export function getDataFrame(path: string, watch = false): Buffer {
  return request(0, GET_DATA, field(path), Buffer.from([watch ? 1 : 0]));
}

/** The end of a session. */
export function closeFrame(xid: number): Buffer {
  return request(xid, CLOSE_SESSION);
}

/** Puts an xid into a request frame. */
export function setXid(requestFrame: Buffer, xid: number): void {
  requestFrame.writeInt32BE(xid, XID_OFFSET);
}
