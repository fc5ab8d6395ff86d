/**
 * One ZooKeeper server as a state machine (Java `QuorumPeer`): inputs go in, outputs come out, nothing else happens. It is
 * LOOKING, or it has a role; a role that cannot go on sends it back to LOOKING.
 */
import { assert, unreachable } from '@vivarium/shared/assert';
import type { PeerState, ZabPhase } from '@vivarium/shared/cluster-event';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { formatHex } from '@vivarium/shared/zxid';
import { ServerState } from '@vivarium/wire/election';
import { JuteError } from '@vivarium/wire/jute';
import { packetName, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { ClientWatches } from './client/client-watches.ts';
import { Clients } from './client/clients.ts';
import { Committer } from './committer.ts';
import { Context } from './context.ts';
import type { Database } from './database.ts';
import { FastLeaderElection } from './election/fast-leader-election.ts';
import { Epochs } from './epochs.ts';
import { History } from './history.ts';
import type { ClientStatus, Input, Instant, LinkId, Output, Recovered, ServerConfig, ServerStatus } from './io.ts';
import type { Configuration } from './membership/configuration.ts';
import { Membership } from './membership/membership.ts';
import { PersistQueue } from './persist-queue.ts';
import { ReadOnlyService, readOnlyAfterMs } from './read-only.ts';
import { ProtocolError, type Role, type RoleHost, type SessionExpiries } from './role.ts';
import { Standalone } from './standalone.ts';
import { CONFIG_NODE } from './tree/data-tree.ts';
import { LeaderRole } from './zab/leader.ts';
import { LearnerRole } from './zab/learner.ts';

/** A learner that connected before this server knew that it would lead: it is kept, and what it said too. */
interface EarlyLearner {
  readonly address: string;
  readonly packets: QuorumPacket[];
}

/** More of either nobody needs who keeps to the protocol. */
const MAX_EARLY_LEARNERS = 64;
const MAX_EARLY_PACKETS = 2;

export class Server implements RoleHost {
  private readonly context: Context;
  private readonly history: History;
  private readonly persist: PersistQueue;
  private readonly epochs: Epochs;
  private readonly membership: Membership;
  private readonly election: FastLeaderElection;
  private clients: Clients | null = null;
  private role: Role | null = null;
  /** While LOOKING: false until all writes of the former role are durable. */
  private electing = false;
  /** Since when, on the monotonic clock. */
  private lookingSinceMs = 0;
  /** Serves clients that only want to read, where the search takes long. */
  private readers: ReadOnlyService | null = null;
  /** Since when an ensemble's server serves nobody, on the monotonic clock; null: it serves. */
  private unavailableSinceMs: number | null = null;
  /** Whom to follow, or to be, without an election: the next leader that a reconfiguration has named. */
  private designated: number | null = null;
  /** A truncation is under way; the disk belongs to it. */
  private truncating = false;
  /** What it waits for the disk to begin with. */
  private truncateTo: bigint | null = null;
  private snapshotWanted = false;
  private lastLink = 0;
  private readonly earlyLearners = new Map<LinkId, EarlyLearner>();

  constructor(config: ServerConfig, recovered: Recovered) {
    this.context = new Context(config);
    this.persist = new PersistQueue(this.context);
    this.history = new History(this.context, recovered);
    this.epochs = new Epochs(this.persist, recovered);
    this.membership = new Membership(this.context, this.persist);
    this.election = new FastLeaderElection(this.context, this.membership);
  }

  /** Takes one input and returns what is to be done, in order. A thrown error is a bug of this program. */
  step(now: Instant, input: Input): readonly Output[] {
    this.context.now = now;
    this.dispatch(input);
    const { outputs } = this.context;
    this.context.outputs = [];
    return outputs;
  }

  /** When a `tick` is wanted, on the monotonic clock. */
  get deadlineMs(): number {
    if (this.role !== null) return this.role.deadlineMs;
    return this.electing ? Math.min(this.election.deadlineMs, this.readersDeadlineMs) : Number.POSITIVE_INFINITY;
  }

  /** The tree and the sessions. */
  get database(): Database {
    return this.history.database;
  }

  get peerState(): PeerState {
    return this.role?.peerState ?? 'LOOKING';
  }

  get phase(): ZabPhase {
    return this.role?.phase ?? 'ELECTION';
  }

  /** The epoch whose leader this server's history comes from. */
  get epoch(): number {
    return this.epochs.current;
  }

  /** Who belongs to the ensemble, as far as this server knows. */
  get configuration(): Configuration {
    return this.membership.committed;
  }

  /** Whether clients are served, to read and to write. */
  get serving(): boolean {
    const isClosed = this.peerState === 'LEADING' && !this.context.config.leaderServes;
    return !isClosed && (this.role?.serving ?? false);
  }

  /** Who watches what. */
  get watches(): ClientWatches {
    return this.served.watches;
  }

  private get served(): Clients {
    assert(this.clients !== null, 'start is the first input');
    return this.clients;
  }

  private dispatch(input: Input): void {
    switch (input.kind) {
      case 'start':
        this.start();
        return;
      case 'tick':
        if (this.role !== null) this.role.tick();
        else if (this.electing) this.tickElection();
        return;
      case 'notification':
        this.elected(this.election.receive(input.from, input.notification));
        return;
      case 'persisted':
        this.persisted(input.writeId);
        return;
      case 'truncated':
      case 'truncateRefused':
        this.truncating = false;
        // The disk has changed even where the role that asked for it has ended since.
        if (this.role === null && input.kind === 'truncated') this.history.replace(input.recovered);
        this.guarded(null, () => this.role?.handle(input));
        this.electWhenDrained();
        return;
      case 'leaderConnected':
      case 'leaderUnreachable':
        this.role?.handle(input);
        return;
      case 'snapshotReceived':
        this.guarded(input.link, () => this.role?.handle(input));
        if (this.role !== null) this.snapshotWanted = false;
        return;
      case 'learnerConnected':
        this.learnerConnected(input.link, input.address);
        return;
      case 'packet':
        this.packet(input.link, input.packet);
        return;
      case 'linkProgress':
        this.role?.linkProgress(input.link);
        return;
      case 'linkClosed':
        this.earlyLearners.delete(input.link);
        this.role?.linkClosed(input.link, input.reason);
        return;
      case 'clientConnected':
        this.served.connected(input.client, input.address, input.certificateSubject);
        return;
      case 'clientFrame':
        this.served.frame(input.client, input.frame);
        return;
      case 'clientClosed':
        this.served.closed(input.client);
        return;
      default:
        unreachable(input);
    }
  }

  private persisted(writeId: number): void {
    const { role } = this;
    // The first of them may end the role; the others concern nobody then.
    for (const after of this.persist.persisted(writeId)) if (this.role === role) role?.persisted(after);
    this.truncateWhenDrained();
    this.electWhenDrained();
  }

  private start(): void {
    this.clients = new Clients(this.context, this.history);
    if (this.context.config.members.length > 0) {
      this.unavailableSinceMs = this.context.now.monotonicMs;
      this.membership.announce();
      this.lookingSinceMs = this.context.now.monotonicMs;
      this.traceState();
      this.startElection();
      return;
    }
    const { context, history, clients, persist, epochs } = this;
    this.role = new Standalone({ context, history, clients, persist, epochs, committer: this.makeCommitter() });
    this.traceState();
  }

  private makeCommitter(): Committer {
    return new Committer(this.context, this.history, this.served);
  }

  // --- election -----------------------------------------------------------------------------------------------------

  /** For roles: ends the present one. A new election begins once what the role wrote is durable: a vote must not promise what a crash loses. */
  lookForLeader(reason: string, designated: number | null = null): void {
    assert(this.role !== null, 'only a role can end');
    this.context.info(`looking for a leader: ${reason}`);
    this.unavailableSinceMs ??= this.context.now.monotonicMs;
    const { role } = this;
    this.role = null;
    this.lookingSinceMs = this.context.now.monotonicMs;
    this.designated = designated;
    role.end(reason);
    this.served.closeAll('the server is looking for a leader');
    this.persist.endTerm();
    this.election.withdraw();
    this.traceState();
    this.electWhenDrained();
  }

  private electWhenDrained(): void {
    if (this.role !== null || this.electing || this.truncating || !this.persist.isIdle) return;
    if (this.context.config.members.length === 0) return;
    this.history.fastForward();
    this.startElection();
  }

  private startElection(): void {
    this.electing = true;
    this.context.metrics.counters.looking_count++;
    const standing = { lastZxid: this.history.lastLoggedZxid, currentEpoch: this.epochs.current };
    const { designated } = this;
    this.designated = null;
    if (designated === null || !this.membership.mayVote(designated)) {
      this.elected(this.election.start(standing));
      return;
    }
    this.election.designate(designated, standing);
    this.elected(designated);
  }

  private tickElection(): void {
    this.elected(this.election.tick());
    if (this.role !== null) return;
    if (this.readers !== null) this.readers.tick();
    else if (this.context.now.monotonicMs >= this.readersDeadlineMs) this.serveReaders();
  }

  private get readersDeadlineMs(): number {
    return this.readers?.deadlineMs ?? this.lookingSinceMs + readOnlyAfterMs(this.context);
  }

  private serveReaders(): void {
    this.readers = new ReadOnlyService(this.context, this.served);
    this.served.serve(this.readers);
  }

  private dismissReaders(): void {
    if (this.readers === null) return;
    this.readers = null;
    this.served.closeAll('the server has found a leader');
  }

  /** Takes on the role that an election ended with. */
  private elected(leader: number | null): void {
    if (leader === null || this.role !== null || !this.electing) return;
    this.electing = false;
    this.dismissReaders();
    this.context.metrics.summaries.election_time.add(this.elapsedMs(this.lookingSinceMs));
    const { context, history, persist, epochs, membership } = this;
    const clients = this.served;
    const committer = this.makeCommitter();
    const parts = { context, history, persist, epochs, membership, clients, committer };
    if (leader === context.config.sid) {
      const role = new LeaderRole(parts, this);
      this.role = role;
      context.info(`elected; leading from ${formatHex(history.lastLoggedZxid)}`);
      this.traceState();
      const early = [...this.earlyLearners];
      this.earlyLearners.clear();
      for (const [link, { address }] of early) role.learnerConnected(link, address);
      role.begin();
      for (const [link, { packets }] of early) for (const received of packets) this.packet(link, received);
      return;
    }
    for (const link of this.earlyLearners.keys())
      context.emit({ kind: 'closeLink', link, reason: 'this server does not lead' });
    this.earlyLearners.clear();
    this.lastLink--;
    this.role = new LearnerRole(parts, this, leader, this.lastLink);
    context.info(`${membership.ownRole === 'observer' ? 'observing' : 'following'} server ${leader}`);
    this.traceState();
  }

  /** For roles: a quorum has entered the epoch, and clients are served from now on. */
  serve(epoch: number): void {
    assert(this.role !== null, 'only a role can serve');
    this.election.becomeSettled(ServerState[this.role.peerState], epoch);
    const { committed, text } = this.membership;
    // What a reconfiguration has put there stays, with its time.
    const known = this.membership.isDynamic && this.database.tree.get(CONFIG_NODE)?.mzxid === committed.version;
    if (!known || committed.version === 0n) this.database.tree.setConfig(encodeUtf8(text), committed.version);
    this.reconfigured();
    this.traceState();
  }

  /** For roles: clients come where the role serves, and go where it no longer does. */
  reconfigured(): void {
    if (this.role !== null && this.serving) {
      this.served.serve(this.role);
      this.becomeAvailable();
    } else this.served.closeAll('this server serves no clients: it leads, or no longer belongs to the ensemble');
  }

  /** For roles: whether the next leader is asked for a snapshot, since the log cannot be cut back. */
  get wantsSnapshot(): boolean {
    return this.snapshotWanted;
  }

  needSnapshot(): void {
    this.snapshotWanted = true;
  }

  /** For roles: cuts the log back; `truncated` or `truncateRefused` follows. */
  truncate(zxid: bigint): void {
    assert(!this.truncating, 'one truncation at a time');
    this.truncating = true;
    this.truncateTo = zxid;
    this.truncateWhenDrained();
  }

  /** Nothing is written while the log is cut back; a configuration that an election has taught may still be on its way. */
  private truncateWhenDrained(): void {
    if (this.truncateTo === null || !this.persist.isIdle) return;
    this.context.emit({ kind: 'truncate', zxid: this.truncateTo });
    this.truncateTo = null;
  }

  // --- links --------------------------------------------------------------------------------------------------------

  private learnerConnected(link: LinkId, address: string): void {
    if (this.role instanceof LeaderRole) {
      this.role.learnerConnected(link, address);
    } else if (this.role === null) {
      this.makeRoomForLearner();
      this.earlyLearners.set(link, { address, packets: [] });
    } else {
      this.context.emit({ kind: 'closeLink', link, reason: 'this server does not lead' });
    }
  }

  /** Those who have said nothing go first, then the oldest: a crowd must not keep the servers of the ensemble out. */
  private makeRoomForLearner(): void {
    if (this.earlyLearners.size < MAX_EARLY_LEARNERS) return;
    const links = [...this.earlyLearners];
    const [link] = links.find(([, { packets }]) => packets.length === 0) ?? links[0] ?? [];
    if (link === undefined) return;
    this.earlyLearners.delete(link);
    this.context.emit({ kind: 'closeLink', link, reason: 'too many learners wait for an election' });
  }

  private packet(link: LinkId, received: QuorumPacket): void {
    const early = this.earlyLearners.get(link);
    if (early !== undefined) {
      if (early.packets.length < MAX_EARLY_PACKETS) early.packets.push(received);
      return;
    }
    if (this.role === null) return;
    if (this.context.tracing) {
      const from = this.role.sidOf(link);
      this.context.trace({
        kind: 'packetReceived',
        from,
        packet: packetName(received.type),
        zxid: formatHex(received.zxid),
      });
    }
    this.guarded(link, () => this.role?.packet(link, received));
  }

  /** A peer that sends what makes no sense loses its link, and nothing else happens. */
  private guarded(link: LinkId | null, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof JuteError || error instanceof ProtocolError)) throw error;
      const reason = `the peer does not keep to the protocol: ${error.message}`;
      this.context.warn(reason);
      this.role?.abandon(link, reason);
    }
  }

  // --- what others see ----------------------------------------------------------------------------------------------

  private traceState(): void {
    if (!this.context.tracing) return;
    const { peerState: state, phase } = this;
    this.context.trace({
      kind: 'stateChanged',
      state,
      phase,
      epoch: this.epochs.current,
      leader: this.role?.leaderSid ?? null,
    });
  }

  /** As what clients are served; null: they are not. */
  get mode(): ServerStatus['mode'] {
    if (this.readers !== null) return 'read-only';
    if (!this.serving) return null;
    return this.context.config.members.length === 0 ? 'standalone' : MODES[this.peerState];
  }

  private becomeAvailable(): void {
    if (this.unavailableSinceMs === null) return;
    const { unavailable_time, leader_unavailable_time } = this.context.metrics.summaries;
    const ms = this.elapsedMs(this.unavailableSinceMs);
    this.unavailableSinceMs = null;
    unavailable_time.add(ms);
    if (this.peerState === 'LEADING') leader_unavailable_time.add(ms);
  }

  private elapsedMs(sinceMs: number): number {
    return Math.round(this.context.now.monotonicMs - sinceMs);
  }

  /** Every connection. */
  clientStatus(): ClientStatus[] {
    return this.clients?.status() ?? [];
  }

  /** Which sessions expire when; null where another server decides. */
  get sessionExpiries(): SessionExpiries | null {
    return this.role?.expiries ?? null;
  }

  /**
   * What was counted starts anew: all that the server counts, what each connection does, or
   * the links of observers (words `srst` and `crst`, command `orst`).
   */
  resetStats(of: 'server' | 'connections' | 'observers'): void {
    if (of === 'connections') {
      this.clients?.resetStats();
      return;
    }
    if (of === 'server') this.context.metrics.reset();
    this.role?.resetStats(of);
  }

  /** What the four-letter words tell. */
  status(): ServerStatus {
    const { role } = this;
    const { database } = this.history;
    const { tree } = database;
    const alone = this.context.config.members.length === 0;
    const served = this.clients;
    return {
      mode: this.mode,
      peerState: alone ? null : PEER_STATES[this.peerState],
      zabPhase: PHASES[this.phase],
      leaderSid: role?.leaderSid ?? null,
      lastZxid: database.lastZxid,
      currentEpoch: this.epochs.current,
      nodeCount: tree.nodeCount,
      ephemeralCount: tree.ephemeralCount,
      approximateDataSize: tree.approximateDataSize,
      digestMismatches: this.history.digestMismatches,
      watchCount: served?.watches.count ?? 0,
      sessionCount: role?.sessionCount ?? 0,
      outstandingRequests: served?.outstandingRequests ?? 0,
      metrics: this.context.metrics,
      ...(role?.describe() ?? { quorum: null, proposalBytes: null }),
    };
  }
}

const MODES = { LEADING: 'leader', FOLLOWING: 'follower', OBSERVING: 'observer', LOOKING: null } as const;
const PEER_STATES = { LEADING: 'leading', FOLLOWING: 'following', OBSERVING: 'observing', LOOKING: 'looking' } as const;
const PHASES = {
  ELECTION: 'election',
  DISCOVERY: 'discovery',
  SYNCHRONIZATION: 'synchronization',
  BROADCAST: 'broadcast',
} as const;
