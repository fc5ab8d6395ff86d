/**
 * A follower or an observer (Java `Learner`, `Follower`, `Observer`): it makes itself known to the leader, is brought up to
 * date, and then logs proposals, acknowledges them and applies what the leader commits.
 */
import type { PeerState, ZabPhase } from '@vivarium/shared/cluster-event';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { counterOf, epochOf, formatHex, makeZxid, ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import {
  decodeActivation,
  decodeInt,
  decodeRevalidateReply,
  encodeForwardedRequest,
  encodeInt,
  encodeLearnerInfo,
  encodeRevalidateRequest,
  encodeTouchedSessions,
  PacketType,
  PROTOCOL_VERSION,
  packet,
  packetName,
  type QuorumPacket,
} from '@vivarium/wire/quorum-packet';
import { decodeTxn } from '@vivarium/wire/txn';
import type { Clients } from '../client/clients.ts';
import type { Committer } from '../committer.ts';
import type { Context } from '../context.ts';
import type { Database } from '../database.ts';
import type { Epochs } from '../epochs.ts';
import type { History } from '../history.ts';
import type { ClientId, Input, LinkId } from '../io.ts';
import type { Configuration } from '../membership/configuration.ts';
import type { Membership } from '../membership/membership.ts';
import type { AfterWrite, PersistQueue } from '../persist-queue.ts';
import { ProtocolError, type Role, type RoleHost, type RoleParts, type Submission } from '../role.ts';
import { CONFIG_NODE } from '../tree/data-tree.ts';
import { configurationFrom, configurationIn } from './activation.ts';

/** The steps of a learner, in their order. */
type Step =
  | 'connecting'
  | 'registering'
  | 'acceptingEpoch'
  | 'awaitingSync'
  | 'synchronising'
  | 'truncating'
  | 'receivingSnapshot'
  | 'enteringEpoch'
  | 'acknowledged'
  | 'serving';

/** The current epoch in an ACKEPOCH that the leader does not count. */
const UNCOUNTED = -1;
/** Packets that may wait for a truncation; a leader that sends more than this meanwhile is not one. */
const MAX_HELD_PACKETS = 100_000;

export class LearnerRole implements Role {
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
  private readonly link: LinkId;
  private readonly observer: boolean;
  private step: Step = 'connecting';
  private epoch = 0;
  private silentSinceMs: number;
  private held: QuorumPacket[] = [];
  private durableZxid = 0n;
  private syncTxns = 0;
  private syncMode: 'DIFF' | 'TRUNC' | 'SNAP' = 'DIFF';
  /** Of the leader's snapshot, all up to which it holds. */
  private snapshotZxid = 0n;
  /** How many znodes it had; null where none came. */
  private snapshotNodes: number | null = null;
  private syncFrom = 0n;
  private syncSinceMs = 0;
  private touched = new Map<bigint, number>();
  private syncs: ClientId[] = [];
  /** What NEWLEADER said: in force once UPTODATE says that a quorum has entered the epoch. */
  private leaderConfiguration: Configuration | null = null;

  constructor(parts: RoleParts, host: RoleHost, leaderSid: number, link: LinkId) {
    this.context = parts.context;
    this.history = parts.history;
    this.clients = parts.clients;
    this.persist = parts.persist;
    this.committer = parts.committer;
    this.epochs = parts.epochs;
    this.membership = parts.membership;
    this.host = host;
    this.leaderSid = leaderSid;
    this.link = link;
    this.observer = this.membership.ownRole === 'observer';
    this.silentSinceMs = parts.context.now.monotonicMs;
    this.context.emit({ kind: 'connectLeader', link, sid: leaderSid });
  }

  get peerState(): PeerState {
    return this.observer ? 'OBSERVING' : 'FOLLOWING';
  }

  get phase(): ZabPhase {
    switch (this.step) {
      case 'connecting':
      case 'registering':
      case 'acceptingEpoch':
        return 'DISCOVERY';
      case 'serving':
        return 'BROADCAST';
      default:
        return 'SYNCHRONIZATION';
    }
  }

  /** A follower that no configuration names serves nobody: its leader would take nothing from it. */
  get serving(): boolean {
    return this.upToDate && this.membership.mayServe;
  }

  private get upToDate(): boolean {
    return this.step === 'serving';
  }

  get sessionCount(): number {
    return this.history.database.sessions.size;
  }

  /**
   * The leader's silence is borne for initLimit ticks before synchronisation is over, and syncLimit ticks after. It has
   * nothing to say while this server's own disk is what all wait for.
   */
  get deadlineMs(): number {
    if (this.step === 'truncating' || this.step === 'enteringEpoch') return Number.POSITIVE_INFINITY;
    const { initLimit, syncLimit, tickTimeMs } = this.context.config;
    return this.silentSinceMs + (this.upToDate ? syncLimit : initLimit) * tickTimeMs;
  }

  tick(): void {
    if (this.context.now.monotonicMs < this.deadlineMs) return;
    this.host.lookForLeader(`leader ${this.leaderSid} was silent for too long while ${this.step}`);
  }

  handle(
    input: Extract<
      Input,
      { kind: 'leaderConnected' | 'leaderUnreachable' | 'snapshotReceived' | 'truncated' | 'truncateRefused' }
    >,
  ): void {
    switch (input.kind) {
      case 'leaderConnected':
        if (input.link === this.link && this.step === 'connecting') this.register();
        return;
      case 'leaderUnreachable':
        if (input.link === this.link)
          this.host.lookForLeader(`leader ${this.leaderSid} is unreachable: ${input.reason}`);
        return;
      case 'snapshotReceived':
        if (input.link !== this.link || this.step !== 'receivingSnapshot') return;
        if (epochOf(input.database.lastZxid) > this.epoch) throw new ProtocolError('a snapshot of an epoch to come');
        this.snapshotZxid = input.database.lastZxid;
        this.snapshotNodes = input.database.tree.nodeCount;
        this.context.info(`received a snapshot of ${this.snapshotNodes} znodes`);
        this.noteConfiguration(input.database);
        this.history.install(input.database);
        // Else a server whose disk was wiped would, with what it has got back in it, support a candidate that lacks it.
        this.epochs.raise(epochOf(this.snapshotZxid));
        this.persist.write({ kind: 'installSnapshot', snapshot: input.database.snapshot() }, { kind: 'installed' });
        this.step = 'synchronising';
        return;
      case 'truncated':
        if (this.step !== 'truncating') return;
        this.history.replace(input.recovered);
        this.step = 'synchronising';
        this.silentSinceMs = this.context.now.monotonicMs;
        this.releaseHeld();
        return;
      case 'truncateRefused':
        if (this.step !== 'truncating') return;
        this.host.needSnapshot();
        this.host.lookForLeader(`the log cannot be truncated: ${input.reason}`);
    }
  }

  /**
   * A snapshot may hold a reconfiguration that this server was never proposed. Known before the snapshot is there, as with the
   * transaction itself: with so new a history and the old configuration a server could be elected by that one's voters alone.
   */
  private noteConfiguration({ tree }: Database): void {
    const node = tree.get(CONFIG_NODE);
    const data = node?.data ?? null;
    // A reconfiguration leaves the version -1. Any other is that of what somebody has written there who may do everything.
    if (!this.membership.isDynamic || node?.version !== -1 || data === null || data.length === 0) return;
    const configuration = configurationFrom(data);
    if (configuration.version > this.membership.lastSeen.version) this.membership.propose(configuration);
  }

  private register(): void {
    const { sid } = this.context.config;
    const configVersion = this.membership.committed.version;
    this.step = 'registering';
    this.silentSinceMs = this.context.now.monotonicMs;
    const info = encodeLearnerInfo({ sid, protocolVersion: PROTOCOL_VERSION, configVersion });
    const type = this.observer ? PacketType.OBSERVERINFO : PacketType.FOLLOWERINFO;
    this.send(packet(type, makeZxid(this.epochs.accepted, 0), info));
  }

  private releaseHeld(): void {
    const held = this.held;
    this.held = [];
    for (const waiting of held) this.packet(this.link, waiting);
  }

  packet(link: LinkId, received: QuorumPacket): void {
    if (link !== this.link) return;
    this.silentSinceMs = this.context.now.monotonicMs;
    if (this.step === 'truncating') {
      if (this.held.length >= MAX_HELD_PACKETS) throw new ProtocolError('too many packets while the log is truncated');
      this.held.push(received);
      return;
    }
    switch (received.type) {
      case PacketType.LEADERINFO:
        this.receiveLeaderInfo(received);
        return;
      case PacketType.DIFF:
      case PacketType.TRUNC:
      case PacketType.SNAP:
        this.receiveSyncMode(received);
        return;
      case PacketType.PROPOSAL:
        this.receiveTxn(received, false);
        return;
      case PacketType.INFORM:
        this.receiveTxn(received, true);
        return;
      case PacketType.COMMIT:
        this.receiveCommit(received.zxid);
        return;
      case PacketType.COMMITANDACTIVATE:
        this.activate(received.zxid, decodeActivation(received.data).designated);
        return;
      case PacketType.INFORMANDACTIVATE: {
        const { designated, txn } = decodeActivation(received.data);
        this.receiveTxn({ ...received, data: txn }, false);
        this.activate(received.zxid, designated);
        return;
      }
      case PacketType.NEWLEADER:
        this.receiveNewLeader(received);
        return;
      case PacketType.UPTODATE:
        this.receiveUpToDate();
        return;
      case PacketType.PING:
        // An answer before the ACK of NEWLEADER would be taken for it, and the link closed (Java `LearnerHandler`).
        if (!this.upToDate) return;
        this.send(packet(PacketType.PING, received.zxid, encodeTouchedSessions(this.touched)));
        this.touched = new Map();
        return;
      case PacketType.REVALIDATE: {
        const { sessionId, valid } = decodeRevalidateReply(received.data);
        // Proposals come on the same link, so a follower of an Apache leader, which says -1, has seen them all.
        let proposed = this.history.lastLoggedZxid;
        if (received.zxid > proposed) proposed = received.zxid;
        this.clients.revalidated(sessionId, valid, proposed);
        return;
      }
      case PacketType.SYNC: {
        const client = this.syncs.shift();
        if (client !== undefined) this.clients.synced(client);
        return;
      }
      default:
        throw new ProtocolError(`${packetName(received.type)} from the leader`);
    }
  }

  private receiveLeaderInfo(received: QuorumPacket): void {
    if (this.step !== 'registering') throw new ProtocolError(`LEADERINFO while ${this.step}`);
    if (decodeInt(received.data) < PROTOCOL_VERSION) throw new ProtocolError('the leader speaks an older protocol');
    const epoch = epochOf(received.zxid);
    const { accepted } = this.epochs;
    if (epoch < accepted) throw new ProtocolError(`the leader's epoch ${epoch} is older than the accepted ${accepted}`);
    this.epoch = epoch;
    this.step = 'acceptingEpoch';
    // Such an answer must not count twice (Java `Learner.registerWithLeader`).
    if (epoch === accepted) this.acknowledgeEpoch(UNCOUNTED);
    else this.epochs.accept(epoch);
  }

  private acknowledgeEpoch(currentEpoch: number): void {
    this.step = 'awaitingSync';
    this.syncSinceMs = this.context.now.monotonicMs;
    this.syncFrom = this.history.lastLoggedZxid;
    const lastZxid = this.host.wantsSnapshot ? 0n : this.syncFrom;
    // A wiped disk cannot witness that the leader's history has all that this server once acknowledged.
    const counted = lastZxid === ZXID_UNKNOWN ? UNCOUNTED : currentEpoch;
    this.send(packet(PacketType.ACKEPOCH, lastZxid, encodeInt(counted)));
  }

  private receiveSyncMode(received: QuorumPacket): void {
    // Any later, it would cut, or replace, a log that is being written.
    if (this.step !== 'awaitingSync') throw new ProtocolError(`${packetName(received.type)} while ${this.step}`);
    if (received.type !== PacketType.SNAP && this.host.wantsSnapshot) {
      const remedy =
        'start it with db.autocreate=false and without the version-2 of its data directory, and it will fetch a snapshot';
      this.context.emit({ kind: 'fatal', reason: `this server's log has diverged and cannot be truncated: ${remedy}` });
      return;
    }
    if (received.type !== PacketType.SNAP && this.syncFrom === ZXID_UNKNOWN) {
      throw new ProtocolError(`${packetName(received.type)} for a server that has nothing`);
    }
    switch (received.type) {
      case PacketType.DIFF:
        this.syncMode = 'DIFF';
        this.step = 'synchronising';
        return;
      case PacketType.SNAP:
        this.syncMode = 'SNAP';
        this.step = 'receivingSnapshot';
        this.context.info(`receiving a snapshot at ${formatHex(received.zxid)}`);
        return;
      default:
        this.syncMode = 'TRUNC';
        this.step = 'truncating';
        this.host.truncate(received.zxid);
    }
  }

  /** A PROPOSAL waits for its COMMIT; an INFORM is committed already. */
  private receiveTxn(received: QuorumPacket, committed: boolean): void {
    const early = this.phase === 'DISCOVERY' || this.step === 'awaitingSync' || this.step === 'receivingSnapshot';
    if (early || received.data === null) {
      throw new ProtocolError(`${packetName(received.type)} while ${this.step}`);
    }
    const record = decodeTxn(received.data);
    const { zxid } = record.header;
    if (this.isInSnapshot(zxid)) return;
    const last = this.history.lastLoggedZxid;
    // A fuzzy snapshot and the log behind it may overlap only before the snapshot's zxid; a gap would be silent loss (ZOOKEEPER-4925).
    if (zxid !== received.zxid || !follows(zxid, last)) {
      throw new ProtocolError(`transaction ${formatHex(zxid)} does not follow ${formatHex(last)}`);
    }
    if (epochOf(zxid) > this.epoch) throw new ProtocolError(`transaction ${formatHex(zxid)} of an epoch to come`);
    const { metrics, now } = this.context;
    metrics.counters.learner_proposal_received_count++;
    metrics.distributions.proposal_latency.add(Math.max(0, now.wallMs - record.header.timeMs));
    if (!this.upToDate) this.syncTxns++;
    const logged = { zxid, bytes: received.data };
    const configuration = this.membership.isDynamic ? configurationIn(record) : null;
    // On disk before the transaction, and so before this server's part in the quorum that may put it into force.
    if (configuration !== null) this.membership.propose(configuration);
    this.history.append({ logged, record });
    this.persist.write({ kind: 'append', txn: logged }, { kind: 'logged', zxid });
    if (committed) this.receiveCommit(zxid);
  }

  /**
   * An Apache leader that has to send a snapshot forwards what is proposed and committed from before it begins to write it
   * (Java `LearnerHandler.run`), so the first of these may be in the snapshot already.
   */
  private isInSnapshot(zxid: bigint): boolean {
    return this.step === 'synchronising' && zxid <= this.snapshotZxid;
  }

  private receiveCommit(zxid: bigint): void {
    if (this.isInSnapshot(zxid)) return;
    const [next] = this.history.uncommitted;
    if (next?.logged.zxid !== zxid) {
      const expected = next === undefined ? 'nothing' : formatHex(next.logged.zxid);
      throw new ProtocolError(`COMMIT of ${formatHex(zxid)} where ${expected} is next`);
    }
    this.context.metrics.counters.learner_commit_received_count++;
    this.committer.commit(zxid);
    if (this.upToDate) this.history.snapshotIfDue();
  }

  /**
   * The commit of a reconfiguration: it is in force, and `leader` leads. Not so with a plain COMMIT, by which a leader that
   * does not serve yet tells what is in its log, whether a quorum has it or not: NEWLEADER says what will be in force, and
   * UPTODATE that it is (Java `Learner.syncWithLeader`).
   */
  private activate(zxid: bigint, leader: number): void {
    if (!this.membership.isDynamic) {
      this.receiveCommit(zxid);
      return;
    }
    const [next] = this.history.uncommitted;
    const configuration = next === undefined ? null : configurationIn(next.record);
    if (configuration?.version === zxid) this.membership.learn(configuration);
    this.receiveCommit(zxid);
    if (leader !== this.leaderSid || (this.membership.ownRole === 'observer') !== this.observer) {
      this.host.lookForLeader('the ensemble has changed', leader);
    } else if (this.upToDate) {
      this.host.reconfigured();
    }
  }

  private receiveNewLeader(received: QuorumPacket): void {
    if (this.step !== 'synchronising') throw new ProtocolError(`NEWLEADER while ${this.step}`);
    if (epochOf(received.zxid) !== this.epoch) throw new ProtocolError(`NEWLEADER of epoch ${epochOf(received.zxid)}`);
    this.step = 'enteringEpoch';
    const { data } = received;
    if (this.membership.isDynamic && data !== null && data.length > 1) {
      this.leaderConfiguration = configurationFrom(data);
      this.membership.propose(this.leaderConfiguration);
    }
    // Behind the synchronised transactions in the queue to the disk: the epoch must not be there before them (ZOOKEEPER-4643).
    this.epochs.enter(this.epoch);
  }

  persisted(after: AfterWrite): void {
    switch (after.kind) {
      case 'epochAccepted':
        if (this.step === 'acceptingEpoch') this.acknowledgeEpoch(this.epochs.current);
        return;
      case 'epochEntered':
        this.step = 'acknowledged';
        this.silentSinceMs = this.context.now.monotonicMs;
        this.send(packet(PacketType.ACK, makeZxid(this.epoch, 0)));
        // Proposals that were under way when this learner came are durable by now too, since they were written before.
        for (const { logged } of this.history.uncommitted)
          if (logged.zxid <= this.durableZxid) this.acknowledge(logged.zxid);
        return;
      case 'logged':
        this.durableZxid = after.zxid;
        if (this.context.tracing) this.context.trace({ kind: 'logged', zxid: formatHex(after.zxid) });
        if (this.step === 'acknowledged' || this.step === 'serving') this.acknowledge(after.zxid);
        return;
      case 'installed':
      case 'settled':
      case 'written':
      case 'configurationRecorded':
        return;
    }
  }

  private acknowledge(zxid: bigint): void {
    // The leader counts voters only, and what it told as committed needs no answer.
    if (!this.observer && zxid > 0n) this.send(packet(PacketType.ACK, zxid));
  }

  private receiveUpToDate(): void {
    if (this.step !== 'acknowledged') throw new ProtocolError(`UPTODATE while ${this.step}`);
    this.step = 'serving';
    const { observer_sync_time, follower_sync_time } = this.context.metrics.summaries;
    const syncMs = Math.round(this.context.now.monotonicMs - this.syncSinceMs);
    (this.observer ? observer_sync_time : follower_sync_time).add(syncMs);
    this.history.becomeExact();
    this.send(packet(PacketType.ACK, makeZxid(this.epoch, 0)));
    this.activateLeaderConfiguration();
    const to = this.history.lastLoggedZxid;
    const text = `synchronised by ${this.syncMode} from ${formatHex(this.syncFrom)} to ${formatHex(to)} (${this.syncTxns} transactions)`;
    this.context.info(text);
    if (this.context.tracing) {
      const { sid } = this.context.config;
      const from = formatHex(this.syncFrom);
      this.context.trace({
        kind: 'synchronised',
        learner: sid,
        mode: this.syncMode,
        from,
        to: formatHex(to),
        txns: this.syncTxns,
        nodes: this.snapshotNodes,
      });
    }
    this.host.serve(this.epoch);
    if (!this.membership.isDynamic) return;
    const isLed = this.membership.mayVote(this.leaderSid);
    if (!isLed || (this.membership.ownRole === 'observer') !== this.observer) {
      this.host.lookForLeader('the ensemble has changed');
    }
  }

  /**
   * What NEWLEADER said is in force with the epoch, unless it is the version of a transaction that waits for its commit:
   * Apache's leaders say so to whom they synchronise in the middle of a reconfiguration.
   */
  private activateLeaderConfiguration(): void {
    const configuration = this.leaderConfiguration;
    if (configuration === null) return;
    const waits = this.history.uncommitted.some(({ logged }) => logged.zxid === configuration.version);
    if (!waits) this.membership.learn(configuration);
  }

  linkProgress(link: LinkId): void {
    if (link === this.link) this.silentSinceMs = this.context.now.monotonicMs;
  }

  linkClosed(link: LinkId, reason: string): void {
    if (link === this.link) this.host.lookForLeader(`the link to leader ${this.leaderSid} closed: ${reason}`);
  }

  abandon(_link: LinkId | null, reason: string): void {
    this.host.lookForLeader(reason);
  }

  sidOf(link: LinkId): number {
    return link === this.link ? this.leaderSid : -1;
  }

  submit(submission: Submission): void {
    const { sessionId, cxid, type, record, ids } = submission;
    const data = encodeForwardedRequest({ sessionId, cxid, type, record });
    this.send({ type: PacketType.REQUEST, zxid: -1n, data, authinfo: ids });
  }

  submitSync(client: ClientId, path: string): void {
    this.syncs.push(client);
    const data = encodeForwardedRequest({ sessionId: 0n, cxid: 0, type: OpCode.sync, record: syncRecord(path) });
    this.send({ type: PacketType.REQUEST, zxid: -1n, data, authinfo: [] });
  }

  touch(sessionId: bigint, timeoutMs: number): void {
    this.touched.set(sessionId, timeoutMs);
  }

  revalidate(sessionId: bigint, timeoutMs: number): void {
    this.context.metrics.counters.revalidate_count++;
    this.send(packet(PacketType.REVALIDATE, -1n, encodeRevalidateRequest(sessionId, timeoutMs)));
  }

  readonly expiries = null;

  resetStats(): void {}

  describe(): { quorum: null; proposalBytes: null } {
    return { quorum: null, proposalBytes: null };
  }

  end(reason: string): void {
    this.context.emit({ kind: 'closeLink', link: this.link, reason });
  }

  private send(sent: QuorumPacket): void {
    this.context.emit({ kind: 'sendPacket', link: this.link, packet: sent });
    if (this.context.tracing) {
      const body = {
        packet: packetName(sent.type),
        zxid: formatHex(sent.zxid),
        queueLength: this.history.uncommitted.length,
      };
      this.context.trace({ kind: 'packetSent', to: this.leaderSid, ...body });
    }
  }
}

/** Whether a transaction may stand behind another: the next of its epoch, or the first of a later one. */
function follows(zxid: bigint, last: bigint): boolean {
  if (zxid === last + 1n) return true;
  return epochOf(zxid) > epochOf(last) && counterOf(zxid) === 1;
}

function syncRecord(path: string): Uint8Array {
  const text = encodeUtf8(path);
  const record = new Uint8Array(4 + text.length);
  new DataView(record.buffer).setInt32(0, text.length);
  record.set(text, 4);
  return record;
}
