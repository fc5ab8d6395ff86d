/** What goes over the wires of a ZAB lab: what the real ports carry, a message each. */
import type { Notification } from '@vivarium/wire/election';
import type { QuorumPacket } from '@vivarium/wire/quorum-packet';

/**
 * A connection, named by who opened it, in which of its lives, as which: no two in a history have the same name. A connection
 * opens with the first message that comes on it, so that no lesson is spent on the handshake of TCP.
 */
export type ConnectionId = string;

export type ZabMessage =
  /** Of the election port. */
  | { readonly kind: 'notification'; readonly notification: Notification }
  /**
   * Of the quorum port: a packet, and a PING that left with it. `snapshot` is what follows a SNAP: the stream of Java
   * `LearnerHandler`, whole.
   */
  | {
      readonly kind: 'packets';
      readonly connection: ConnectionId;
      readonly packets: readonly QuorumPacket[];
      readonly snapshot: Uint8Array | null;
    }
  /** Of the client port, without the length in front. The first frame of a connection is a ConnectRequest. */
  | {
      readonly kind: 'request';
      readonly connection: ConnectionId;
      readonly frame: Uint8Array;
      /** What it asks for, in words: the frame alone says it too, an answer's does not. */
      readonly brief: string;
    }
  | { readonly kind: 'answer'; readonly connection: ConnectionId; readonly frame: Uint8Array; readonly brief: string }
  /** The end of a connection, from either side: also what the operating system says for a process that has died. */
  | {
      readonly kind: 'closed';
      readonly port: 'quorum' | 'client';
      readonly connection: ConnectionId;
      readonly reason: string;
    };
