/**
 * Fast Leader Election (Java `FastLeaderElection`): servers exchange votes until a quorum agrees on one of them. A round
 * has a number, the election epoch; within it a server changes its vote only for a better one, and tells everybody.
 */
import { ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import { type Notification, ServerState } from '@vivarium/wire/election';
import type { Context } from '../context.ts';
import { parseConfiguration, versionIn } from '../membership/configuration.ts';
import type { Membership } from '../membership/membership.ts';
import { isBetter, isSameVote, LONG_MIN, tracedVote, type Vote, voteOf } from './vote.ts';

/** How long a quorum's choice stays open for a better vote (Java `finalizeWait`). */
const FINALIZE_WAIT_MS = 200;
const MESSAGE_VERSION = 2;
/**
 * Rounds are counted up to here and no further. Nobody gets there by counting, but one message with such a number would take
 * all there, and behind Long.MAX a round would be older than the one before it: no election would end any more.
 */
const LAST_ROUND = 1n << 62n;

/** How a server stands when it enters an election. */
export interface Standing {
  readonly lastZxid: bigint;
  readonly currentEpoch: number;
}

export class FastLeaderElection {
  private readonly context: Context;
  private readonly membership: Membership;
  private standing: Standing = { lastZxid: 0n, currentEpoch: 0 };
  /** What this server would vote for if it knew nobody else. */
  private initial: Vote;
  /** Its vote now; once the election is over, the vote it settled on. */
  private vote: Vote;
  private looking = false;
  /** Whether `vote` is the outcome of an election that still holds. */
  private settled = false;
  /** Number of the round (Java `logicalclock`). Whoever has a candidate never goes back to an older one. */
  private electionEpoch = 0n;
  /** Votes of this round, this server's own among them. */
  private votes = new Map<number, Vote>();
  /** Votes of servers that settled before this one came. */
  private settledVotes = new Map<number, Vote>();
  private resendAtMs = Number.POSITIVE_INFINITY;
  private resendIntervalMs = 0;
  private finalizeAtMs = Number.POSITIVE_INFINITY;
  /** When this server, which is no voter, may tell others again that the ensemble has changed. */
  private nextLessonMs = 0;

  constructor(context: Context, membership: Membership) {
    this.context = context;
    this.membership = membership;
    this.initial = this.candidacy();
    this.vote = this.initial;
  }

  /** When `tick` is to be called. */
  get deadlineMs(): number {
    return Math.min(this.resendAtMs, this.finalizeAtMs);
  }

  /** Starts a round. Returns the leader's sid where it is decided at once (an ensemble of one voter), else null. */
  start(standing: Standing): number | null {
    this.looking = true;
    this.settled = false;
    this.countRound();
    this.votes.clear();
    this.settledVotes.clear();
    this.standing = standing;
    this.initial = this.candidacy();
    this.resendIntervalMs = this.context.config.notificationIntervalMs.min;
    this.adopt(this.initial);
    return this.conclude();
  }

  private countRound(): void {
    if (this.electionEpoch < LAST_ROUND) this.electionEpoch += 1n;
  }

  /** Called when the deadline has passed. Returns the leader's sid once it is decided. */
  tick(): number | null {
    if (!this.looking) return null;
    const { monotonicMs } = this.context.now;
    if (monotonicMs >= this.finalizeAtMs) return this.settle(this.vote);
    if (monotonicMs >= this.resendAtMs) {
      this.resendIntervalMs = Math.min(this.resendIntervalMs * 2, this.context.config.notificationIntervalMs.max);
      this.broadcast();
    }
    return null;
  }

  /** Handles a peer's notification. Returns the leader's sid once it is decided. */
  receive(from: bigint, notification: Notification): number | null {
    const sid = Number(from);
    if (this.context.tracing) this.context.trace({ kind: 'voteReceived', from: sid, vote: tracedVote(notification) });
    // Before an election, and between a role's end and the next one, there is no vote to tell or to count.
    if (!this.looking && !this.settled) return null;
    if (this.looking && this.learnConfiguration(sid, notification.config)) {
      const alone = this.start(this.standing);
      if (alone !== null) return alone;
    }
    if (!this.membership.isVoter(sid)) {
      // Observers and strangers learn how things stand; their votes do not count.
      const electionEpoch = this.looking ? this.electionEpoch : this.vote.electionEpoch;
      this.answer(from, notification, { ...this.vote, electionEpoch });
      return null;
    }
    if (!this.looking) {
      if (notification.state === ServerState.LOOKING) this.answer(from, notification, this.vote);
      return null;
    }
    // Its sender's disk was wiped.
    if (notification.zxid === ZXID_UNKNOWN) return null;
    if (notification.electionEpoch < 0n || notification.electionEpoch > LAST_ROUND) return null;
    // Who is no voter here cannot lead, whatever the sender's configuration says (Java `validVoter`).
    if (!this.membership.isVoter(Number(notification.leader))) return null;
    switch (notification.state) {
      case ServerState.LOOKING:
        // Others would count the vote that this server then had: the wiped disk would vote for what it may have forgotten.
        return this.isWiped ? null : this.receiveLooking(sid, from, notification);
      case ServerState.FOLLOWING:
      case ServerState.LEADING:
        return this.receiveSettled(sid, notification);
      default:
        return null;
    }
  }

  /** The role that the last election gave has ended: its vote is not told any more. */
  withdraw(): void {
    this.settled = false;
  }

  /** Tells peers which state this server is in now, and the epoch its leader has reached (Java `updateElectionVote`). */
  becomeSettled(state: number, peerEpoch: number | null): void {
    this.vote = { ...this.vote, state, peerEpoch: peerEpoch === null ? this.vote.peerEpoch : BigInt(peerEpoch) };
  }

  /**
   * Whether this server's disk was wiped. It neither supports a candidate nor becomes leader, but joins a leader that others
   * have elected, whose snapshot makes it a voter again.
   */
  private get isWiped(): boolean {
    return this.initial.zxid === ZXID_UNKNOWN;
  }

  private candidacy(): Vote {
    const { sid } = this.context.config;
    const { standing } = this;
    const common = { electionEpoch: this.electionEpoch, state: ServerState.LOOKING, version: MESSAGE_VERSION };
    return !this.membership.mayVote(sid)
      ? { leader: LONG_MIN, zxid: LONG_MIN, peerEpoch: LONG_MIN, ...common }
      : { leader: BigInt(sid), zxid: standing.lastZxid, peerEpoch: BigInt(standing.currentEpoch), ...common };
  }

  /**
   * A newer configuration in a notification is in force somewhere (Java `FastLeaderElection.WorkerReceiver`), since
   * notifications carry no other. It is believed of servers that this one knows: a stranger could name itself.
   */
  private learnConfiguration(sid: number, text: string | null): boolean {
    if (text === null || text === this.membership.text || !this.membership.isDynamic) return false;
    if (!this.membership.isMember(sid)) return false;
    const parsed = parseConfiguration(text);
    return parsed.ok && parsed.configuration.members.length > 0 && this.membership.learn(parsed.configuration);
  }

  /** A reconfiguration has named the next leader: its vote is taken as if an election had ended with it. */
  designate(leader: number, standing: Standing): void {
    this.standing = standing;
    this.countRound();
    const common = { electionEpoch: this.electionEpoch, state: ServerState.LOOKING, version: MESSAGE_VERSION };
    this.settle({
      leader: BigInt(leader),
      zxid: standing.lastZxid,
      peerEpoch: BigInt(standing.currentEpoch),
      ...common,
    });
  }

  private receiveLooking(sid: number, from: bigint, notification: Notification): number | null {
    // Who has no candidate yet has no round of its own either: others would never come to it, since a vote for nobody says
    // nothing to them, and a server that is about to become a voter may be needed (simulation, seed 830).
    const hasCandidate = this.vote.leader !== LONG_MIN;
    if (notification.electionEpoch < this.electionEpoch && hasCandidate) {
      this.answer(from, notification, this.vote);
      return null;
    }
    if (notification.electionEpoch !== this.electionEpoch) {
      this.electionEpoch = notification.electionEpoch;
      this.votes.clear();
      this.adopt(this.isBetter(notification, this.initial) ? voteOf(notification) : this.initial);
    } else if (this.isBetter(notification, this.vote)) {
      this.adopt(voteOf(notification));
    }
    this.votes.set(sid, voteOf(notification));
    return this.conclude();
  }

  /** A server without weight never leads, whatever it knows (Java `totalOrderPredicate`). */
  private isBetter(
    a: Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>,
    b: Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>,
  ): boolean {
    const weighs = this.membership.hasWeight(Number(a.leader));
    return weighs === this.membership.hasWeight(Number(b.leader)) ? isBetter(a, b) : weighs;
  }

  private receiveSettled(sid: number, notification: Notification): number | null {
    const vote = voteOf(notification);
    // They have not noticed yet that the leader which this server was before is gone.
    if (this.isWiped && vote.leader === BigInt(this.context.config.sid)) return null;
    if (notification.electionEpoch === this.electionEpoch) {
      this.votes.set(sid, vote);
      if (this.membership.isCommittedQuorum(supporters(this.votes, vote)) && this.isConfirmed(this.votes, vote))
        return this.settle(vote);
    }
    this.settledVotes.set(sid, vote);
    if (
      this.membership.isCommittedQuorum(supporters(this.settledVotes, vote)) &&
      this.isConfirmed(this.settledVotes, vote)
    ) {
      this.electionEpoch = vote.electionEpoch;
      return this.settle(vote);
    }
    return null;
  }

  /** A leader must have said itself that it leads, lest one be followed that has died or is looking (Java `checkLeader`). */
  private isConfirmed(votes: ReadonlyMap<number, Vote>, vote: Vote): boolean {
    if (vote.leader === BigInt(this.context.config.sid)) return this.electionEpoch === vote.electionEpoch;
    return votes.get(Number(vote.leader))?.state === ServerState.LEADING;
  }

  /** Looks whether a quorum shares this server's vote, and then waits a moment for a better one. */
  private conclude(): number | null {
    if (this.isWiped) return null;
    const behind = supporters(this.votes, this.vote);
    if (!this.membership.isQuorum(behind)) {
      this.finalizeAtMs = Number.POSITIVE_INFINITY;
      return null;
    }
    // Where every voter agrees nobody is left who could bring a better vote.
    if (this.membership.voters().every((sid) => behind.has(sid))) return this.settle(this.vote);
    if (this.finalizeAtMs === Number.POSITIVE_INFINITY) {
      this.finalizeAtMs = this.context.now.monotonicMs + FINALIZE_WAIT_MS;
    }
    return null;
  }

  private settle(vote: Vote): number {
    const { sid } = this.context.config;
    const leader = Number(vote.leader);
    const state =
      leader === sid
        ? ServerState.LEADING
        : this.membership.ownRole === 'observer'
          ? ServerState.OBSERVING
          : ServerState.FOLLOWING;
    this.vote = { ...vote, state, version: MESSAGE_VERSION };
    this.looking = false;
    this.settled = true;
    this.resendAtMs = Number.POSITIVE_INFINITY;
    this.finalizeAtMs = Number.POSITIVE_INFINITY;
    if (this.context.tracing) {
      this.context.trace({ kind: 'electionWon', leader, electionEpoch: Number(this.electionEpoch) });
    }
    return leader;
  }

  private adopt(vote: Vote): void {
    const { sid } = this.context.config;
    this.vote = { ...vote, electionEpoch: this.electionEpoch, state: ServerState.LOOKING, version: MESSAGE_VERSION };
    this.votes.set(sid, this.vote);
    this.finalizeAtMs = Number.POSITIVE_INFINITY;
    this.broadcast();
  }

  private broadcast(): void {
    this.resendAtMs = this.context.now.monotonicMs + this.resendIntervalMs;
    for (const voter of this.membership.voters()) {
      if (voter !== this.context.config.sid) this.send(BigInt(voter), this.vote);
    }
  }

  /**
   * Answers a notification. Voters do: a voter answers every message of an observer, so that an observer which answered back
   * would begin an exchange without an end. Others do where that teaches who asks a newer configuration, since it may know
   * of servers only that have left the ensemble since (simulation, seed 1466), and where who asks belongs to no configuration and
   * votes for nobody, which is how things are asked by who only looks; and only now and then, since it may not believe them
   * and answer.
   */
  private answer(to: bigint, { config, leader }: Notification, vote: Vote): void {
    if (!this.membership.isVoter(this.context.config.sid)) {
      const { isDynamic, committed } = this.membership;
      const isBehind = isDynamic && config !== null && versionIn(config) < committed.version;
      const onlyLooks = leader === LONG_MIN && !this.membership.isMember(Number(to));
      const { monotonicMs } = this.context.now;
      if (!(isBehind || onlyLooks) || monotonicMs < this.nextLessonMs) return;
      this.nextLessonMs = monotonicMs + this.context.config.notificationIntervalMs.min;
    }
    this.send(to, vote);
  }

  private send(to: bigint, vote: Vote): void {
    const { leader, zxid, peerEpoch, electionEpoch, state } = vote;
    if (this.context.tracing) this.context.trace({ kind: 'voteSent', to: Number(to), vote: tracedVote(vote) });
    const notification = {
      state,
      leader,
      zxid,
      electionEpoch,
      peerEpoch,
      version: MESSAGE_VERSION,
      config: this.membership.text,
    };
    this.context.emit({ kind: 'sendNotification', to, notification });
  }
}

function supporters(votes: ReadonlyMap<number, Vote>, vote: Vote): Set<number> {
  const sids = new Set<number>();
  for (const [sid, other] of votes) if (isSameVote(other, vote)) sids.add(sid);
  return sids;
}
