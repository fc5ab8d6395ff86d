import { readNotificationMessage } from '@vivarium/wire/election';
import { PacketType, packetName, readPacket } from '@vivarium/wire/quorum-packet';
import type { Tally } from './tally.ts';
import type { Credential } from './world.ts';

/** Counts what a server sends on one connection. */
export type AnswerReader = (chunk: Uint8Array) => void;

/** Of the quorum port: packets, up to a snapshot, behind which only bytes are counted. */
export function quorumAnswers(tally: Tally): AnswerReader {
  let unread: Uint8Array = new Uint8Array(0);
  let inSnapshot = false;
  return (chunk) => {
    if (inSnapshot) return;
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    let at = 0;
    while (!inSnapshot) {
      const next = readPacket(unread, at);
      if (next === null) break;
      tally.add(packetName(next.packet.type));
      inSnapshot = next.packet.type === PacketType.SNAP;
      at = next.end;
    }
    unread = inSnapshot ? new Uint8Array(0) : unread.slice(at);
  };
}

/** Of the election port, where the fuzzer has dialled: notifications. */
export function electionAnswers(tally: Tally): AnswerReader {
  let unread: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    let at = 0;
    for (let next = readNotificationMessage(unread, at); next !== null; next = readNotificationMessage(unread, at)) {
      tally.add(next.notification === null ? 'no notification' : 'notification');
      at = next.end;
    }
    unread = unread.slice(at);
  };
}

/** The longest frame that a server sends; more is the text of a four-letter word. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/**
 * Of the client port: a ConnectResponse, then replies by their error, and events; or a text. `learn` is told of the session
 * that was given.
 */
export function clientAnswers(tally: Tally, learn: (credential: Credential) => void): AnswerReader {
  let unread: Buffer = Buffer.alloc(0);
  let inText = false;
  let connected = false;
  return (chunk) => {
    if (inText) return;
    unread = unread.length === 0 ? Buffer.from(chunk) : Buffer.concat([unread, chunk]);
    let at = 0;
    while (unread.length - at >= 4) {
      const length = unread.readInt32BE(at);
      if (length < 0 || length > MAX_REPLY_BYTES) {
        tally.add('text');
        inText = true;
        break;
      }
      if (unread.length - at - 4 < length) break;
      const frame = unread.subarray(at + 4, at + 4 + length);
      if (connected) tally.add(replyName(frame));
      else tally.add(connectionName(frame, learn));
      connected = true;
      at += 4 + length;
    }
    unread = inText ? Buffer.alloc(0) : unread.subarray(at);
  };
}

function connectionName(frame: Buffer, learn: (credential: Credential) => void): string {
  const sessionId = frame.readBigInt64BE(8);
  if (sessionId === 0n) return 'session refused';
  learn({ sessionId, password: Uint8Array.from(frame.subarray(20, 36)) });
  return 'session';
}

function replyName(frame: Buffer): string {
  if (frame.readInt32BE(0) === -1) return 'event';
  const err = frame.readInt32BE(12);
  return err === 0 ? 'ok' : `error ${err}`;
}

/** Of anything that answers with text: whether it did. */
export function textAnswers(tally: Tally): AnswerReader {
  let first = true;
  return () => {
    if (first) tally.add('text');
    first = false;
  };
}

/** Of HTTP: the status of each response whose first line came in one piece. */
export function httpAnswers(tally: Tally): AnswerReader {
  return (chunk) => {
    for (const [, status] of Buffer.from(chunk)
      .toString('latin1')
      .matchAll(/HTTP\/1\.1 (\d{3}) /g))
      tally.add(status ?? '');
  };
}
