/** The first exchange on the client port (Java `ConnectRequest`, `ConnectResponse`). */
import { JuteReader, JuteWriter } from './jute.ts';

export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: bigint;
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  /** Null where the client is too old to send the field; the answer then lacks it too. */
  readonly readOnly: boolean | null;
}

export interface ConnectResponse {
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly readOnly: boolean | null;
}

/** Throws `JuteError` on bytes that are not a ConnectRequest. */
export function decodeConnectRequest(bytes: Uint8Array): ConnectRequest {
  const reader = new JuteReader(bytes);
  return {
    protocolVersion: reader.int(),
    lastZxidSeen: reader.long(),
    timeoutMs: reader.int(),
    sessionId: reader.long(),
    password: reader.buffer() ?? new Uint8Array(0),
    readOnly: reader.remaining > 0 ? reader.bool() : null,
  };
}

/** The framed request. */
export function encodeConnectRequest(request: ConnectRequest): Uint8Array {
  const writer = new JuteWriter();
  writer.int(request.protocolVersion).long(request.lastZxidSeen).int(request.timeoutMs).long(request.sessionId);
  writer.buffer(request.password);
  if (request.readOnly !== null) writer.bool(request.readOnly);
  return writer.finishFrame();
}

/** The framed response. */
export function encodeConnectResponse(response: ConnectResponse): Uint8Array {
  const writer = new JuteWriter();
  writer.int(0).int(response.timeoutMs).long(response.sessionId).buffer(response.password);
  if (response.readOnly !== null) writer.bool(response.readOnly);
  return writer.finishFrame();
}

/** Throws `JuteError` on bytes that are not a ConnectResponse. */
export function decodeConnectResponse(bytes: Uint8Array): ConnectResponse {
  const reader = new JuteReader(bytes);
  reader.int();
  return {
    timeoutMs: reader.int(),
    sessionId: reader.long(),
    password: reader.buffer() ?? new Uint8Array(0),
    readOnly: reader.remaining > 0 ? reader.bool() : null,
  };
}
