/** What goes over the connections of the simulated ensemble: the bytes of the real ports, one message each. */
import { assert } from '@vivarium/shared/assert';

/** Names of the three ports. */
export const Port = { client: 'client', quorum: 'quorum', election: 'election' } as const;

/** On a link of the quorum port: a packet, or the snapshot behind a SNAP packet. */
export interface LinkMessage {
  readonly kind: 'packet' | 'snapshot';
  readonly bytes: readonly Uint8Array[];
}

export function asLinkMessage(message: unknown): LinkMessage {
  assert(typeof message === 'object' && message !== null && 'kind' in message, 'a link carries packets and snapshots');
  return message as LinkMessage;
}

/** On the client and election ports every message is bytes. */
export function asBytes(message: unknown): Uint8Array {
  assert(message instanceof Uint8Array, 'this port carries bytes');
  return message;
}

/** The name of the node of a server. */
export function serverName(sid: number): string {
  return `s${sid}`;
}

/** The server of a node. */
export function sidOfName(name: string): number {
  return Number(name.slice(1));
}
