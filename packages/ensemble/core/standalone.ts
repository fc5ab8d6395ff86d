import { epochOf } from '@vivarium/shared/zxid';
import type { QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { Clients } from './client/clients.ts';
import type { Committer } from './committer.ts';
import type { Epochs } from './epochs.ts';
import type { History } from './history.ts';
import type { ClientId, LinkId } from './io.ts';
import type { AfterWrite, PersistQueue } from './persist-queue.ts';
import { Primary } from './request/primary.ts';
import type { Role, RoleParts, SessionExpiries, Submission } from './role.ts';
import { OWN_CLIENT } from './session/session-tracker.ts';

/** A server alone: what is durable is committed (Java `ZooKeeperServer` without a quorum). */
export class Standalone implements Role {
  readonly peerState = 'LEADING';
  readonly phase = 'BROADCAST';
  readonly leaderSid = null;
  readonly readOnly = false;
  private readonly history: History;
  private readonly clients: Clients;
  private readonly persist: PersistQueue;
  private readonly epochs: Epochs;
  private readonly committer: Committer;
  private readonly primary: Primary;
  private settled = false;
  /** Syncs that wait until the transaction with this zxid is applied. */
  private syncs: { readonly zxid: bigint; readonly client: ClientId }[] = [];

  constructor({ context, history, clients, persist, epochs, committer }: Omit<RoleParts, 'membership'>) {
    this.history = history;
    this.clients = clients;
    this.persist = persist;
    this.epochs = epochs;
    this.committer = committer;
    this.primary = new Primary(context, history);
    // A log may have been read that never reached the disk. Nobody must see what is in it before it has (simulation, seed 51533).
    persist.write({ kind: 'settle' }, { kind: 'settled' });
  }

  get serving(): boolean {
    return this.settled;
  }

  get deadlineMs(): number {
    return this.primary.deadlineMs;
  }

  get sessionCount(): number {
    return this.primary.sessions.count;
  }

  tick(): void {
    for (const own of [...this.primary.expire(), ...this.primary.reap()]) this.submit(own);
  }

  submit(submission: Submission): void {
    const txn = this.primary.order(submission, OWN_CLIENT, null);
    const epoch = epochOf(txn.logged.zxid);
    // Nobody elects another leader: the counter runs over into the epoch, as Apache's does. A start from the disk refuses
    // transactions of an epoch that was not accepted.
    if (epoch > this.epochs.accepted) {
      this.epochs.accept(epoch);
      this.epochs.enter(epoch);
    }
    this.history.append(txn);
    this.persist.write({ kind: 'append', txn: txn.logged }, { kind: 'logged', zxid: txn.logged.zxid });
  }

  persisted(after: AfterWrite): void {
    if (after.kind === 'settled') {
      this.settled = true;
      this.clients.serve(this);
    }
    if (after.kind !== 'logged') return;
    this.primary.applied(this.committer.commit(after.zxid));
    this.history.snapshotIfDue();
    const waiting = this.syncs;
    this.syncs = waiting.filter((sync) => sync.zxid > after.zxid);
    for (const sync of waiting) if (sync.zxid <= after.zxid) this.clients.synced(sync.client);
  }

  submitSync(client: ClientId): void {
    const zxid = this.history.lastLoggedZxid;
    if (this.history.uncommitted.length === 0) this.clients.synced(client);
    else this.syncs.push({ zxid, client });
  }

  touch(sessionId: bigint, timeoutMs: number): void {
    this.primary.touch(sessionId, timeoutMs);
  }

  revalidate(sessionId: bigint, timeoutMs: number): void {
    const alive = this.primary.reattach(sessionId, timeoutMs, OWN_CLIENT);
    this.clients.revalidated(sessionId, alive, this.primary.lastProposed);
  }

  // A standalone server has no links, so nothing of this ever comes.
  packet(_link: LinkId, _packet: QuorumPacket): void {}
  linkProgress(): void {}

  linkClosed(): void {}
  abandon(): void {}
  sidOf(): number {
    return -1;
  }
  handle(): void {}
  end(): void {}

  get expiries(): SessionExpiries {
    return this.primary.sessions.expiries;
  }

  resetStats(): void {}

  describe(): { quorum: null; proposalBytes: null } {
    return { quorum: null, proposalBytes: null };
  }
}
