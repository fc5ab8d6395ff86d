/** What goes into a listener on the election ports of an attached ensemble, and what comes out of it. */
import type { PeerState, TracedVote } from '@vivarium/shared/cluster-event';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { PeerTransport } from '../net/peer-transport.ts';
import type { AttachedMember } from './attached-member.ts';

export interface ElectionListenerOptions {
  readonly members: readonly AttachedMember[];
  /** Plain text where there is none. */
  readonly transport?: PeerTransport;
  /** Drawn at random where there is none; see `strangerSid`. */
  readonly sid?: number;
}

/** What a server has said of itself. */
export interface HeardVote {
  readonly state: PeerState;
  /** While the server is LOOKING, Apache's is the last one that it settled on, with the number of the present round. */
  readonly vote: TracedVote;
  /** The configuration in force as the server knows it, as text; null where it does not tell. */
  readonly config: string | null;
}

export interface ElectionListenerEvents {
  /** At every answer, also where it says the same as the one before. */
  heard(sid: number, heard: HeardVote): void;
  /** Whenever a server cannot be asked, or does not answer; it goes on trying. */
  failed(sid: number, reason: WayReason): void;
}
