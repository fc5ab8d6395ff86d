/**
 * The state machine of an observer without a disk and without clients: the core's learner, and around it what a server would
 * be (`core/server.ts`), but for elections. It follows whom it is told to, until that ends.
 */
import { decodeUtf8 } from '@vivarium/shared/utf8';
import { epochOf, formatHex, makeZxid } from '@vivarium/shared/zxid';
import { JuteError } from '@vivarium/wire/jute';
import { PacketType, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import { Clients } from '../core/client/clients.ts';
import { Committer } from '../core/committer.ts';
import { Context } from '../core/context.ts';
import { Database } from '../core/database.ts';
import { Epochs } from '../core/epochs.ts';
import { History } from '../core/history.ts';
import type { Input, Instant, Output, Recovered, ServerConfig } from '../core/io.ts';
import { versionIn } from '../core/membership/configuration.ts';
import { Membership } from '../core/membership/membership.ts';
import { PersistQueue } from '../core/persist-queue.ts';
import { ProtocolError, type RoleHost, type RoleParts } from '../core/role.ts';
import { CONFIG_NODE } from '../core/tree/data-tree.ts';
import { LearnerRole } from '../core/zab/learner.ts';
import type { ObserverEvents } from './observer-events.ts';

/** The one link that there is at a time; negative, since this side has dialled it. */
const LINK = -1;

export interface ReplicaEvents extends Pick<ObserverEvents, 'installed' | 'applying' | 'applied'> {
  dial(leader: number): void;
  send(packet: QuorumPacket): void;
  /** The leader is followed. */
  following(epoch: number): void;
  /** The leader is not followed any more: its link is to be closed. */
  ended(end: ReplicaEnd): void;
}

export interface ReplicaEnd {
  /**
   * `stale`: the leader's epoch is older than what is known here: it is deposed, or the ensemble began anew. `truncated`: what is
   * known beyond the leader's history is given up, with all else, and a snapshot will bring it anew. `diverged`: likewise, since
   * the tree is not the leader's any more, as where an ensemble began anew and has come to the same zxids again.
   */
  readonly cause: 'lost' | 'silent' | 'garbage' | 'stale' | 'truncated' | 'diverged';
  readonly detail: string;
}

/** What a leader was elected with, by its own word. */
export interface Mandate {
  readonly epoch: number;
  /** The last transaction in its log. */
  readonly lastZxid: bigint;
}

export class Replica implements RoleHost {
  readonly wantsSnapshot = false;
  private readonly events: ReplicaEvents;
  private readonly context: Context;
  private readonly history: ToldHistory;
  private readonly persist: PersistQueue;
  private readonly parts: Omit<RoleParts, 'epochs'>;
  private role: LearnerRole | null = null;
  /** Why the role would end in what is being done. */
  private cause: ReplicaEnd['cause'] = 'lost';
  /** The configuration that the leader has told; null: none. */
  private configuration: Uint8Array | null = null;
  private mandate: Mandate | null = null;

  constructor(config: ServerConfig, events: ReplicaEvents) {
    this.events = events;
    const context = new Context(config);
    const history = new ToldHistory(context, events);
    const clients = new Clients(context, history);
    this.context = context;
    this.history = history;
    this.persist = new PersistQueue(context);
    const membership = new Membership(context, this.persist);
    const committer = new Committer(context, history, clients);
    this.parts = { context, history, persist: this.persist, membership, clients, committer };
  }

  get database(): Database {
    return this.history.database;
  }

  /** When `tick` is wanted, on the monotonic clock. */
  get deadlineMs(): number {
    return this.role?.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  /** Follows a leader from now on; nobody is followed yet. `dial` is asked for. `mandate`: null where it has not told. */
  follow(now: Instant, leader: number, mandate: Mandate | null): void {
    this.run(now, 'lost', () => {
      this.configuration = null;
      this.mandate = mandate;
      // The accepted epoch is part of what a leader makes a new one of, if it has heard it from anybody who connects (Java
      // `Leader.getEpochToPropose`). None is claimed, so that nothing which we were told elsewhere is carried into it.
      const epochs = new Epochs(this.persist, { ...NOTHING, currentEpoch: epochOf(this.database.lastZxid) });
      this.role = new LearnerRole({ ...this.parts, epochs }, this, leader, LINK);
    });
  }

  tick(now: Instant): void {
    this.run(now, 'silent', () => this.role?.tick());
  }

  /** The leader is there, or what it has sent beside packets. */
  handle(now: Instant, input: Extract<Input, { kind: 'leaderConnected' | 'snapshotReceived' }>): void {
    this.run(now, 'garbage', () => this.role?.handle(input));
  }

  packet(now: Instant, packet: QuorumPacket): void {
    this.run(now, 'garbage', () => {
      if (packet.type === PacketType.NEWLEADER) this.configuration = packet.data;
      if (packet.type === PacketType.LEADERINFO && epochOf(packet.zxid) < epochOf(this.database.lastZxid)) {
        this.cause = 'stale';
        this.lookForLeader(`its epoch is ${epochOf(packet.zxid)}`);
      }
      this.role?.packet(LINK, packet);
      if (this.history.hasDiverged(now.monotonicMs)) {
        this.cause = 'diverged';
        this.lookForLeader('the tree is not the one that the leader has');
        this.forget();
      }
    });
  }

  progress(now: Instant): void {
    this.run(now, 'lost', () => this.role?.linkProgress(LINK));
  }

  /** The link has ended, or could not be made, or is given up. */
  end(now: Instant, end: ReplicaEnd): void {
    this.run(now, end.cause, () => {
      if (this.role !== null) this.lookForLeader(end.detail);
    });
  }

  /** Gives up all that is known. */
  forget(): void {
    this.history.install(new Database());
  }

  private run(now: Instant, cause: ReplicaEnd['cause'], action: () => void): void {
    this.context.now = now;
    this.cause = cause;
    try {
      action();
    } catch (error) {
      if (!(error instanceof JuteError || error instanceof ProtocolError)) throw error;
      this.cause = 'garbage';
      this.lookForLeader(error.message);
    }
    for (let outputs = this.takeOutputs(); outputs.length > 0; outputs = this.takeOutputs()) {
      for (const output of outputs) this.carryOut(output);
    }
  }

  private takeOutputs(): readonly Output[] {
    const { outputs } = this.context;
    this.context.outputs = [];
    return outputs;
  }

  /** There is no disk: what would be written is durable at once, as far as it ever will be. */
  private carryOut(output: Output): void {
    switch (output.kind) {
      case 'persist': {
        if (output.write.kind === 'installSnapshot') output.write.snapshot.release();
        const { role } = this;
        for (const after of this.persist.persisted(output.writeId)) if (this.role === role) role?.persisted(after);
        return;
      }
      case 'takeSnapshot':
        output.snapshot.release();
        return;
      case 'connectLeader':
        this.events.dial(output.sid);
        return;
      case 'sendPacket':
        if (this.role !== null) this.events.send(output.packet);
        return;
      default:
      // Logs of a server, and what concerns clients, elections and learners, none of which there are.
    }
  }

  // --- what the role asks for ---------------------------------------------------------------------------------------

  lookForLeader(reason: string): void {
    const { role, cause } = this;
    if (role === null) return;
    this.role = null;
    role.end(reason);
    this.persist.endTerm();
    // Proposals whose commits have not come: the next leader says what became of them.
    this.history.replace({ ...NOTHING, database: this.database });
    this.events.ended({ cause, detail: reason });
  }

  serve(epoch: number): void {
    this.nameEpochStart(epoch);
    this.history.tell();
    this.setConfig();
    this.events.following(epoch);
  }

  /**
   * A snapshot from before the first transaction of an epoch bears the epoch's first zxid, which no log holds: where nothing is
   * written, the next leader would know nothing better than another snapshot (Java `LearnerHandler.syncFollower`). The tree is
   * that behind the last transaction with which the leader was elected, so it is called by that name.
   */
  private nameEpochStart(epoch: number): void {
    const { database, mandate } = this;
    if (mandate?.epoch !== epoch || database.lastZxid !== makeZxid(epoch, 0)) return;
    if (mandate.lastZxid > 0n && mandate.lastZxid < database.lastZxid) database.lastZxid = mandate.lastZxid;
  }

  /** A server puts it there itself, and no transaction tells of it (Java `ZKDatabase.initConfigInZKDatabase`). */
  private setConfig(): void {
    const { tree } = this.database;
    const there = tree.get(CONFIG_NODE)?.data ?? null;
    if (this.configuration === null || (there !== null && there.length > 0)) return;
    tree.setConfig(this.configuration, versionIn(decodeUtf8(this.configuration)));
  }

  /** Others take part in elections with what they are told; this one takes part in nothing. */
  reconfigured(): void {}

  /** There is no log to be cut back. */
  truncate(zxid: bigint): void {
    this.cause = 'truncated';
    this.role?.handle({ kind: 'truncateRefused', reason: `no log ends with ${formatHex(zxid)}` });
  }

  needSnapshot(): void {
    this.forget();
  }
}

const NOTHING: Recovered = { database: new Database(), recent: [], acceptedEpoch: 0, currentEpoch: 0 };

/** A tree that is not the leader's any more is not asked for anew more often than this. */
const DIVERGED_AGAIN_MS = 600_000;

/** A history that tells of all that enters the tree. */
class ToldHistory extends History {
  private readonly events: Pick<ObserverEvents, 'installed' | 'applying' | 'applied'>;
  private told: Database | null = null;
  /** Whether this tree was once found to be the leader's: where it never was, digests are made in another way there. */
  private agreed = false;
  private mismatchesSeen = 0;
  private divergedMs = Number.NEGATIVE_INFINITY;

  constructor(context: Context, events: Pick<ObserverEvents, 'installed' | 'applying' | 'applied'>) {
    super(context, { ...NOTHING, database: new Database() });
    this.events = events;
  }

  /** Tells of a tree that nobody has been told of. */
  tell(): void {
    if (this.told === this.database) return;
    this.told = this.database;
    this.agreed = false;
    this.events.installed(this.database);
  }

  /** Whether the tree was the leader's, and since the last call turned out not to be. */
  hasDiverged(nowMs: number): boolean {
    if (this.digestMismatches === this.mismatchesSeen) return false;
    this.mismatchesSeen = this.digestMismatches;
    if (!this.agreed || nowMs - this.divergedMs < DIVERGED_AGAIN_MS) return false;
    this.divergedMs = nowMs;
    return true;
  }

  override commit(...args: Parameters<History['commit']>): ReturnType<History['commit']> {
    this.tell();
    const [next] = this.uncommitted;
    if (next !== undefined) this.events.applying(next.record, this.database);
    const done = super.commit(...args);
    if (done.record.digest !== null && !done.applied.digestMismatch) this.agreed = true;
    this.events.applied(done.record, done.applied, this.database);
    return done;
  }
}
