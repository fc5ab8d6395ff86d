/**
 * Holds what the servers log, apply and show against one another, step by step. A zxid belongs to one leader of one epoch,
 * so it stands for one transaction and for one history up to it; from this the invariants of ZAB follow as equalities
 * (names as in Junqueira, Reed and Serafini, "Zab", 2011, and the TLA+ of ZooKeeper).
 */
import { counterOf, epochOf, formatHex, type Zxid } from '@vivarium/shared/zxid';
import type { Output, Recovered } from '../core/io.ts';
import type { RecoveryError } from '../storage/recovery-error.ts';
import type { SimulatedServer } from './simulated-server.ts';
import type { Violations } from './violations.ts';

/** What is remembered of one life of a server. */
interface Seen {
  /** The last transaction in the log, or null where it is not known by a zxid of its own. */
  lastLogged: Zxid | null;
  lastApplied: Zxid;
  serving: boolean;
}

export class HistoryChecker {
  /** Every transaction that any server has logged. */
  readonly txns = new Map<Zxid, Uint8Array>();
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

  started(server: SimulatedServer, recovered: Recovered): void {
    if (this.standalone) this.forgetLost(recovered.database.lastZxid);
    this.seen.set(server, { lastLogged: this.resolve(recovered.database.lastZxid), lastApplied: -1n, serving: false });
    this.checkDigest(server);
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
    if (output.kind === 'log' && output.level === 'warn' && output.message.startsWith('the tree differs')) {
      this.violations.add('StateEquality', `s${server.sid}: ${output.message}`);
      return;
    }
    if (output.kind !== 'persist') return;
    const seen = this.seen.get(server);
    if (seen === undefined) return;
    const { write } = output;
    if (write.kind === 'installSnapshot') seen.lastLogged = this.resolve(write.snapshot.zxid);
    if (write.kind === 'append') {
      this.logged(server, seen.lastLogged, write.txn.zxid, write.txn.bytes);
      seen.lastLogged = write.txn.zxid;
    }
  }

  /** Integrity: one zxid, one transaction. LogContiguity: the same one before it, on every server. */
  private logged(server: SimulatedServer, before: Zxid | null, zxid: Zxid, bytes: Uint8Array): void {
    const known = this.txns.get(zxid);
    if (known === undefined) this.txns.set(zxid, bytes);
    else if (!sameBytes(known, bytes)) {
      this.violations.add('Integrity', `s${server.sid} logs another transaction ${formatHex(zxid)} than others do`);
    }
    if (before === null) return;
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
    if (serving && (zxid !== seen.lastApplied || !seen.serving)) {
      this.show(server, zxid);
      if (machine.peerState === 'LEADING' && !seen.serving) this.checkLeader(server, seen.lastLogged);
    }
    seen.lastApplied = zxid;
    seen.serving = serving;
  }

  /** StateEquality: one zxid, one tree. */
  private checkDigest(server: SimulatedServer): void {
    const { database } = server.server;
    const digest = database.tree.digest;
    const known = this.digests.get(database.lastZxid);
    if (known === undefined) this.digests.set(database.lastZxid, digest);
    else if (known !== digest) {
      this.violations.add(
        'StateEquality',
        `s${server.sid} has another tree at ${formatHex(database.lastZxid)} than others`,
      );
    }
  }

  /** Leadership: one leader an epoch. LeaderLogCompleteness: it has all that was committed. */
  private checkLeader(server: SimulatedServer, lastLogged: Zxid | null): void {
    const { epoch } = server.server;
    const other = this.leaders.get(epoch);
    if (other !== undefined && other !== server.sid) {
      this.violations.add('Leadership', `s${server.sid} and s${other} both lead epoch ${epoch}`);
    }
    this.leaders.set(epoch, server.sid);
    const tip = this.committed.at(-1);
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
