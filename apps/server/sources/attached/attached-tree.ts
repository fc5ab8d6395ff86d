/** The tree of an attached cluster in memory, and the transactions that its observer is told of, kept on disk. */
import path from 'node:path';
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import type { Id } from '@vivarium/shared/acl';
import type { AttachedInfo, WayReason } from '@vivarium/shared/contract/source';
import { Mirror } from '../../mirror/mirror.ts';
import type { MirrorDigest, MirrorExtremes, MirrorState } from '../../mirror/mirror-messages.ts';
import { ClusterTransactions } from '../../transactions/cluster-transactions.ts';
import type { TransactionBatch } from '../../transactions/committed-transaction.ts';
import { type StoreNotice, TransactionStore } from '../../transactions/transaction-store.ts';
import { MirrorReads } from '../../znodes/mirror-reads.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import { quorumFiles } from './secrets.ts';

export interface TreeEvents {
  state(state: MirrorState): void;
  transactions(batch: TransactionBatch): void;
  failed(sid: number | null, reason: WayReason): void;
  /** There is a whole tree now, or none any more. */
  readsChanged(): void;
  digest(digest: MirrorDigest): void;
  extremes(extremes: MirrorExtremes): void;
  notice(notice: StoreNotice): void;
  addressOf(session: bigint): string | null;
}

/** How often the mirror is asked for what it computes. */
const DIGEST_MS = 5_000;
const EXTREMES_MS = 60_000;
const FIRST_EXTREMES_MS = 5_000;

export class AttachedTree {
  /** Null where none are kept. */
  readonly transactions: ClusterTransactions | null;
  private readonly definition: ClusterDefinition;
  private readonly directory: string;
  private readonly chroot: string;
  private readonly events: TreeEvents;
  private readonly store: TransactionStore | null;
  private current: Mirror | null = null;
  private reads: MirrorReads | null = null;
  private state: MirrorState | null = null;
  private heardMs = 0;
  private identities: readonly Id[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private firstTimer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(definition: ClusterDefinition, directory: string, chroot: string, events: TreeEvents) {
    this.definition = definition;
    this.directory = directory;
    this.chroot = chroot;
    this.events = events;
    const { maxAgeMs, maxBytes } = definition.transactions;
    this.store =
      maxBytes === 0 || !definition.ways.observer
        ? null
        : new TransactionStore({
            file: path.join(directory, 'transactions', `${definition.id}.sqlite`),
            limits: { ageMs: maxAgeMs, bytes: maxBytes },
            addressOf: (session) => events.addressOf(session),
            notice: (notice) => events.notice(notice),
          });
    this.transactions =
      this.store === null ? null : new ClusterTransactions(this.store, (paths) => this.mayRead(paths));
  }

  /** The mirror, once its tree is whole. */
  get mirror(): Mirror | null {
    return this.state === null || this.state.content === 'loading' ? null : this.current;
  }

  /** What requests are answered from while it follows the leader; null: ask the cluster. */
  get mirrorReads(): MirrorReads | null {
    return this.reads;
  }

  /** How it stands; null while there is none. */
  get info(): AttachedInfo['mirror'] {
    if (this.state === null) return null;
    const { content, znodes, bytes } = this.state;
    return { state: content, znodes, bytes };
  }

  /** Where the servers' ports are; the observer begins when it knows of one. */
  setMembers(members: readonly AttachedMember[]): void {
    if (this.closed || !this.definition.ways.observer) return;
    if (this.current !== null) this.current.setMembers(members);
    else if (members.length > 0) this.begin(members);
  }

  setIdentities(identities: readonly Id[]): void {
    this.identities = identities;
    this.current?.setIdentities(identities);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
    if (this.firstTimer !== null) clearTimeout(this.firstTimer);
    await this.current?.close();
    await this.store?.close();
  }

  private begin(members: readonly AttachedMember[]): void {
    const { mirror } = this.definition;
    const tls = quorumFiles(this.definition, this.directory);
    const options = { members, tls, root: this.chroot, ...mirror, identities: this.identities };
    this.current = new Mirror(options, {
      state: (state) => this.changed(state),
      transactions: (batch) => {
        this.heardMs = Date.now();
        this.store?.add(batch);
        this.events.transactions(batch);
      },
      failed: (sid, reason) => this.events.failed(sid, reason),
    });
    this.timers.push(
      setInterval(() => void this.askDigest(), DIGEST_MS),
      setInterval(() => void this.askExtremes(), EXTREMES_MS),
    );
  }

  private changed(state: MirrorState): void {
    const { current } = this;
    const wasLoading = this.state === null || this.state.content === 'loading';
    this.state = state;
    this.heardMs = Date.now();
    this.events.state(state);
    const isWhole = state.link.kind === 'following' && state.content !== 'loading';
    if (wasLoading && state.content !== 'loading') {
      this.firstTimer ??= setTimeout(() => void this.askExtremes(), FIRST_EXTREMES_MS);
    }
    if (isWhole === (this.reads !== null)) return;
    // A leader that is not heard any more is followed no longer.
    this.reads = isWhole && current !== null ? new MirrorReads(current, () => this.asOfMs) : null;
    this.events.readsChanged();
  }

  private get asOfMs(): number {
    return this.state?.link.kind === 'following' ? Date.now() : this.heardMs;
  }

  private async askDigest(): Promise<void> {
    const { mirror } = this;
    if (mirror === null || this.reads === null) return;
    const digest = await mirror.ask('digest', null).catch(() => null);
    if (digest !== null) this.events.digest(digest);
  }

  private async askExtremes(): Promise<void> {
    const { mirror } = this;
    if (mirror === null) return;
    const extremes = await mirror.ask('extremes', null).catch(() => null);
    if (extremes !== null) this.events.extremes(extremes);
  }

  private mayRead(paths: readonly string[]): Promise<readonly (boolean | null)[]> {
    const { mirror } = this;
    return mirror === null ? Promise.resolve(paths.map(() => null)) : mirror.ask('mayRead', { paths });
  }
}
