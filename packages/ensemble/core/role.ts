import type { Id } from '@vivarium/shared/acl';
import type { PeerState, ZabPhase } from '@vivarium/shared/cluster-event';
import type { OpCode } from '@vivarium/wire/op-code';
import type { QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { Clients } from './client/clients.ts';
import type { Committer } from './committer.ts';
import type { Context } from './context.ts';
import type { Epochs } from './epochs.ts';
import type { History } from './history.ts';
import type { ClientId, Input, LinkId, ServerStatus } from './io.ts';
import type { Membership } from './membership/membership.ts';
import type { AfterWrite, PersistQueue } from './persist-queue.ts';

/** A client's write on its way to be ordered. The record is as the client sent it: only the primary decodes it. */
export interface Submission {
  readonly sessionId: bigint;
  readonly cxid: number;
  readonly type: OpCode;
  readonly record: Uint8Array;
  readonly ids: readonly Id[];
}

/** Who does for the clients of this server what they cannot have from its tree alone. */
export interface Service {
  /** Whether they only read, in sessions that this server alone knows. */
  readonly readOnly: boolean;
  /** Orders a write of one of this server's own clients. */
  submit(submission: Submission): void;
  /** Asks for `Clients.synced` once all that was committed before is applied here. */
  submitSync(client: ClientId, path: string): void;
  /** A client of this server showed a sign of life. */
  touch(sessionId: bigint, timeoutMs: number): void;
  /** Asks whether a session that came from elsewhere is alive; answered by `Clients.revalidated`. */
  revalidate(sessionId: bigint, timeoutMs: number): void;
}

/** What a server is at the moment: leading, learning, or alone. While it is LOOKING it has no role. */
export interface Role extends Service {
  readonly peerState: PeerState;
  readonly phase: ZabPhase;
  /** Whether clients are served. */
  readonly serving: boolean;
  /** When `tick` is to be called. */
  readonly deadlineMs: number;
  readonly leaderSid: number | null;
  tick(): void;
  /** Something that the role wrote is durable. */
  persisted(after: AfterWrite): void;
  /** A packet on one of the role's links. Throws `JuteError` or `ProtocolError` where it makes no sense. */
  packet(link: LinkId, packet: QuorumPacket): void;
  /** A sign of life on a link between two packets of a synchronisation. */
  linkProgress(link: LinkId): void;
  linkClosed(link: LinkId, reason: string): void;
  /** Gives up the link of a peer that does not keep to the protocol; null: whichever link is being worked on. */
  abandon(link: LinkId | null, reason: string): void;
  /** The server at the other end of a link; -1 where it has not said. */
  sidOf(link: LinkId): number;
  /** Inputs that concern this role alone. */
  handle(
    input: Extract<
      Input,
      { kind: 'leaderConnected' | 'leaderUnreachable' | 'snapshotReceived' | 'truncated' | 'truncateRefused' }
    >,
  ): void;
  /** Sessions that are known to be alive. */
  readonly sessionCount: number;
  /** What only a leader can tell. */
  describe(): Pick<ServerStatus, 'quorum' | 'proposalBytes'>;
  /** Which sessions expire when; null on a learner, whose leader knows. */
  readonly expiries: SessionExpiries | null;
  /** The statistics of proposals, or of the links of observers, start anew. */
  resetStats(of: 'server' | 'observers'): void;
  /** The role ends: closes its links. */
  end(reason: string): void;
}

/** Sessions by the instant of the monotonic clock, in ms, at which they expire; the soonest first. */
export type SessionExpiries = ReadonlyMap<number, ReadonlySet<bigint>>;

/** The parts of a server that a role works with. */
export interface RoleParts {
  readonly context: Context;
  readonly history: History;
  readonly clients: Clients;
  readonly persist: PersistQueue;
  readonly committer: Committer;
  readonly epochs: Epochs;
  readonly membership: Membership;
}

/** What a role may ask of the server around it. */
export interface RoleHost {
  /**
   * The role cannot go on; it ends, and a new election is due. `designated`: the server that a reconfiguration names as
   * the next leader, which is tried without an election.
   */
  lookForLeader(reason: string, designated?: number): void;
  /** A quorum has entered the epoch: the server's vote shows it, and clients may come where the role serves. */
  serve(epoch: number): void;
  /** Another configuration is in force: clients may come, or go, by what the role says now. */
  reconfigured(): void;
  /** Cuts the log behind a transaction; the role hears `truncated` or `truncateRefused`. */
  truncate(zxid: bigint): void;
  /** The log cannot be cut back as a leader wants: the next leader is asked for a snapshot. */
  needSnapshot(): void;
  readonly wantsSnapshot: boolean;
}

/** A peer that does not keep to the protocol. Its link is closed. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}
