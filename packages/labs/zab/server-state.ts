/** What a server of a ZAB lab is at a moment, and what its trace says of that. */
import type { ClientId, LinkId } from '@vivarium/ensemble/core/io';
import type { Server } from '@vivarium/ensemble/core/server';
import type { ClusterEventBody, TracedVote } from '@vivarium/shared/cluster-event';
import { counterOf, type Zxid } from '@vivarium/shared/zxid';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { PacketType, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { ZabDisk } from './disk.ts';
import type { ConnectionId } from './messages.ts';
import { serverName, zxidTerm } from './terms.ts';

/** A connection of the quorum port. */
export interface Link {
  readonly link: LinkId;
  readonly connection: ConnectionId;
  readonly peer: NodeId;
}

/** A connection of the client port. */
export interface ClientLink {
  readonly client: ClientId;
  readonly connection: ConnectionId;
  readonly peer: NodeId;
  /** Its ConnectRequest, while that waits for an answer. */
  readonly connecting: string | null;
  /** What else waits for an answer, by xid. */
  readonly asked: Readonly<Record<number, string>>;
}

/** What the leader has proposed and not committed yet. */
export interface OutstandingProposal {
  readonly zxid: Zxid;
  readonly acks: readonly number[];
}

/** Never changed but for `server`, which a step changes: `copyServer` makes an independent one. */
export interface ServerState {
  readonly kind: 'server';
  readonly sid: number;
  readonly server: Server;
  readonly life: string;
  /** The disk once all that was asked for is durable. */
  readonly disk: ZabDisk;
  readonly links: readonly Link[];
  readonly clients: readonly ClientLink[];
  readonly lastLink: number;
  readonly lastClient: number;
  /** The timer that is set, and when it is due. */
  readonly timer: string | null;
  readonly timerAtMs: number;
  /** Its vote, as it was told last. */
  readonly vote: TracedVote | null;
  /** Votes of the others, as they came last. */
  readonly heard: Readonly<Record<number, TracedVote>>;
  /** Whom it follows, or itself; null while it looks. */
  readonly leader: number | null;
  /** While it leads, by what they sent last: who has come so far in the present phase. */
  readonly supporters: Readonly<Record<'FOLLOWERINFO' | 'ACKEPOCH' | 'NEWLEADER', readonly number[]>>;
  readonly outstanding: readonly OutstandingProposal[];
  /** Up to here it knows its log to be committed: not across a start, which forgets it. */
  readonly committed: Zxid;
  /** Up to here it has acknowledged its log. */
  readonly acked: Zxid;
  /** What the last leader had it cut off. */
  readonly truncated: readonly { readonly zxid: Zxid; readonly what: string }[];
  /** How it was brought up to date last. */
  readonly sync: 'DIFF' | 'TRUNC' | 'SNAP' | null;
  /** It had to stop rather than risk data. */
  readonly halted: string | null;
}

/** Nobody has come yet. */
export const NO_SUPPORT: ServerState['supporters'] = { FOLLOWERINFO: [], ACKEPOCH: [], NEWLEADER: [] };

/** What a trace event changes, and what of it is worth a name in the journal. */
export function seen(
  state: ServerState,
  body: ClusterEventBody,
): { readonly change: Partial<ServerState>; readonly tells: string | null } {
  switch (body.kind) {
    case 'stateChanged': {
      const isServing = body.phase === 'BROADCAST';
      const change: Partial<ServerState> =
        body.state === 'LOOKING'
          ? { heard: {}, supporters: NO_SUPPORT, outstanding: [], leader: null }
          : { leader: body.leader, truncated: isServing ? [] : state.truncated };
      return { change, tells: isServing ? `${body.state} in epoch ${body.epoch}` : body.state };
    }
    case 'voteSent':
      return { change: { vote: body.vote }, tells: null };
    case 'voteReceived':
      return { change: { heard: { ...state.heard, [body.from]: body.vote } }, tells: null };
    case 'electionWon':
      return { change: {}, tells: `elected ${serverName(body.leader)}` };
    case 'proposed':
      return { change: { outstanding: [...state.outstanding, { zxid: BigInt(body.zxid), acks: [] }] }, tells: null };
    case 'acked': {
      const zxid = BigInt(body.zxid);
      const outstanding = state.outstanding.map((proposal) =>
        proposal.zxid === zxid ? { zxid, acks: [...new Set([...proposal.acks, body.by])] } : proposal,
      );
      const isOwn = body.by === state.sid && zxid > state.acked;
      return { change: { outstanding, acked: isOwn ? zxid : state.acked }, tells: null };
    }
    case 'committed': {
      const zxid = BigInt(body.zxid);
      // Before it serves, a leader's COMMIT says no more than that a transaction is in its log.
      const word = state.server.phase === 'BROADCAST' ? 'committed' : 'took';
      const outstanding = state.outstanding.filter((proposal) => proposal.zxid > zxid);
      return { change: { outstanding }, tells: `${word} ${zxidTerm(zxid)}` };
    }
    case 'synchronised': {
      const change = body.learner === state.sid ? { sync: body.mode } : {};
      return { change, tells: `${serverName(body.learner)} by ${body.mode}` };
    }
    case 'sessionClosed':
      return { change: {}, tells: body.expired ? 'session expired' : null };
    default:
      return { change: {}, tells: null };
  }
}

/** Whoever leads counts who has come how far: what a packet from a link adds. */
export function supported(state: ServerState, link: LinkId, packet: QuorumPacket): Partial<ServerState> {
  const from = state.links.find((known) => known.link === link)?.peer;
  const step = supportedStep(packet);
  if (from === undefined || step === null) return {};
  const { supporters } = state;
  const come = new Set([...supporters[step], Number(from.slice(1))]);
  return { supporters: { ...supporters, [step]: [...come] } };
}

function supportedStep({ type, zxid }: QuorumPacket): keyof ServerState['supporters'] | null {
  switch (type) {
    case PacketType.FOLLOWERINFO:
      return 'FOLLOWERINFO';
    case PacketType.ACKEPOCH:
      return 'ACKEPOCH';
    case PacketType.ACK:
      return counterOf(zxid) === 0 ? 'NEWLEADER' : null;
    default:
      return null;
  }
}
