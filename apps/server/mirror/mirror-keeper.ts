/** What the mirror's thread does with what its observer tells and its host asks. */
import type { ObserverState } from '@vivarium/ensemble/attached/observer-events';
import type { Database } from '@vivarium/ensemble/core/database';
import { statOf } from '@vivarium/ensemble/core/tree/znode';
import type { Id } from '@vivarium/shared/acl';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { TxnRecord } from '@vivarium/wire/txn';
import { Bodies } from './bodies.ts';
import { extremesOf } from './extremes.ts';
import { IndexedTree } from './indexed-tree.ts';
import { Journal } from './journal.ts';
import type {
  MirrorAnswered,
  MirrorFault,
  MirrorOptions,
  MirrorQuestion,
  MirrorQuestions,
  MirrorReport,
  MirrorState,
} from './mirror-messages.ts';
import { search } from './search.ts';
import { clusterPath, normalRoot } from './shown-path.ts';
import { KnownLargest, subtreeMap } from './subtree-map.ts';
import { Turns } from './turns.ts';
import { Visibility } from './visibility.ts';
import { WriteRates } from './write-rates.ts';

/** Searches and the like that may be under way at once. */
const MAX_JOBS = 16;
/** Batches on their way to who keeps them. */
const MAX_UNTAKEN = 8;
/** Transactions are gathered for so long. */
const BATCH_MS = 10;
const STATE_MS = 1_000;

/** What the keeper is given of the outside. */
export interface KeeperParts {
  /** `buffers` go with it. */
  report(report: MirrorReport, buffers?: readonly ArrayBuffer[]): void;
  /** The tree is too large: the observer is to leave. */
  tooLarge(): void;
  /** ms since 1970. */
  now(): number;
}

/** A question that cannot be answered. */
class Refusal extends Error {
  readonly fault: MirrorFault;

  constructor(fault: MirrorFault) {
    super(fault);
    this.fault = fault;
  }
}

export class MirrorKeeper {
  private readonly options: MirrorOptions;
  private readonly parts: KeeperParts;
  private readonly root: string;
  private readonly turns = new Turns();
  private readonly journal: Journal;
  private readonly rates: WriteRates;
  private readonly largest = new KnownLargest();
  private identities: readonly Id[];
  private indexed: IndexedTree | null = null;
  /** Of a snapshot that is coming. */
  private coming: Bodies | null = null;
  private link: MirrorState['link'] = { kind: 'looking' };
  private isTidying = false;
  private untaken = 0;
  private batchTimer: NodeJS.Timeout | undefined;
  private stateTimer: NodeJS.Timeout | undefined;
  private lastContent: MirrorState['content'] = 'loading';

  constructor(options: MirrorOptions, parts: KeeperParts) {
    this.options = options;
    this.parts = parts;
    this.root = normalRoot(options.root);
    this.identities = options.identities;
    this.journal = new Journal(this.root, () => parts.now());
    this.rates = new WriteRates(parts.now());
  }

  setIdentities(identities: readonly Id[]): void {
    this.identities = identities;
    this.largest.clear();
  }

  /** The observer's `keepBody`. */
  keepBody(path: string, data: Uint8Array): Uint8Array {
    this.coming ??= new Bodies(this.options.maxBytes);
    return this.coming.keep(path, data);
  }

  state(state: ObserverState): void {
    if (state.kind === 'looking') this.coming = null;
    this.link = state.kind === 'synchronising' ? { kind: 'synchronising', leader: state.leader } : state;
    this.tellState();
  }

  installed(database: Database): void {
    const bodies = this.coming ?? new Bodies(this.options.maxBytes);
    this.coming = null;
    this.indexed = new IndexedTree(database, bodies);
    this.largest.clear();
    this.journal.installed(database.lastZxid);
    this.handOverSoon();
    this.tidy();
    this.tellState();
  }

  applying(record: TxnRecord, database: Database): void {
    if (this.indexed === null) return;
    this.journal.applying(record, database, this.indexed.bodies, this.identities);
    this.indexed.applying(record);
  }

  applied(database: Database): void {
    if (this.indexed === null) return;
    const nowMs = this.parts.now();
    for (const path of this.indexed.applied()) this.rates.wrote(path, nowMs);
    this.journal.applied(database, this.identities);
    this.handOverSoon();
    this.tidy();
    this.tellStateSoon();
    if (database.tree.nodeCount > this.options.maxZnodes) this.failed(null, tooLarge(this.options.maxZnodes));
  }

  failed(sid: number | null, reason: WayReason): void {
    this.parts.report({ kind: 'failed', sid, reason });
    if (reason.code !== 'tooLarge') return;
    // To try again would have the leader send it all again.
    this.indexed = null;
    this.parts.tooLarge();
    this.tellState();
  }

  /** A batch of transactions has been taken. */
  taken(): void {
    this.untaken--;
    this.handOverSoon();
  }

  close(): void {
    clearTimeout(this.batchTimer);
    clearTimeout(this.stateTimer);
  }

  /** Answers as soon as it is known; reports a `fault` where it cannot. */
  ask(id: number, question: MirrorQuestion): void {
    this.answer(question).then(
      (answer) => this.parts.report({ kind: 'answer', id, answer }),
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        this.parts.report({ kind: 'fault', id, fault: error.fault });
      },
    );
  }

  private async answer({ kind, asked }: MirrorQuestion): Promise<MirrorAnswered> {
    const { indexed } = this;
    if (indexed === null) throw new Refusal('empty');
    const searcher = { identities: this.identities, root: this.root };
    switch (kind) {
      case 'digest':
        return { zxid: indexed.database.lastZxid, digest: indexed.bodies.dropped ? null : indexed.tree.digest };
      case 'read':
        return this.read(indexed, asked.path);
      case 'children':
        return this.children(indexed, asked);
      case 'mayRead':
        return this.mayRead(indexed, asked.paths);
      case 'search':
        return this.long(search(indexed, asked, searcher, () => performance.now()));
      case 'extremes':
        return this.long(extremesOf(indexed, searcher));
      case 'subtree': {
        const map = await this.long(subtreeMap(indexed, this.rates, this.largest, asked, searcher, this.parts.now()));
        if (typeof map === 'string') throw new Refusal(map);
        return map;
      }
    }
  }

  private long<T>(job: Generator<null, T>): Promise<T> {
    if (this.turns.count >= MAX_JOBS) throw new Refusal('busy');
    return this.turns.run(job);
  }

  private read({ tree, bodies }: IndexedTree, shown: string): MirrorQuestions['read']['answered'] {
    const node = tree.get(clusterPath(shown, this.root));
    if (node === undefined) throw new Refusal('noNode');
    const visibility = new Visibility(tree, this.identities, this.root);
    if (!visibility.reads(node)) throw new Refusal('noAuth');
    if (node.data !== null && bodies.isStandIn(node.data)) throw new Refusal('bodyDropped');
    // A copy: what is sent takes the whole buffer with it that it lies in.
    return { data: node.data?.slice() ?? null, stat: statOf(node), acl: visibility.aclOf(node) };
  }

  private children(
    { tree, children }: IndexedTree,
    { path: shown, page }: MirrorQuestions['children']['asked'],
  ): MirrorQuestions['children']['answered'] {
    const path = clusterPath(shown, this.root);
    const node = tree.get(path);
    if (node === undefined) throw new Refusal('noNode');
    const visibility = new Visibility(tree, this.identities, this.root);
    if (!visibility.reads(node)) throw new Refusal('noAuth');
    const names = children.of(path, node.children);
    const prefix = path === '/' ? '' : path;
    const chosen = names.slice(page.offset, page.offset + page.limit).map((name) => {
      const child = page.stat ? tree.get(`${prefix}/${name}`) : undefined;
      return { name, stat: child !== undefined && visibility.reads(child) ? statOf(child) : null };
    });
    return { stat: statOf(node), total: names.length, children: chosen };
  }

  private mayRead({ tree }: IndexedTree, paths: readonly string[]): readonly (boolean | null)[] {
    const visibility = new Visibility(tree, this.identities, this.root);
    return paths.map((shown) => {
      const node = tree.get(clusterPath(shown, this.root));
      return node === undefined ? null : visibility.reads(node);
    });
  }

  /** Does what can wait, until there is nothing left. */
  private tidy(): void {
    if (this.isTidying || this.indexed === null || !this.indexed.tidy()) return;
    this.isTidying = true;
    void this.turns.run(this.tidying(this.indexed)).then(() => {
      this.isTidying = false;
      if (this.content() !== this.lastContent) this.tellState();
      this.tidy();
    });
  }

  private *tidying(indexed: IndexedTree): Generator<null, void> {
    do yield null;
    while (indexed === this.indexed && indexed.tidy());
  }

  private handOverSoon(): void {
    if (this.batchTimer === undefined) this.batchTimer = setTimeout(() => this.handOver(), BATCH_MS);
  }

  private handOver(): void {
    this.batchTimer = undefined;
    while (this.untaken < MAX_UNTAKEN) {
      const handover = this.journal.take();
      if (handover === null) return;
      this.untaken++;
      this.parts.report({ kind: 'transactions', batch: handover.batch }, handover.buffers);
    }
  }

  private content(): MirrorState['content'] {
    if (this.indexed === null) return 'loading';
    if (this.indexed.bodies.dropped) return 'structureOnly';
    return this.indexed.indexed ? 'complete' : 'loading';
  }

  private tellStateSoon(): void {
    this.stateTimer ??= setTimeout(() => this.tellState(), STATE_MS);
  }

  private tellState(): void {
    clearTimeout(this.stateTimer);
    this.stateTimer = undefined;
    this.lastContent = this.content();
    const { indexed } = this;
    const root = indexed?.tree.get(this.root);
    const below = indexed?.sums.below(this.root);
    this.parts.report({
      kind: 'state',
      state: {
        link: this.link,
        content: this.lastContent,
        znodes: root === undefined ? 0 : (below?.znodes ?? 0) + 1,
        bytes: (below?.bytes ?? 0) + (root?.data?.length ?? 0),
        zxid: indexed?.database.lastZxid ?? 0n,
      },
    });
  }
}

function tooLarge(limit: number): WayReason {
  return { code: 'tooLarge', params: { limit } };
}
