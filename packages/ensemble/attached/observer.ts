/**
 * An observer of an ensemble that it is no part of: it finds the leader by the election ports, joins it at its quorum port
 * without being in the configuration (Java `LearnerHandler` only notes that), and has every transaction from then on. It
 * has no vote, no disk and no clients, forwards nothing, and listens nowhere.
 */
import type { Socket } from 'node:net';
import type { WayReason } from '@vivarium/shared/contract/source';
import { encodePacket, PacketType, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { Database } from '../core/database.ts';
import type { Instant } from '../core/io.ts';
import { Dial } from '../net/dial.ts';
import { LinkFaults } from '../net/link-faults.ts';
import { type PeerTransport, plainTransport } from '../net/peer-transport.ts';
import { QuorumLink } from '../net/quorum-link.ts';
import type { AttachedMember } from './attached-member.ts';
import { BackOff } from './back-off.ts';
import type { HeardVote } from './election-events.ts';
import { ElectionListener } from './election-listener.ts';
import { leaderAmong, leaderByHearsay } from './leader-search.ts';
import { observerConfig } from './observer-config.ts';
import type { ObserverEvents, ObserverOptions } from './observer-events.ts';
import { Replica, type ReplicaEnd } from './replica.ts';
import { SharedBuffers, SnapshotIntake } from './snapshot-intake.ts';
import { strangerSid } from './stranger-sid.ts';
import { dialReason, reasonAt, reasonWithDetail } from './way-reason.ts';

const LINK = -1;
const CONNECT_LIMIT_MS = 5_000;
/** The longest transaction that is taken: what `jute.maxbuffer` may have been raised to. */
const MAX_FIELD_BYTES = 64 * 1024 * 1024;
const MAX_ZNODES = 50_000_000;
/** How long the election ports may leave it open who leads before it is tried otherwise. */
const HEARSAY_MS = 3_000;
const GUESS_PAUSE_MS = 200;
/** A leader of an older epoch is taken for one that is deposed; where it is there again and again, the ensemble has begun anew. */
const MAX_STALE = 5;
const MAX_TIMER_MS = 60_000;

export class Observer {
  private readonly options: ObserverOptions;
  private readonly events: ObserverEvents;
  private readonly sid: number;
  private readonly transport: PeerTransport;
  private readonly faults = new LinkFaults();
  private readonly replica: Replica;
  private readonly backOff = new BackOff();
  private members: readonly AttachedMember[];
  /** While it is looking. */
  private search: { readonly listener: ElectionListener; readonly heard: Map<number, HeardVote> } | null = null;
  private dialling: Dial | null = null;
  private link: QuorumLink | null = null;
  private socket: Socket | null = null;
  private leader: AttachedMember | null = null;
  private tooLarge = false;
  private anyPacket = false;
  private staleLeaders = 0;
  /** Servers that are still to be tried, one after the other. */
  private guesses: AttachedMember[] = [];
  private flushWanted = false;
  /** For the next attempt, for the next guess, or for the leader's silence. */
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: ObserverOptions, events: ObserverEvents) {
    this.options = options;
    this.events = events;
    this.sid = options.sid ?? strangerSid();
    this.members = options.members;
    this.transport = options.transport ?? plainTransport;
    this.replica = new Replica(observerConfig(this.sid), {
      installed: events.installed,
      applying: events.applying,
      applied: events.applied,
      dial: (leader) => this.dial(leader),
      send: (packet) => this.send(packet),
      following: (epoch) => this.following(epoch),
      ended: (end) => this.ended(end),
    });
  }

  /** Begins to look for a leader. */
  start(): void {
    this.events.state({ kind: 'looking' });
    this.look();
  }

  /** Who belongs to the ensemble from now on. Whoever is followed is followed on, unless it is there no more. */
  setMembers(members: readonly AttachedMember[]): void {
    this.members = members;
    this.search?.listener.setMembers(members);
    const { leader } = this;
    if (leader === null) return;
    const now = members.find(({ sid }) => sid === leader.sid);
    if (now?.quorum.host === leader.quorum.host && now.quorum.port === leader.quorum.port) return;
    this.replica.end(this.now(), { cause: 'lost', detail: 'the servers of the ensemble are others' });
  }

  /** Ends every connection; settles when they are closed. Nothing is told any more. */
  async close(): Promise<void> {
    this.closed = true;
    this.stopTimer();
    this.stopSearch();
    this.dialling?.cancel();
    const { socket } = this;
    if (socket === null || socket.closed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  private now(): Instant {
    return { monotonicMs: performance.now(), wallMs: Date.now() };
  }

  private get secure(): boolean {
    return this.transport !== plainTransport;
  }

  // --- the search for a leader --------------------------------------------------------------------------------------

  private look(): void {
    if (this.closed) return;
    const { transport, sid, members } = this;
    const heard = new Map<number, HeardVote>();
    const listener = new ElectionListener(
      { members, transport, sid },
      {
        heard: (from, vote) => {
          heard.set(from, vote);
          // A leader that was stopped for a while may not have noticed yet that it is none; others know better.
          if (this.isMostOf(heard)) this.attempt(leaderAmong(heard));
        },
        failed: (from, reason) => {
          heard.delete(from);
          this.events.failed(from, reason);
        },
      },
    );
    this.search = { listener, heard };
    listener.start();
    this.setTimer(HEARSAY_MS, () => this.attemptUnasked());
  }

  private isMostOf(heard: ReadonlyMap<number, HeardVote>): boolean {
    const voters = this.members.filter(({ role }) => role === 'participant');
    return voters.filter(({ sid }) => heard.has(sid)).length * 2 > voters.length;
  }

  /** Not enough can be asked: by the word of those who can, or where there are none by trying each server in its turn. */
  private attemptUnasked(): void {
    const { search, members } = this;
    if (search === null) return;
    if (search.heard.size === 0) {
      this.guesses = members.filter(({ role }) => role === 'participant');
      this.guess();
    } else {
      this.attempt(leaderAmong(search.heard) ?? leaderByHearsay(search.heard));
    }
    if (this.search !== null) this.setTimer(HEARSAY_MS, () => this.attemptUnasked());
  }

  /** The quorum port of Apache is open on its leader alone; ours takes others' connections and ends them. */
  private guess(): void {
    this.attempt(this.guesses.shift()?.sid ?? null);
  }

  private attempt(sid: number | null): void {
    const leader = this.members.find((member) => member.sid === sid);
    if (leader === undefined || this.closed) return;
    const own = this.search?.heard.get(leader.sid)?.vote;
    const mandate = own === undefined ? null : { epoch: own.peerEpoch, lastZxid: BigInt(own.zxid) };
    this.stopTimer();
    this.stopSearch();
    this.leader = leader;
    this.tooLarge = false;
    this.anyPacket = false;
    this.events.state({ kind: 'connecting', leader: leader.sid });
    this.replica.follow(this.now(), leader.sid, mandate);
    this.watch();
  }

  private stopSearch(): void {
    this.search?.listener.close();
    this.search = null;
  }

  // --- the link to the leader ---------------------------------------------------------------------------------------

  private dial(sid: number): void {
    const { leader, faults, transport } = this;
    if (leader === null) return;
    const options = { ...leader.quorum, limitMs: CONNECT_LIMIT_MS, sid: BigInt(sid), faults, transport };
    const failed = (fault: string): void => {
      this.dialling = null;
      this.fail(leader, dialReason(leader.quorum, fault, this.secure));
      this.replica.end(this.now(), { cause: 'lost', detail: fault });
    };
    this.dialling = new Dial(options, (socket) => this.connected(socket, sid), failed);
  }

  private connected(socket: Socket, sid: number): void {
    this.dialling = null;
    this.socket = socket;
    const link = new QuorumLink(
      LINK,
      {
        socket,
        peer: BigInt(sid),
        firstPacketTimeoutMs: null,
        maxFieldBytes: MAX_FIELD_BYTES,
        faults: this.faults,
        makeBuilder: () => this.makeIntake(),
      },
      {
        packet: (_, packet) => {
          if (this.link === link) this.packet(packet);
        },
        progress: () => {
          if (this.link === link) this.replica.progress(this.now());
        },
        snapshotReceived: (_, database) => {
          if (this.link === link) this.snapshotReceived(database);
        },
        closed: (_, reason) => {
          if (this.link === link) this.linkClosed(reason);
        },
      },
    );
    this.link = link;
    this.replica.handle(this.now(), { kind: 'leaderConnected', link: LINK });
  }

  private makeIntake(): SnapshotIntake {
    const { keepBody, maxZnodes = MAX_ZNODES } = this.options;
    const shared = new SharedBuffers();
    return new SnapshotIntake(keepBody ?? ((_, data) => shared.place(data)), maxZnodes, () => {
      this.tooLarge = true;
    });
  }

  private packet(packet: QuorumPacket): void {
    this.anyPacket = true;
    this.replica.packet(this.now(), packet);
    const { leader } = this;
    const mode = packet.type === PacketType.SNAP ? 'SNAP' : packet.type === PacketType.DIFF ? 'DIFF' : null;
    if (mode === null || leader === null) return;
    if (mode === 'SNAP') this.backOff.snapshotBegan();
    this.events.state({ kind: 'synchronising', leader: leader.sid, mode });
  }

  private snapshotReceived(database: Database): void {
    this.replica.handle(this.now(), { kind: 'snapshotReceived', link: LINK, database });
  }

  private linkClosed(detail: string): void {
    const { leader } = this;
    if (leader !== null) this.fail(leader, this.endReason(leader, detail));
    this.replica.end(this.now(), { cause: 'lost', detail });
  }

  private endReason({ quorum }: AttachedMember, detail: string): WayReason {
    if (this.tooLarge) return { code: 'tooLarge', params: { limit: this.options.maxZnodes ?? MAX_ZNODES } };
    if (detail.startsWith(NO_PACKET)) return reasonWithDetail('garbage', quorum, detail);
    return this.anyPacket ? reasonWithDetail('unreachable', quorum, detail) : reasonAt('turnedAway', quorum);
  }

  private send(packet: QuorumPacket): void {
    this.link?.send(encodePacket(packet));
    if (this.flushWanted) return;
    this.flushWanted = true;
    setImmediate(() => {
      this.flushWanted = false;
      this.link?.flush();
    });
  }

  private following(epoch: number): void {
    if (this.leader === null) return;
    this.staleLeaders = 0;
    this.guesses = [];
    this.backOff.following(performance.now());
    this.events.state({ kind: 'following', leader: this.leader.sid, epoch });
    // A leader that is followed may be silent for less long.
    this.watch();
  }

  /** From within the replica: what follows waits for its own turn. */
  private ended({ cause, detail }: ReplicaEnd): void {
    const { leader, link, dialling } = this;
    this.leader = null;
    this.link = null;
    this.dialling = null;
    dialling?.cancel();
    link?.close();
    this.socket?.destroy();
    if (leader !== null && cause === 'silent') this.fail(leader, reasonAt('silent', leader.quorum));
    if (leader !== null && cause === 'garbage') this.fail(leader, reasonWithDetail('garbage', leader.quorum, detail));
    if (cause === 'stale' && ++this.staleLeaders >= MAX_STALE) {
      this.staleLeaders = 0;
      this.replica.forget();
    }
    if (!this.closed) this.events.state({ kind: 'looking' });
    if (this.guesses.length > 0) {
      this.setTimer(GUESS_PAUSE_MS, () => this.guess());
      return;
    }
    // Where it is known what to ask for next, nothing has failed.
    const outcome = this.tooLarge ? 'hopeless' : cause === 'truncated' || cause === 'diverged' ? 'again' : 'failed';
    this.setTimer(this.backOff.ended(performance.now(), outcome), () => this.look());
  }

  private fail({ sid }: AttachedMember, reason: WayReason): void {
    if (!this.closed) this.events.failed(sid, reason);
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  private setTimer(delayMs: number, then: () => void): void {
    this.stopTimer();
    if (!this.closed) this.timer = setTimeout(then, delayMs);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Looks after the leader's silence, for as long as it is followed. */
  private watch(): void {
    if (this.leader === null) return;
    const leftMs = this.replica.deadlineMs - performance.now();
    const look = (): void => {
      this.replica.tick(this.now());
      this.watch();
    };
    // What has come while this thread was busy is read first: that is no silence of the leader's.
    this.setTimer(Math.min(Math.max(leftMs, 10), MAX_TIMER_MS), () => setImmediate(look));
  }
}

/** How `QuorumLink` says that what has come is no packet. */
const NO_PACKET = 'it sent what is no packet';
