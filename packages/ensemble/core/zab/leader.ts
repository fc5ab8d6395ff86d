/**
 * A leader (Java `Leader`, `LearnerHandler`): it finds the new epoch with a quorum, brings each learner up to date, and then
 * proposes, counts acknowledgements and commits, strictly in order.
 */
import { assert } from '@vivarium/shared/assert';
import type { PeerState, ZabPhase } from '@vivarium/shared/cluster-event';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { counterOf, epochOf, formatHex, makeZxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import {
  decodeForwardedRequest,
  decodeInt,
  decodeLearnerInfo,
  decodeRevalidateRequest,
  decodeTouchedSessions,
  encodeActivation,
  encodeInt,
  encodeRevalidateReply,
  PacketType,
  PROTOCOL_VERSION,
  packet,
  packetName,
  type QuorumPacket,
} from '@vivarium/wire/quorum-packet';
import type { Clients } from '../client/clients.ts';
import type { Committer } from '../committer.ts';
import type { Context } from '../context.ts';
import type { Epochs } from '../epochs.ts';
import type { History, PendingTxn } from '../history.ts';
import type { ClientId, LinkId, ServerStatus } from '../io.ts';
import { type Configuration, configText } from '../membership/configuration.ts';
import type { Membership } from '../membership/membership.ts';
import type { AfterWrite, PersistQueue } from '../persist-queue.ts';
import type { Ensemble } from '../request/prepare.ts';
import { Primary } from '../request/primary.ts';
import {
  ProtocolError,
  type Role,
  type RoleHost,
  type RoleParts,
  type SessionExpiries,
  type Submission,
} from '../role.ts';
import { OWN_CLIENT, type SessionOwner } from '../session/session-tracker.ts';
import { configurationIn } from './activation.ts';
import { admissionFault, MAX_LEARNERS, mayObserve } from './admission.ts';
import {
  awaitAck,
  isForwarding,
  type LearnerHandler,
  newHandler,
  noteAck,
  observerStatus,
  resetHandlerStats,
} from './learner-handler.ts';
import { Proposals, type SyncAsker } from './proposals.ts';
import { planSync } from './sync-plan.ts';

/** The steps of a leader, in their order; each lasts initLimit ticks at most. */
type Step = 'findingEpoch' | 'acceptingEpoch' | 'awaitingEpochAcks' | 'awaitingNewLeaderAcks' | 'broadcasting';

const NO_PROPOSAL = { last: -1, min: -1, max: -1 };

export class LeaderRole implements Role {
  readonly peerState: PeerState = 'LEADING';
  readonly leaderSid: number;
  readonly readOnly = false;
  private readonly context: Context;
  private readonly history: History;
  private readonly clients: Clients;
  private readonly persist: PersistQueue;
  private readonly committer: Committer;
  private readonly epochs: Epochs;
  private readonly membership: Membership;
  private readonly host: RoleHost;
  private readonly handlers = new Map<LinkId, LearnerHandler>();
  private step: Step = 'findingEpoch';
  private stepDeadlineMs = 0;
  private epoch: number;
  /** Voters that took part in the present step, this server included. */
  private readonly supporters = new Set<number>();
  private readonly proposals: Proposals;
  /** Version of the configuration that is being written down as the one in force; nothing is committed until it is. */
  private activating: bigint | null = null;
  /** From the moment a quorum has entered the epoch. */
  private primary: Primary | null = null;
  private nextPingMs = Number.POSITIVE_INFINITY;
  private pings = 0;
  private ended = false;
  private readonly leadingSinceMs: number;
  private proposalBytes = NO_PROPOSAL;

  constructor(parts: RoleParts, host: RoleHost) {
    this.context = parts.context;
    this.history = parts.history;
    this.clients = parts.clients;
    this.persist = parts.persist;
    this.committer = parts.committer;
    this.epochs = parts.epochs;
    this.membership = parts.membership;
    this.proposals = new Proposals(this.membership);
    this.host = host;
    this.leaderSid = this.context.config.sid;
    this.epoch = this.epochs.accepted + 1;
    this.leadingSinceMs = this.context.now.monotonicMs;
  }

  /** Begins; apart from the constructor, since an ensemble of one voter is through at once. */
  begin(): void {
    this.enter('findingEpoch');
    this.support(this.leaderSid);
  }

  get phase(): ZabPhase {
    switch (this.step) {
      case 'broadcasting':
        return 'BROADCAST';
      case 'awaitingNewLeaderAcks':
        return 'SYNCHRONIZATION';
      default:
        return 'DISCOVERY';
    }
  }

  get serving(): boolean {
    return this.primary !== null;
  }

  get sessionCount(): number {
    return this.primary?.sessions.count ?? 0;
  }

  get deadlineMs(): number {
    return this.primary === null ? this.stepDeadlineMs : Math.min(this.nextPingMs, this.primary.deadlineMs);
  }

  private get limits(): { initMs: number; syncMs: number } {
    const { initLimit, syncLimit, tickTimeMs } = this.context.config;
    return { initMs: initLimit * tickTimeMs, syncMs: syncLimit * tickTimeMs };
  }

  private enter(step: Step): void {
    this.step = step;
    this.stepDeadlineMs = this.context.now.monotonicMs + this.limits.initMs;
    this.supporters.clear();
  }

  /** A voter has done what the present step waits for; with a quorum the next step begins. */
  private support(sid: number): void {
    if (this.membership.isVoter(sid)) this.supporters.add(sid);
    if (!this.membership.isQuorum(this.supporters) || !this.supporters.has(this.leaderSid)) return;
    switch (this.step) {
      case 'findingEpoch':
        this.enter('acceptingEpoch');
        this.epochs.accept(this.epoch);
        return;
      case 'awaitingEpochAcks':
        this.enter('awaitingNewLeaderAcks');
        this.epochs.enter(this.epoch);
        for (const handler of this.handlers.values())
          if (handler.step === 'epochAcknowledged') this.synchronise(handler);
        return;
      case 'awaitingNewLeaderAcks':
        if (this.membership.pending === null) this.startBroadcast();
        else this.record(this.membership.pending);
        return;
      default:
        return;
    }
  }

  /** Writes down that a configuration is in force, before anything shows it: whom it leaves out may be gone the next moment. */
  private record(configuration: Configuration): void {
    if (this.activating === configuration.version) return;
    this.activating = configuration.version;
    this.membership.record(configuration, { kind: 'configurationRecorded', version: configuration.version });
  }

  persisted(after: AfterWrite): void {
    switch (after.kind) {
      case 'epochAccepted':
        this.enter('awaitingEpochAcks');
        this.nameConfiguration();
        for (const handler of this.handlers.values()) if (handler.step === 'registered') this.inform(handler);
        this.support(this.leaderSid);
        return;
      case 'epochEntered':
        this.support(this.leaderSid);
        return;
      case 'logged':
        if (this.context.tracing) this.context.trace({ kind: 'logged', zxid: formatHex(after.zxid) });
        this.acknowledged(this.leaderSid, after.zxid);
        return;
      case 'configurationRecorded':
        this.activate(after.version);
        return;
      case 'installed':
      case 'settled':
      case 'written':
        return;
    }
  }

  /**
   * The first leader of all gives the configuration a version, that of its epoch, so that it takes precedence over what
   * servers that want to join have in their files (ZOOKEEPER-1783).
   */
  private nameConfiguration(): void {
    const { lastSeen, isDynamic } = this.membership;
    if (isDynamic && lastSeen.version === 0n)
      this.membership.propose({ ...lastSeen, version: makeZxid(this.epoch, 0) });
  }

  private activate(version: bigint): void {
    const { pending } = this.membership;
    assert(pending?.version === version, 'what was proposed last is put into force');
    this.activating = null;
    if (this.primary !== null) {
      this.commitReconfiguration(pending);
      return;
    }
    // Found proposed, and completed by a quorum's acknowledgement of NEWLEADER (ZOOKEEPER-1324).
    this.membership.activate(pending);
    this.dropUnlisted();
    this.startBroadcast();
    if (!this.ended && !(this.membership.mayVote(this.leaderSid) && this.membership.hasWeight(this.leaderSid))) {
      this.host.lookForLeader('the configuration in force does not name this server as a voter');
    }
  }

  private startBroadcast(): void {
    this.enter('broadcasting');
    this.history.enterEpoch(makeZxid(this.epoch, 0));
    this.primary = new Primary(this.context, this.history);
    this.nextPingMs = this.context.now.monotonicMs;
    for (const handler of this.handlers.values()) if (handler.step === 'synchronised') this.makeUpToDate(handler);
    this.host.serve(this.epoch);
    this.tick();
  }

  // --- learners -----------------------------------------------------------------------------------------------------

  learnerConnected(link: LinkId, address: string): void {
    if (this.handlers.size >= MAX_LEARNERS) {
      this.context.emit({ kind: 'closeLink', link, reason: 'too many learners' });
      return;
    }
    const { monotonicMs, wallMs } = this.context.now;
    this.handlers.set(link, newHandler(link, address, wallMs, monotonicMs + this.limits.initMs));
  }

  packet(link: LinkId, received: QuorumPacket): void {
    const handler = this.handlers.get(link);
    if (handler === undefined) return;
    handler.packetsReceived++;
    if (handler.step === 'upToDate') handler.deadlineMs = this.context.now.monotonicMs + this.limits.syncMs;
    switch (received.type) {
      case PacketType.FOLLOWERINFO:
      case PacketType.OBSERVERINFO:
        this.register(handler, received);
        return;
      case PacketType.ACKEPOCH:
        this.receiveAckEpoch(handler, received);
        return;
      case PacketType.ACK:
        this.receiveAck(handler, received.zxid);
        return;
      case PacketType.PING:
      case PacketType.REVALIDATE:
      case PacketType.REQUEST:
        handler.requests++;
        this.receiveFromSynchronised(handler, received);
        return;
      default:
        throw new ProtocolError(`${packetName(received.type)} from a learner`);
    }
  }

  /** What only a learner sends that serves clients. */
  private receiveFromSynchronised(handler: LearnerHandler, received: QuorumPacket): void {
    if (!isForwarding(handler)) throw new ProtocolError(`${packetName(received.type)} while ${handler.step}`);
    if (received.type === PacketType.PING) {
      for (const [sessionId, timeoutMs] of decodeTouchedSessions(received.data))
        this.primary?.touch(sessionId, timeoutMs);
      return;
    }
    // See `admissionFault`.
    if (!handler.observer && !this.membership.isMember(handler.sid)) return;
    switch (received.type) {
      case PacketType.REVALIDATE:
        this.receiveRevalidate(handler, received);
        return;
      default:
        this.receiveRequest(handler, received);
    }
  }

  private register(handler: LearnerHandler, received: QuorumPacket): void {
    if (handler.step !== 'connected' || received.data === null)
      throw new ProtocolError('a second or empty introduction');
    const info = decodeLearnerInfo(received.data);
    handler.sid = info.sid;
    handler.observer = received.type === PacketType.OBSERVERINFO;
    handler.acceptedEpoch = epochOf(received.zxid);
    handler.step = 'registered';
    const fault = admissionFault(handler, info, {
      config: this.context.config,
      membership: this.membership,
      acceptedEpoch: this.epochs.accepted,
      handlers: this.handlers.values(),
    });
    if (fault !== null) throw new ProtocolError(fault);
    if (handler.observer && !this.mayObserve(info.sid)) {
      this.drop(handler, `no configuration lists this observer, which comes from ${handler.address}`);
      return;
    }
    for (const other of [...this.handlers.values()]) {
      if (other === handler || other.sid !== info.sid || other.step === 'connected') continue;
      if (this.isInTouch(other)) throw new ProtocolError(`server ${info.sid} is connected from ${other.address}`);
      // Whoever comes back has lost the connection before, even if this side has not noticed yet.
      this.drop(other, 'the server has connected anew');
    }
    // It has promised to follow nobody older than an epoch that never came about, so it could not join this one for as long
    // as it lasts. A new election ends that: its epoch is above all promises.
    const votes = !handler.observer && this.membership.isVoter(info.sid);
    if (votes && this.step !== 'findingEpoch' && handler.acceptedEpoch > this.epoch) {
      this.host.lookForLeader(
        `server ${info.sid} has accepted epoch ${handler.acceptedEpoch}, newer than this one's ${this.epoch}`,
      );
      return;
    }
    switch (this.step) {
      case 'findingEpoch':
        // An observer's promise counts too, or else it could not come for as long as this epoch lasts.
        if (handler.observer || votes) this.epoch = Math.max(this.epoch, handler.acceptedEpoch + 1);
        if (votes) this.support(info.sid);
        return;
      case 'acceptingEpoch':
        return;
      default:
        this.inform(handler);
    }
  }

  private mayObserve(sid: number): boolean {
    return mayObserve(sid, this.membership, this.context.config);
  }

  /**
   * Whether a learner that is up to date has spoken within a tick, in which two PINGs go out: then a second one of its sid is
   * another server with the same myid, or a false one.
   */
  private isInTouch(handler: LearnerHandler): boolean {
    const heardMs = handler.deadlineMs - this.limits.syncMs;
    return handler.step === 'upToDate' && this.context.now.monotonicMs - heardMs < this.context.config.tickTimeMs;
  }

  /** Only once this server's own promise is durable: the epoch must never be given away twice. */
  private inform(handler: LearnerHandler): void {
    handler.step = 'informed';
    this.send(handler, packet(PacketType.LEADERINFO, makeZxid(this.epoch, 0), encodeInt(PROTOCOL_VERSION)));
  }

  private receiveAckEpoch(handler: LearnerHandler, received: QuorumPacket): void {
    if (handler.step !== 'informed') throw new ProtocolError(`ACKEPOCH while ${handler.step}`);
    const currentEpoch = decodeInt(received.data);
    handler.lastZxid = received.zxid;
    handler.step = 'epochAcknowledged';
    if (this.step !== 'awaitingEpochAcks') {
      this.synchroniseInTime(handler);
      return;
    }
    if (currentEpoch === -1) return;
    if (!handler.observer) {
      const own = this.epochs.current;
      const newer = currentEpoch > own || (currentEpoch === own && received.zxid > this.history.lastLoggedZxid);
      // A quorum elected this server for its history; a follower that knows more shows that the election is stale. Not so one
      // that is only proposed as a voter: what it knows is not committed without the voters of now, and it is needed.
      const onlyProposed = this.membership.isVoter(handler.sid) && !this.membership.mayVote(handler.sid);
      if (newer && !onlyProposed) throw new ProtocolError(`server ${handler.sid} is ahead of its leader`);
      this.support(handler.sid);
    }
  }

  /**
   * Whoever comes in the middle of a reconfiguration waits for its end: what NEWLEADER says is in force at UPTODATE for
   * Apache's servers (Java `Learner.syncWithLeader`), and what is only proposed must not be.
   */
  private synchroniseInTime(handler: LearnerHandler): void {
    if (this.step !== 'broadcasting' || this.membership.pending === null) this.synchronise(handler);
  }

  private synchronise(handler: LearnerHandler): void {
    const { database, recent } = this.history;
    const plan = planSync(recent.list(), database.lastZxid, handler.lastZxid);
    const from = formatHex(handler.lastZxid);
    handler.step = 'synchronising';
    this.proposals.forgetAcks(handler.sid);
    const { initMs, syncMs } = this.limits;
    handler.deadlineMs = this.context.now.monotonicMs + initMs + syncMs;
    const txns = plan.mode === 'SNAP' ? [] : plan.txns;
    this.context.metrics.counters[plan.mode === 'SNAP' ? 'snap_count' : 'diff_count']++;
    this.send(handler, packet(PacketType[plan.mode], plan.target));
    if (plan.mode === 'SNAP') {
      this.context.emit({ kind: 'sendSnapshot', link: handler.link, snapshot: database.snapshot() });
    }
    for (const txn of txns) {
      this.send(handler, packet(PacketType.PROPOSAL, txn.zxid, txn.bytes));
      this.send(handler, packet(PacketType.COMMIT, txn.zxid));
    }
    // What is under way goes to followers now, and to observers once it is committed.
    if (!handler.observer) for (const txn of this.proposals.txns()) this.sendProposal(handler, proposalOf(txn));
    this.send(
      handler,
      packet(PacketType.NEWLEADER, makeZxid(this.epoch, 0), encodeUtf8(configText(this.membership.lastSeen))),
    );
    this.context.info(`synchronising server ${handler.sid} by ${plan.mode} from ${from} (${txns.length} transactions)`);
    if (this.context.tracing) {
      // The tree of a leader without a transaction yet is at its epoch's first zxid, which a DIFF or TRUNC does not carry.
      const to = formatHex(txns.at(-1)?.zxid ?? plan.target);
      const nodes = plan.mode === 'SNAP' ? database.tree.nodeCount : null;
      const { mode } = plan;
      this.context.trace({ kind: 'synchronised', learner: handler.sid, mode, from, to, txns: txns.length, nodes });
    }
  }

  private makeUpToDate(handler: LearnerHandler): void {
    handler.step = 'upToDate';
    handler.deadlineMs = this.context.now.monotonicMs + this.limits.syncMs;
    this.send(handler, packet(PacketType.UPTODATE, -1n));
  }

  private receiveAck(handler: LearnerHandler, zxid: bigint): void {
    if (!isForwarding(handler)) throw new ProtocolError(`ACK while ${handler.step}`);
    if (counterOf(zxid) !== 0) {
      noteAck(handler, zxid);
      if (!handler.observer) this.acknowledged(handler.sid, zxid);
      return;
    }
    // The second ACK of the epoch answers UPTODATE and means nothing (Java `Leader.processAck`).
    if (handler.step !== 'synchronising') return;
    if (epochOf(zxid) !== this.epoch) throw new ProtocolError(`ACK of epoch ${epochOf(zxid)} in epoch ${this.epoch}`);
    handler.step = 'synchronised';
    if (this.primary !== null) this.makeUpToDate(handler);
    else if (!handler.observer && this.step === 'awaitingNewLeaderAcks') this.support(handler.sid);
  }

  private receiveRevalidate(handler: LearnerHandler, received: QuorumPacket): void {
    const { sessionId, timeoutMs } = decodeRevalidateRequest(received.data);
    const alive = this.primary?.reattach(sessionId, timeoutMs, handler.link) ?? false;
    // Apache says -1 and looks at none; an observer could not tell otherwise what was proposed before (`Clients.revalidated`).
    const reply = encodeRevalidateReply(sessionId, alive);
    this.send(handler, packet(PacketType.REVALIDATE, this.history.lastLoggedZxid, reply));
  }

  private receiveRequest(handler: LearnerHandler, received: QuorumPacket): void {
    if (received.data === null) throw new ProtocolError('an empty REQUEST');
    const { sessionId, cxid, type, record } = decodeForwardedRequest(received.data);
    if (type === OpCode.sync) {
      this.syncAfterOutstanding(handler.link);
      return;
    }
    this.order({ sessionId, cxid, type, record, ids: received.authinfo ?? [] }, handler.link);
  }

  /** However long a snapshot takes, its learner is waited for as long as it takes some. */
  linkProgress(link: LinkId): void {
    const handler = this.handlers.get(link);
    if (handler?.step !== 'synchronising') return;
    const { monotonicMs } = this.context.now;
    const { initMs, syncMs } = this.limits;
    handler.deadlineMs = monotonicMs + initMs + syncMs;
    const isAwaited = this.step === 'awaitingNewLeaderAcks' && this.membership.isVoter(handler.sid);
    if (isAwaited) this.stepDeadlineMs = monotonicMs + initMs;
  }

  linkClosed(link: LinkId, reason: string): void {
    const handler = this.handlers.get(link);
    if (handler === undefined) return;
    this.handlers.delete(link);
    this.context.info(`the link to server ${handler.sid} closed: ${reason}`);
  }

  abandon(link: LinkId | null, reason: string): void {
    const handler = link === null ? undefined : this.handlers.get(link);
    if (handler !== undefined) this.drop(handler, reason);
  }

  sidOf(link: LinkId): number {
    return this.handlers.get(link)?.sid ?? -1;
  }

  private drop(handler: LearnerHandler, reason: string): void {
    this.handlers.delete(handler.link);
    this.context.warn(`closing the link to server ${handler.sid}: ${reason}`);
    this.context.emit({ kind: 'closeLink', link: handler.link, reason });
  }

  // --- broadcast ----------------------------------------------------------------------------------------------------

  submit(submission: Submission): void {
    this.order(submission, OWN_CLIENT);
  }

  private order(submission: Submission, owner: SessionOwner): void {
    // A learner's request may come before this leader serves; its client will ask again.
    if (this.primary === null || this.ended) return;
    if (this.primary.isExhausted) {
      this.host.lookForLeader('the zxids of this epoch are used up');
      return;
    }
    const ensemble = submission.type === OpCode.reconfig ? this.ensemble() : null;
    const txn = this.primary.order(submission, owner, ensemble);
    const { length } = txn.logged.bytes;
    const { min, max } = this.proposalBytes;
    this.proposalBytes = { last: length, min: min < 0 ? length : Math.min(min, length), max: Math.max(max, length) };
    this.context.metrics.counters.proposal_count++;
    this.history.append(txn);
    this.proposals.add(txn);
    // In front of the transaction on its way to the disk, as on every server.
    const configuration = configurationIn(txn.record);
    if (configuration !== null) this.membership.propose(configuration);
    this.persist.write({ kind: 'append', txn: txn.logged }, { kind: 'logged', zxid: txn.logged.zxid });
    // One packet for all: a driver encodes it once.
    const proposal = proposalOf(txn);
    for (const handler of this.handlers.values()) {
      if (!handler.observer && isForwarding(handler)) this.sendProposal(handler, proposal);
    }
  }

  private sendProposal(handler: LearnerHandler, proposal: QuorumPacket): void {
    awaitAck(handler, proposal.zxid, this.context.now.monotonicMs);
    this.send(handler, proposal);
  }

  private acknowledged(sid: number, zxid: bigint): void {
    const isOutstanding = this.proposals.acknowledge(sid, zxid);
    if (this.context.tracing) this.context.trace({ kind: 'acked', zxid: formatHex(zxid), by: sid });
    if (isOutstanding) this.commitInOrder();
  }

  private commitInOrder(): void {
    for (let next = this.proposals.accepted(); next !== null; next = this.proposals.accepted()) {
      const { zxid, bytes } = next.txn.logged;
      const { pending } = this.membership;
      if (pending?.version === zxid) {
        this.record(pending);
        return;
      }
      this.commitFirst(packet(PacketType.COMMIT, zxid), packet(PacketType.INFORM, zxid, bytes));
    }
    this.history.snapshotIfDue();
  }

  /** Commits the oldest proposal, and tells followers and observers so by the given packets. */
  private commitFirst(commit: QuorumPacket, inform: QuorumPacket): void {
    const first = this.proposals.takeFirst();
    for (const handler of this.handlers.values())
      if (isForwarding(handler)) this.send(handler, handler.observer ? inform : commit);
    const { metrics, now } = this.context;
    metrics.counters.commit_count++;
    metrics.distributions.quorum_ack_latency.add(Math.max(0, now.wallMs - first.txn.record.header.timeMs));
    this.primary?.applied(this.committer.commit(first.txn.logged.zxid));
    for (const sync of first.syncs) this.finishSync(sync);
  }

  /** Both quorums have the reconfiguration, and it is on this disk: from here on the new one alone decides. */
  private commitReconfiguration(configuration: Configuration): void {
    const designated = this.proposals.designate(configuration, this.leaderSid);
    const { zxid, bytes } = this.proposals.first.txn.logged;
    this.membership.activate(configuration);
    const commit = packet(PacketType.COMMITANDACTIVATE, zxid, encodeActivation(designated, null));
    this.commitFirst(commit, packet(PacketType.INFORMANDACTIVATE, zxid, encodeActivation(designated, bytes)));
    if (designated !== this.leaderSid) {
      // What else was proposed the next leader commits, or drops, as after any other change of leaders.
      this.host.lookForLeader(`the ensemble is led by server ${designated} from now on`, designated);
      return;
    }
    this.dropUnlisted();
    for (const handler of this.handlers.values()) if (handler.step === 'epochAcknowledged') this.synchronise(handler);
    this.commitInOrder();
  }

  /** An observer that the configuration in force leaves out would be refused if it came now. */
  private dropUnlisted(): void {
    for (const handler of [...this.handlers.values()]) {
      const hasLeft = handler.observer && handler.step !== 'connected' && !this.mayObserve(handler.sid);
      if (hasLeft) this.drop(handler, 'the configuration in force does not list this observer any more');
    }
  }

  submitSync(client: ClientId): void {
    this.syncAfterOutstanding({ client });
  }

  private syncAfterOutstanding(asker: SyncAsker): void {
    if (!this.proposals.awaitSync(asker)) this.finishSync(asker);
  }

  private finishSync(sync: SyncAsker): void {
    if (typeof sync !== 'number') {
      this.clients.synced(sync.client);
      return;
    }
    const handler = this.handlers.get(sync);
    if (handler !== undefined) this.send(handler, packet(PacketType.SYNC, 0n));
  }

  touch(sessionId: bigint, timeoutMs: number): void {
    this.primary?.touch(sessionId, timeoutMs);
  }

  revalidate(sessionId: bigint, timeoutMs: number): void {
    const alive = this.primary?.reattach(sessionId, timeoutMs, OWN_CLIENT) ?? false;
    this.clients.revalidated(sessionId, alive, this.history.lastLoggedZxid);
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  tick(): void {
    const { monotonicMs } = this.context.now;
    if (this.primary === null) {
      if (monotonicMs >= this.stepDeadlineMs) this.host.lookForLeader(`no quorum of followers while ${this.step}`);
      return;
    }
    for (const own of [...this.primary.expire(), ...this.primary.reap()]) this.order(own, OWN_CLIENT);
    // One of them may have used up the zxids, and the role is over.
    if (this.ended || monotonicMs < this.nextPingMs) return;
    this.nextPingMs = monotonicMs + this.context.config.tickTimeMs / 2;
    this.dropLaggards();
    this.pings++;
    // Looked at once a tick, that is on every second ping (Java `Leader.lead`).
    if (this.pings % 2 === 0 && !this.membership.isQuorum(this.syncedVoters())) {
      this.host.lookForLeader('a quorum of followers is no longer in touch');
      return;
    }
    const ping = packet(PacketType.PING, this.primary.lastProposed);
    for (const handler of this.handlers.values()) if (isForwarding(handler)) this.send(handler, ping);
  }

  private dropLaggards(): void {
    const { monotonicMs } = this.context.now;
    for (const handler of [...this.handlers.values()]) {
      const awaited = handler.awaitedAck;
      if (monotonicMs >= handler.deadlineMs) this.drop(handler, `silent for too long while ${handler.step}`);
      else if (awaited !== null && monotonicMs - awaited.sinceMs > this.limits.syncMs) {
        this.drop(handler, `${formatHex(awaited.zxid)} is not acknowledged in time`);
      }
    }
  }

  private syncedVoters(): Set<number> {
    const sids = new Set([this.leaderSid]);
    for (const handler of this.handlers.values()) if (!handler.observer && isForwarding(handler)) sids.add(handler.sid);
    return sids;
  }

  /** What a reconfiguration is measured by: an observer counts only once it has come back as a follower. */
  private ensemble(): Ensemble {
    const synced = new Set([this.leaderSid]);
    for (const { observer, step, sid } of this.handlers.values()) if (!observer && step === 'upToDate') synced.add(sid);
    return { membership: this.membership, synced };
  }

  get expiries(): SessionExpiries | null {
    return this.primary?.sessions.expiries ?? null;
  }

  resetStats(of: 'server' | 'observers'): void {
    if (of === 'server') this.proposalBytes = NO_PROPOSAL;
    else for (const handler of this.handlers.values()) if (handler.observer) resetHandlerStats(handler);
  }

  describe(): Pick<ServerStatus, 'quorum' | 'proposalBytes'> {
    const handlers = [...this.handlers.values()];
    const synced = handlers.filter((handler) => handler.step === 'upToDate');
    const observers = synced.filter((handler) => handler.observer);
    return {
      quorum: {
        learners: handlers.length,
        syncedFollowers: synced.filter((handler) => !handler.observer).length,
        syncedNonVotingFollowers: synced.filter(({ observer, sid }) => !observer && !this.membership.mayVote(sid))
          .length,
        syncedObservers: observers.length,
        leadingSinceMs: this.leadingSinceMs,
        observers: observers.map(observerStatus),
        pendingSyncs: this.proposals.pendingSyncs,
      },
      proposalBytes: this.proposalBytes,
    };
  }

  end(reason: string): void {
    this.ended = true;
    for (const handler of this.handlers.values()) this.context.emit({ kind: 'closeLink', link: handler.link, reason });
    this.handlers.clear();
  }

  /** Inputs of learners alone. */
  handle(): void {}

  private send(handler: LearnerHandler, sent: QuorumPacket): void {
    handler.packetsSent++;
    this.context.emit({ kind: 'sendPacket', link: handler.link, packet: sent });
    if (this.context.tracing) {
      const body = { packet: packetName(sent.type), zxid: formatHex(sent.zxid), queueLength: this.proposals.count };
      this.context.trace({ kind: 'packetSent', to: handler.sid, ...body });
    }
  }
}

function proposalOf(txn: PendingTxn): QuorumPacket {
  return packet(PacketType.PROPOSAL, txn.logged.zxid, txn.logged.bytes);
}
