import { assert } from '@vivarium/shared/assert';
import { formatHex } from '@vivarium/shared/zxid';
import type { PendingTxn } from '../history.ts';
import type { ClientId, LinkId } from '../io.ts';
import type { Configuration } from '../membership/configuration.ts';
import type { Membership } from '../membership/membership.ts';
import { ProtocolError } from '../role.ts';

/** Who asked for a sync: a learner for one of its clients, by its link, or a client of the leader's own. */
export type SyncAsker = LinkId | { readonly client: ClientId };

/** A transaction on its way to a quorum. */
export interface Proposal {
  readonly txn: PendingTxn;
  /** Who has it on disk; each server once. */
  readonly acks: number[];
  /** Syncs that were asked for while this was the last proposal. */
  readonly syncs: SyncAsker[];
}

/** What a leader has proposed and not committed yet, in its order (Java `Leader.outstandingProposals`). */
export class Proposals {
  private readonly membership: Membership;
  private readonly outstanding: Proposal[] = [];

  constructor(membership: Membership) {
    this.membership = membership;
  }

  get count(): number {
    return this.outstanding.length;
  }

  /** Syncs that wait for a commit. */
  get pendingSyncs(): number {
    return this.outstanding.reduce((count, { syncs }) => count + syncs.length, 0);
  }

  /** The transactions, the oldest first. */
  txns(): PendingTxn[] {
    return this.outstanding.map(({ txn }) => txn);
  }

  add(txn: PendingTxn): void {
    this.outstanding.push({ txn, acks: [], syncs: [] });
  }

  /**
   * A server is told to cut off what it has beyond the last commit, and is sent it anew: it must acknowledge it anew as well,
   * or else a proposal would be committed that one disk of the quorum has just forgotten.
   */
  forgetAcks(sid: number): void {
    for (const { acks } of this.outstanding) {
      const at = acks.indexOf(sid);
      if (at >= 0) acks.splice(at, 1);
    }
  }

  /**
   * Notes that a server has a transaction on its disk; false where it is committed already. Throws `ProtocolError` where it
   * was never proposed.
   */
  acknowledge(sid: number, zxid: bigint): boolean {
    const [first] = this.outstanding;
    if (first === undefined || zxid < first.txn.logged.zxid) return false;
    // Within an epoch zxids have no gaps, so a proposal's place follows from its zxid.
    const proposal = this.outstanding[Number(zxid - first.txn.logged.zxid)];
    if (proposal === undefined)
      throw new ProtocolError(`server ${sid} acknowledges ${formatHex(zxid)}, which was not proposed`);
    assert(proposal.txn.logged.zxid === zxid, 'outstanding proposals have consecutive zxids');
    if (!proposal.acks.includes(sid)) proposal.acks.push(sid);
    return true;
  }

  /** The oldest proposal; there has to be one. */
  get first(): Proposal {
    const [first] = this.outstanding;
    assert(first !== undefined, 'something is proposed');
    return first;
  }

  /** The oldest proposal, if enough servers have it for a commit. */
  accepted(): Proposal | null {
    const [first] = this.outstanding;
    return first !== undefined && this.isAccepted(first) ? first : null;
  }

  /** A reconfiguration, and whatever is behind it, needs a quorum of both configurations. */
  private isAccepted(proposal: Proposal): boolean {
    const { pending } = this.membership;
    const before = pending === null || proposal.txn.logged.zxid < pending.version;
    return before ? this.membership.isCommittedQuorum(proposal.acks) : this.membership.isQuorum(proposal.acks);
  }

  /** Takes away the oldest proposal, which is to be committed. */
  takeFirst(): Proposal {
    const { first } = this;
    this.outstanding.shift();
    return first;
  }

  /** A sync is through once everything that was proposed before it is committed; false where nothing is outstanding. */
  awaitSync(asker: SyncAsker): boolean {
    const last = this.outstanding.at(-1);
    last?.syncs.push(asker);
    return last !== undefined;
  }

  /**
   * The leader of the configuration that the oldest proposal makes: this server if it votes there, else the one that has
   * acknowledged the most of what was proposed, so that little is dropped (Java `Leader.getDesignatedLeader`).
   */
  designate(configuration: Configuration, leaderSid: number): number {
    const reconfiguration = this.first;
    assert(reconfiguration.txn.logged.zxid === configuration.version, 'a reconfiguration is committed in its turn');
    const voters = configuration.members.filter(({ role }) => role === 'participant').map(({ sid }) => sid);
    const weighs = (sid: number): boolean => (configuration.groups?.weights.get(sid) ?? 1) > 0;
    if (voters.includes(leaderSid) && weighs(leaderSid)) return leaderSid;
    const count = (sid: number): number => this.outstanding.filter(({ acks }) => acks.includes(sid)).length;
    const candidates = reconfiguration.acks.filter((sid) => voters.includes(sid) && weighs(sid));
    const best = candidates.sort((a, b) => count(b) - count(a) || b - a)[0];
    assert(best !== undefined, 'a quorum of the new configuration has acknowledged it');
    return best;
  }
}
