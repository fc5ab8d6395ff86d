/**
 * Who belongs to the ensemble, as one server knows it (Java `QuorumPeer.getQuorumVerifier`, `getLastSeenQuorumVerifier`):
 * the one owner of the configuration that is in force and of the one that was proposed to follow it.
 *
 * Why a reconfiguration is safe: its transaction, and all behind it, need a quorum of both configurations, and each server
 * writes down that it was proposed before it acknowledges it. Whoever wants to lead under the old one needs a quorum of
 * it, among which is one that knows of the new; and whoever knows of the new one needs a quorum of that as well.
 */
import { assert } from '@vivarium/shared/assert';
import type { Context } from '../context.ts';
import type { Member, PeerType } from '../io.ts';
import type { AfterWrite, PersistQueue } from '../persist-queue.ts';
import { type Configuration, configText } from './configuration.ts';
import { Quorum } from './quorum.ts';
import { formatServerSpec, parseServerSpec, type ServerSpec, sameAddresses } from './server-spec.ts';

export class Membership {
  private readonly context: Context;
  private readonly persist: PersistQueue;
  private current: Configuration;
  private quorum: Quorum;
  private currentText: string;
  private proposed: Configuration | null;
  private proposedQuorum: Quorum | null;
  /** Whether a configuration that others made has named this server once, and its files say so. */
  private wasNamed: boolean;

  constructor(context: Context, persist: PersistQueue) {
    this.context = context;
    this.persist = persist;
    const { members, groups, configVersion: version, proposed } = context.config;
    this.current = { members, groups, version };
    this.quorum = new Quorum(this.current);
    this.currentText = configText(this.current);
    this.proposed = proposed !== null && proposed.version > version ? proposed : null;
    this.wasNamed = version !== 0n || this.proposed !== null;
    this.proposedQuorum = this.proposed === null ? null : new Quorum(this.proposed);
  }

  /** The configuration in force, as far as this server knows. */
  get committed(): Configuration {
    return this.current;
  }

  /** The configuration in force, as notifications and `/zookeeper/config` show it. */
  get text(): string {
    return this.currentText;
  }

  /** A newer configuration that was proposed and of which this server does not know that it is in force. */
  get pending(): Configuration | null {
    return this.proposed;
  }

  /** What NEWLEADER carries: a new leader completes what it finds proposed (ZOOKEEPER-1324). */
  get lastSeen(): Configuration {
    return this.proposed ?? this.current;
  }

  /** Whether reconfigurations are taken part in at all; otherwise the configuration is that of the file. */
  get isDynamic(): boolean {
    return this.context.config.reconfigEnabled;
  }

  /**
   * What this server is. Who is about to become a voter comes as one, since a reconfiguration may need it; one that no
   * configuration names is what its own file says, and never counts.
   */
  get ownRole(): PeerType {
    const { sid, peerType } = this.context.config;
    if (this.isVoter(sid)) return 'participant';
    return this.isMember(sid) ? 'observer' : peerType;
  }

  /** Whether this server may serve clients: one that follows without being named would forward what nobody takes. */
  get mayServe(): boolean {
    return this.ownRole === 'observer' || this.isMember(this.context.config.sid);
  }

  /** Whether the server is named by either configuration. */
  isMember(sid: number): boolean {
    return [this.current, this.lastSeen].some(({ members }) => members.some((member) => member.sid === sid));
  }

  /** Whether the server votes in either configuration (Java `getCurrentAndNextConfigVoters`). */
  isVoter(sid: number): boolean {
    return this.quorum.isVoter(sid) || this.proposedQuorum?.isVoter(sid) === true;
  }

  /** Whether the server votes in the configuration in force, and so may stand for election (Java `getInitId`). */
  mayVote(sid: number): boolean {
    return this.quorum.isVoter(sid);
  }

  /**
   * Whether the vote of this server counts, under the configuration in force: who would judge by a proposed one as well could
   * never agree with who has not heard of it (simulation, seed 2422).
   */
  hasWeight(sid: number): boolean {
    return this.quorum.hasWeight(sid);
  }

  /** Voters of either configuration. */
  voters(): number[] {
    return [...new Set([...this.quorum.list(), ...(this.proposedQuorum?.list() ?? [])])];
  }

  /** Whether these servers decide: under both configurations. */
  isQuorum(sids: ReadonlySet<number> | readonly number[]): boolean {
    return this.quorum.isQuorum(sids) && (this.proposedQuorum?.isQuorum(sids) ?? true);
  }

  /** Whether they decide under the configuration in force. */
  isCommittedQuorum(sids: ReadonlySet<number> | readonly number[]): boolean {
    return this.quorum.isQuorum(sids);
  }

  /** For a driver that has just started: where the servers are that the file of the proposed configuration adds. */
  announce(): void {
    if (this.proposed !== null) this.emitMembers();
  }

  /** Notes what was proposed; whatever is written afterwards is durable later than this. Null: nothing is, after all. */
  propose(configuration: Configuration | null): void {
    if (!this.isDynamic) return;
    const next = configuration !== null && configuration.version > this.current.version ? configuration : null;
    if (next?.version === this.proposed?.version) return;
    this.proposed = next;
    this.proposedQuorum = next === null ? null : new Quorum(next);
    if (next !== null) this.noteNamed(next);
    if (this.wasNamed || next === null) {
      this.persist.write({ kind: 'proposedConfiguration', configuration: next }, WRITTEN);
    }
    this.emitMembers();
  }

  /** Writes that a configuration is in force; `after` follows once that is durable. Nothing is in force here before `activate`. */
  record(configuration: Configuration, after: AfterWrite = WRITTEN): void {
    this.noteNamed(configuration);
    if (this.wasNamed) this.persist.write({ kind: 'committedConfiguration', configuration }, after);
    else this.persist.write({ kind: 'settle' }, after);
  }

  /** The configuration is in force. */
  activate(configuration: Configuration): void {
    assert(this.isDynamic && configuration.version > this.current.version, 'configurations follow one another');
    this.current = configuration;
    this.quorum = new Quorum(configuration);
    this.currentText = configText(configuration);
    if (this.proposed !== null && this.proposed.version <= configuration.version) {
      this.proposed = null;
      this.proposedQuorum = null;
    }
    const names = configuration.members.map(({ sid, role }) => (role === 'observer' ? `${sid} (observer)` : `${sid}`));
    this.context.info(`the ensemble is now ${names.join(', ')}; version ${configuration.version.toString(16)}`);
    this.warnIfMoved();
    this.emitMembers();
  }

  /**
   * A leader of ours moves no server (`planReconfiguration`); Apache's does, and its servers bind their ports anew. This one
   * goes on listening where its file said that it should, where nobody looks for it any more.
   */
  private warnIfMoved(): void {
    const { sid, members } = this.context.config;
    const now = specOf(this.current.members, sid);
    const atStart = specOf(members, sid);
    if (now === null || atStart === null || sameAddresses(now, atStart)) return;
    this.context.warn(
      `the ensemble looks for this server at ${formatServerSpec(now)} now; it listens at ${formatServerSpec(atStart)} until it is started again`,
    );
  }

  /** What others say is in force; a new file, and a new configuration, if it is newer. False where it is known already. */
  learn(configuration: Configuration): boolean {
    if (!this.isDynamic || configuration.version <= this.current.version) return false;
    this.record(configuration);
    this.activate(configuration);
    return true;
  }

  /**
   * A server that wants to join learns who the ensemble is before anybody names it. It keeps that in memory only: from a
   * file that does not name it, it could not start again, and what it has forgotten it learns anew. Once a
   * configuration has named it, whatever follows is written, most of all that it is no longer named.
   */
  private noteNamed({ members }: Configuration): void {
    const { sid } = this.context.config;
    this.wasNamed ||= members.some((member) => member.sid === sid);
  }

  private emitMembers(): void {
    const members = new Map<number, Member>();
    for (const { members: listed } of [this.current, this.lastSeen]) for (const m of listed) members.set(m.sid, m);
    this.context.emit({ kind: 'members', members: [...members.values()] });
  }
}

const WRITTEN: AfterWrite = { kind: 'written' };

/** The addresses of a server; null where it is not listed. */
function specOf(members: readonly Member[], sid: number): ServerSpec | null {
  const member = members.find((each) => each.sid === sid);
  const parsed = member === undefined ? null : parseServerSpec(member.spec);
  return parsed?.ok ? parsed.spec : null;
}
