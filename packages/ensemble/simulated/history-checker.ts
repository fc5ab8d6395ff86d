/**
 * Holds what the servers log, apply and show against one another, step by step. A zxid belongs to one leader of one epoch,
 * so it stands for one transaction and for one history up to it; from this the invariants of ZAB follow as equalities
 * (names as in Junqueira, Reed and Serafini, "Zab", 2011, and the TLA+ of ZooKeeper). Where each is checked:
 *
 * | invariant                 | checked                                                                               |
 * | ------------------------- | ------------------------------------------------------------------------------------- |
 * | Leadership                | `entersEpoch`: a leader past discovery makes its epoch durable; `checkLeader`           |
 * | PrefixConsistency         | `show`: what a serving server shows is part of the one committed sequence              |
 * | Integrity                 | `logged`: who first logs a transaction is the primary of its epoch; all log the same    |
 * | Agreement                 | `show`, as all that is shown is one sequence; `ClientChecker.checkWrite`                |
 * | TotalOrder                | `logged` (LogContiguity) with `show`: a sequence has one order                          |
 * | LocalPrimaryOrder         | `proposed`: a primary's counters rise by one; `logged`: each log keeps them so          |
 * | GlobalPrimaryOrder        | `logged`: nothing of an older epoch behind a newer one                                  |
 * | PrimaryIntegrity          | `proposed`: before its first proposal a primary has applied all that is committed       |
 * | LeaderLogCompleteness     | `entersEpoch`, `checkLeader`: a leader's log has all that is committed                  |
 * | CommittedLogDurability    | `show`: nothing shown is missing later; a quorum has it on disk; `forgets`: and keeps it |
 * | ProcessConsistency        | `acknowledgesLeader`: behind NEWLEADER a follower's log is a prefix of its leader's      |
 * | CommittedLogMonotonicity  | `stepped`: what a serving server shows only grows                                       |
 * | MessageLegal, AckConsistent | `output`: no server of ours breaks the protocol in the eyes of another                |
 * | LogContiguity             | `logged`: one transaction before each, the same on every server                         |
 * | AckDurable, EpochDurable  | `DurabilityChecker`: what is promised to a peer is on the disk, read from the disk       |
 * | EpochOrder                | `started`: currentEpoch is not ahead of acceptedEpoch, nor the log of both               |
 * | StateEquality             | `checkDigest`: one zxid, one tree, be it applied, received, or recovered from snapshot and log |
 * | ReplayIdempotence         | `started`: the log once more over what it has led to changes nothing                    |
 * | EphemeralConsistency      | `checkDigest`: at each zxid, ephemerals have sessions; so closeSession's takes them      |
 * | SessionExpiry             | `SessionChecker`: by the primary, once, and not before its timeout of silence            |
 * | ClientFIFO, SingleSystemImage, SessionIdentity, Atomicity, WatchReliable, WatchOrder, WatchOnce | `SimulatedClient`  |
 * | LinearizableWrites, ReadYourWrites, Durability | `ClientChecker`                                                    |
 * | Convergence, StateEquality at the end, Recoverability | `run-seed.ts`                                               |
 */
import { counterOf, epochOf, formatHex, makeZxid, type Zxid } from '@vivarium/shared/zxid';
import { PacketType } from '@vivarium/wire/quorum-packet';
import { decodeTxn } from '@vivarium/wire/txn';
import type { Output, Recovered, Write } from '../core/io.ts';
import type { RecoveryError } from '../storage/recovery-error.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { Violations } from './violations.ts';

/** What is remembered of one life of a server. */
interface Seen {
  /** The last transaction in the log, or null where it is not known by a zxid of its own. */
  lastLogged: Zxid | null;
  lastApplied: Zxid;
  serving: boolean;
  /** As of the end of the last step. */
  leading: boolean;
  /** Of a learner, the server that it follows. */
  leader: number | null;
  /** Of a leader, the last transaction that it has proposed; null before the first. */
  lastProposed: Zxid | null;
}

/** One start in so many is checked for ReplayIdempotence, which takes longer than the start. */
const REPLAY_EVERY = 8;

/** What servers of ours may rightly find wrong with one another. */
const BENIGN: readonly RegExp[] = [
  // Its election was held without the newer one: it ends, and the next one knows better.
  /^server \d+ is ahead of its leader$/,
  // It has promised to follow nobody older, in an election that came to nothing.
  /^the leader's epoch \d+ is older than the accepted \d+$/,
  // It comes back before its leader could notice that the former link is gone.
  /^server \d+ is connected from s\d+$/,
  // While the ensemble changes not everybody knows the same configuration.
  /^server \d+ has a newer configuration$/,
  /^server \d+ is no voter of this ensemble$/,
];

export class HistoryChecker {
  /** Every transaction that any server has logged. */
  readonly txns = new Map<Zxid, Uint8Array>();
  /** Whether a quorum, one server left out, has a transaction on its disks; null where nobody looks at the disks. */
  hasQuorum: ((zxid: Zxid, exceptSid: number | null) => boolean) | null = null;
  private readonly violations: Violations;
  private readonly standalone: boolean;
  private readonly previous = new Map<Zxid, Zxid>();
  private readonly digests = new Map<Zxid, bigint>();
  /** By the first zxid of an epoch: the last transaction of its leader at that moment. */
  private readonly epochStarts = new Map<Zxid, Zxid>();
  private readonly leaders = new Map<number, number>();
  /** Transactions that a serving server has shown, in their order, and their places in it. */
  private readonly committed: Zxid[] = [];
  private readonly committedAt = new Map<Zxid, number>();
  private readonly seen = new Map<SimulatedServer, Seen>();
  private readonly bySid = new Map<number, SimulatedServer>();
  private starts = 0;

  /** `standalone`: there is one server only, without epochs. */
  constructor(violations: Violations, standalone: boolean) {
    this.violations = violations;
    this.standalone = standalone;
  }

  /** How many transactions are known to be committed. */
  get committedCount(): number {
    return this.committed.length;
  }

  /** How many leaders have served. */
  get leaderCount(): number {
    return this.leaders.size;
  }

  /** The last transaction that a server has given to its storage, or null where it is not known. */
  lastLogged(server: SimulatedServer): Zxid | null {
    return this.seen.get(server)?.lastLogged ?? null;
  }

  started(server: SimulatedServer, recovered: Recovered): void {
    if (this.standalone) this.forgetLost(recovered.database.lastZxid);
    this.bySid.set(server.sid, server);
    this.seen.set(server, {
      lastLogged: this.resolve(recovered.database.lastZxid),
      lastApplied: -1n,
      serving: false,
      leading: false,
      leader: null,
      lastProposed: null,
    });
    this.checkDigest(server);
    this.starts++;
    if (this.starts % REPLAY_EVERY === 0) this.checkReplay(server, recovered);
    const { acceptedEpoch, currentEpoch, database } = recovered;
    this.violations.expect(
      acceptedEpoch >= currentEpoch && currentEpoch >= epochOf(database.lastZxid),
      'EpochOrder',
      () =>
        `s${server.sid} starts with accepted ${acceptedEpoch}, current ${currentEpoch}, ${formatHex(database.lastZxid)}`,
    );
  }

  /** Nobody else has what a server that is alone had not made durable: it may give the same zxids again. */
  private forgetLost(lastZxid: Zxid): void {
    const tip = this.committed.at(-1) ?? 0n;
    this.violations.expect(lastZxid >= tip, 'Durability', () => `${formatHex(tip)} was shown and is lost`);
    for (const zxid of [...this.txns.keys()]) {
      if (zxid <= lastZxid) continue;
      this.txns.delete(zxid);
      this.previous.delete(zxid);
      this.digests.delete(zxid);
    }
  }

  /** ReplayIdempotence. It leaves the database as it was, or a violation. */
  private checkReplay(server: SimulatedServer, { database, recent }: Recovered): void {
    const { lastZxid } = database;
    const before = `${database.tree.digest} ${[...database.sessions]}`;
    for (const { bytes } of recent) database.apply(decodeTxn(bytes));
    database.lastZxid = lastZxid;
    this.violations.expect(`${database.tree.digest} ${[...database.sessions]}` === before, 'ReplayIdempotence', () => {
      return `s${server.sid}: the last ${recent.length} transactions up to ${formatHex(lastZxid)} twice are not as once`;
    });
  }

  truncated(server: SimulatedServer, recovered: Recovered): void {
    const seen = this.seen.get(server);
    if (seen !== undefined) seen.lastLogged = this.resolve(recovered.database.lastZxid);
  }

  refused(sid: number, error: RecoveryError): void {
    this.violations.add('Recoverability', `s${sid}: ${error.message}`);
  }

  output(server: SimulatedServer, output: Output): void {
    if (output.kind === 'fatal') {
      this.violations.add('Fatal', `s${server.sid}: ${output.reason}`);
      return;
    }
    const seen = this.seen.get(server);
    if (seen === undefined) return;
    switch (output.kind) {
      case 'log':
        if (output.level === 'warn') this.warned(server, output.message);
        return;
      case 'connectLeader':
        seen.leader = output.sid;
        return;
      case 'sendPacket':
        if (output.packet.type === PacketType.ACK && counterOf(output.packet.zxid) === 0)
          this.acknowledgesLeader(server, seen, epochOf(output.packet.zxid));
        return;
      case 'truncate':
        this.forgets(server, seen, this.resolve(output.zxid), 'cuts its log back to');
        return;
      case 'persist':
        this.persists(server, seen, output.write);
        return;
      default:
        return;
    }
  }

  private warned(server: SimulatedServer, message: string): void {
    if (message.startsWith('the tree differs')) this.violations.add('StateEquality', `s${server.sid}: ${message}`);
    const illegal = /^the peer does not keep to the protocol: (.*)/.exec(message)?.[1];
    if (illegal !== undefined && !BENIGN.some((pattern) => pattern.test(illegal)))
      this.violations.add('MessageLegal', `s${server.sid}: ${illegal}`);
  }

  private persists(server: SimulatedServer, seen: Seen, write: Write): void {
    switch (write.kind) {
      case 'installSnapshot': {
        const zxid = this.resolve(write.snapshot.zxid);
        this.forgets(server, seen, zxid, 'replaces its log by a snapshot of');
        seen.lastLogged = zxid;
        return;
      }
      case 'append': {
        const { zxid, bytes } = write.txn;
        // A leader may propose and resign in one step.
        const isPrimary = this.standalone || seen.leading || server.server.peerState === 'LEADING';
        if (isPrimary) this.proposed(server, seen, zxid);
        this.logged(server, isPrimary, seen.lastLogged, zxid, bytes);
        seen.lastLogged = zxid;
        return;
      }
      case 'currentEpoch':
        if (server.server.peerState === 'LEADING') this.entersEpoch(server, seen, write.epoch);
        return;
      default:
        return;
    }
  }

  /** Leadership and LeaderLogCompleteness, from the moment that a quorum has accepted a leader's epoch. */
  private entersEpoch(server: SimulatedServer, seen: Seen, epoch: number): void {
    this.leads(server, epoch);
    seen.lastProposed = null;
    this.checkComplete(server, seen.lastLogged, epoch);
  }

  /** LocalPrimaryOrder and PrimaryIntegrity. */
  private proposed(server: SimulatedServer, seen: Seen, zxid: Zxid): void {
    if (this.standalone) return;
    const { epoch } = server.server;
    if (seen.lastProposed === null || epochOf(seen.lastProposed) !== epoch) {
      const applied = this.resolve(server.server.database.lastZxid);
      const tip = this.committed.findLast((each) => epochOf(each) < epoch) ?? 0n;
      this.violations.expect(applied === null || this.reaches(applied, tip), 'PrimaryIntegrity', () => {
        return `s${server.sid} proposes ${formatHex(zxid)} with ${formatHex(applied ?? 0n)} applied of ${formatHex(tip)}`;
      });
    }
    const expected = makeZxid(epoch, seen.lastProposed === null ? 1 : counterOf(seen.lastProposed) + 1);
    this.violations.expect(zxid === expected, 'LocalPrimaryOrder', () => {
      return `s${server.sid} proposes ${formatHex(zxid)} where ${formatHex(expected)} is next`;
    });
    seen.lastProposed = zxid;
  }

  /** ProcessConsistency: a follower that acknowledges its leader has no transaction that the leader does not have. */
  private acknowledgesLeader(server: SimulatedServer, seen: Seen, epoch: number): void {
    const leader = seen.leader === null ? undefined : this.bySid.get(seen.leader);
    const there = leader === undefined ? undefined : this.seen.get(leader);
    if (leader === undefined || there === undefined || seen.lastLogged === null || there.lastLogged === null) return;
    if (leader.server.peerState !== 'LEADING' || leader.server.epoch !== epoch) return;
    if (this.reaches(there.lastLogged, seen.lastLogged)) return;
    const detail = `${formatHex(seen.lastLogged)} of epoch ${epoch}, and its leader's ${formatHex(there.lastLogged)} does not`;
    this.violations.add('ProcessConsistency', `s${server.sid}'s log leads to ${detail}`);
  }

  /**
   * CommittedLogDurability: what leaves a server's log is not committed, or a quorum has it without this server (a follower
   * that comes back to its leader is cut back to what that had committed when it came, and sent the rest again). `to` null:
   * not known by a zxid of its own.
   */
  private forgets(server: SimulatedServer, seen: Seen, to: Zxid | null, how: string): void {
    let lost: Zxid | undefined = seen.lastLogged ?? undefined;
    while (lost !== undefined && !this.committedAt.has(lost)) lost = this.previous.get(lost);
    if (lost === undefined || to === null || this.reaches(to, lost) || this.hasQuorum?.(lost, server.sid) !== false)
      return;
    const detail = `s${server.sid} ${how} ${formatHex(to)} and loses the committed ${formatHex(lost)}`;
    this.violations.add('CommittedLogDurability', detail);
  }

  /** Integrity: one zxid, one transaction, of one primary. LogContiguity: the same one before it, on every server. */
  private logged(
    server: SimulatedServer,
    isPrimary: boolean,
    before: Zxid | null,
    zxid: Zxid,
    bytes: Uint8Array,
  ): void {
    const known = this.txns.get(zxid);
    if (known === undefined) {
      this.violations.expect(
        isPrimary && (this.standalone || epochOf(zxid) === server.server.epoch),
        'Integrity',
        () => {
          return `s${server.sid} logs ${formatHex(zxid)}, which no primary has proposed`;
        },
      );
      this.txns.set(zxid, bytes);
    } else if (known !== bytes && !sameBytes(known, bytes)) {
      this.violations.add('Integrity', `s${server.sid} logs another transaction ${formatHex(zxid)} than others do`);
    }
    if (before === null) return;
    this.violations.expect(epochOf(before) <= epochOf(zxid) && before < zxid, 'GlobalPrimaryOrder', () => {
      return `s${server.sid} logs ${formatHex(zxid)} behind ${formatHex(before)}`;
    });
    const knownBefore = this.previous.get(zxid);
    if (knownBefore === undefined) this.previous.set(zxid, before);
    else if (knownBefore !== before) {
      const detail = `${formatHex(zxid)} behind ${formatHex(before)}, others behind ${formatHex(knownBefore)}`;
      this.violations.add('LogContiguity', `s${server.sid} logs ${detail}`);
    }
  }

  stepped(server: SimulatedServer): void {
    const seen = this.seen.get(server);
    if (seen === undefined) return;
    const { server: machine } = server;
    const { serving } = machine;
    const zxid = machine.database.lastZxid;
    if (zxid !== seen.lastApplied) {
      this.checkDigest(server);
      const isStart = counterOf(zxid) === 0 && machine.peerState === 'LEADING';
      if (isStart && seen.lastLogged !== null) this.epochStarts.set(zxid, seen.lastLogged);
    }
    this.violations.expect(!serving || !seen.serving || zxid >= seen.lastApplied, 'CommittedLogMonotonicity', () => {
      return `s${server.sid} shows ${formatHex(zxid)} behind ${formatHex(seen.lastApplied)}`;
    });
    if (serving && (zxid !== seen.lastApplied || !seen.serving)) {
      this.show(server, zxid);
      if (machine.peerState === 'LEADING' && !seen.serving) this.checkLeader(server, seen.lastLogged);
    }
    seen.lastApplied = zxid;
    seen.serving = serving;
    seen.leading = machine.peerState === 'LEADING';
  }

  /** StateEquality: one zxid, one tree. */
  private checkDigest(server: SimulatedServer): void {
    const { database } = server.server;
    const digest = database.tree.digest;
    const known = this.digests.get(database.lastZxid);
    if (known === undefined) {
      this.digests.set(database.lastZxid, digest);
      this.checkEphemerals(server);
    } else if (known !== digest) {
      this.violations.add(
        'StateEquality',
        `s${server.sid} has another tree at ${formatHex(database.lastZxid)} than others`,
      );
    }
  }

  /** EphemeralConsistency: an ephemeral exists as long as its session; so the transaction that ends one takes all of them. */
  private checkEphemerals(server: SimulatedServer): void {
    const { tree, sessions, lastZxid } = server.server.database;
    for (const sessionId of tree.ephemeralOwners()) {
      this.violations.expect(sessions.has(sessionId), 'EphemeralConsistency', () => {
        return `s${server.sid} has ephemerals of session ${formatHex(sessionId)} at ${formatHex(lastZxid)}, which is over`;
      });
    }
  }

  /** Leadership: one leader an epoch. LeaderLogCompleteness: it has all that was committed. */
  private checkLeader(server: SimulatedServer, lastLogged: Zxid | null): void {
    const { epoch } = server.server;
    this.leads(server, epoch);
    this.checkComplete(server, lastLogged, epoch);
  }

  private leads(server: SimulatedServer, epoch: number): void {
    const other = this.leaders.get(epoch);
    if (other !== undefined && other !== server.sid) {
      this.violations.add('Leadership', `s${server.sid} and s${other} both lead epoch ${epoch}`);
    }
    this.leaders.set(epoch, server.sid);
  }

  private checkComplete(server: SimulatedServer, lastLogged: Zxid | null, epoch: number): void {
    const tip = this.committed.findLast((each) => epochOf(each) < epoch);
    if (tip === undefined || lastLogged === null || this.reaches(lastLogged, tip)) return;
    const detail = `s${server.sid} leads epoch ${epoch} from ${formatHex(lastLogged)} without ${formatHex(tip)}`;
    this.violations.add('LeaderLogCompleteness', detail);
  }

  private reaches(from: Zxid, target: Zxid): boolean {
    let zxid: Zxid | undefined = from;
    while (zxid !== undefined && zxid > target) zxid = this.previous.get(zxid);
    return zxid === target;
  }

  /**
   * A serving server shows its clients a state: all of it must be committed. PrefixConsistency and TotalOrder: what is
   * shown is part of one sequence. CommittedLogDurability: nothing that was shown is ever missing from it again.
   */
  show(server: SimulatedServer, zxid: Zxid): void {
    const tip = this.committed.at(-1) ?? 0n;
    // The first zxid of an epoch is no transaction: it stands for whatever came before it.
    if (counterOf(zxid) === 0) return;
    if (zxid <= tip) {
      if (!this.committedAt.has(zxid)) {
        this.violations.add(
          'PrefixConsistency',
          `s${server.sid} shows ${formatHex(zxid)}, which ${formatHex(tip)} does not follow from`,
        );
      }
      return;
    }
    const fresh: Zxid[] = [];
    let at: Zxid | undefined = zxid;
    while (at !== undefined && at > tip) {
      fresh.push(at);
      at = this.previous.get(at);
    }
    if (at !== tip) {
      const detail = `s${server.sid} shows ${formatHex(zxid)}, which does not follow from the committed ${formatHex(tip)}`;
      this.violations.add('CommittedLogDurability', detail);
    }
    this.violations.expect(
      fresh.length === 0 || this.hasQuorum?.(zxid, null) !== false,
      'CommittedLogDurability',
      () => {
        return `s${server.sid} shows ${formatHex(zxid)}, which no quorum has on its disks`;
      },
    );
    for (const next of fresh.reverse()) {
      this.committedAt.set(next, this.committed.length);
      this.committed.push(next);
    }
  }

  /** The transaction that a zxid stands for: the first zxid of an epoch stands for the last one before it. Null: unknown. */
  resolve(zxid: Zxid): Zxid | null {
    if (zxid === 0n || counterOf(zxid) !== 0) return zxid;
    return this.epochStarts.get(zxid) ?? null;
  }

  /** Whether a transaction is part of the committed history. */
  isCommitted(zxid: Zxid): boolean {
    return this.committedAt.has(zxid);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
