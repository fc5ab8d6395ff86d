import { readNotificationMessage } from '@vivarium/wire/election';
import { PacketType, packetName, readPacket } from '@vivarium/wire/quorum-packet';
import type { Tally } from './tally.ts';

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
