/** A cluster that somebody else runs, looked at by every way that it opens. */
import path from 'node:path';
import type { Credential } from '@vivarium/client/client-options';
import { parseConnectString, type ServerAddress } from '@vivarium/client/connect-string';
import type { ClientState } from '@vivarium/client/zookeeper-client';
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import type { HeardVote } from '@vivarium/ensemble/attached/election-events';
import { ElectionListener } from '@vivarium/ensemble/attached/election-listener';
import type { PeerTransport } from '@vivarium/ensemble/net/peer-transport';
import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import type { ClusterEvent, ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo, WayReason, WayState } from '@vivarium/shared/contract/source';
import { formatHex } from '@vivarium/shared/zxid';
import { ClusterHealth } from '../../health/cluster-health.ts';
import type { Mirror } from '../../mirror/mirror.ts';
import type { MirrorState } from '../../mirror/mirror-messages.ts';
import { quorumTransport } from '../../mirror/quorum-transport.ts';
import type { ServerSample } from '../../monitor/server-sample.ts';
import type { Recorder } from '../../recording/recorder.ts';
import type { ClusterTransactions } from '../../transactions/cluster-transactions.ts';
import type { TransactionBatch } from '../../transactions/committed-transaction.ts';
import { noticeText } from '../../transactions/notice-text.ts';
import type { MirrorReads } from '../../znodes/mirror-reads.ts';
import type { SeenChange } from '../../znodes/path-watch.ts';
import { Feed } from '../feed.ts';
import type { KeptLimits } from '../kept-events.ts';
import { Listeners } from '../listeners.ts';
import type { Source } from '../source.ts';
import { attachedInfo } from './attached-info.ts';
import { recordPast } from './attached-past.ts';
import { AttachedSession, isConnected, type SessionTarget } from './attached-session.ts';
import { AttachedTree } from './attached-tree.ts';
import { ClientFinder } from './client-finder.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import { DialGuard } from './dial-guard.ts';
import type { HostRule } from './host-rule.ts';
import { identitiesOf } from './identities.ts';
import { MemberBook, peersAmong } from './member-book.ts';
import type { ClusterMember, Membership } from './members.ts';
import { monitorTls, quorumFiles } from './secrets.ts';
import { roleOfMode, ServerStates } from './server-states.ts';
import { SessionBook } from './session-book.ts';
import { sessionTarget } from './session-target.ts';
import { eventsOf } from './transaction-events.ts';
import { Ways } from './ways.ts';

export interface AttachedOptions {
  readonly definition: ClusterDefinition;
  /** What the definition's relative paths are below, and what is kept of the cluster. */
  readonly directory: string;
  /** Which hosts may be dialled; null: all. */
  readonly rule: HostRule | null;
  readonly limits?: KeptLimits;
  log(details: object, message: string): void;
}

/** So long a cluster may take to name its members before those of the connect string are shown. */
const TOLD_MS = 3_000;
/** How often it is said of a session that goes on that its server is there. */
const CONNECTED_MS = 2_000;

export class AttachedSource implements Source {
  readonly id: string;
  readonly definition: ClusterDefinition;
  readonly session: AttachedSession;
  readonly health: ClusterHealth;
  /** Told when requests may be answered from memory, or no longer. */
  onMirrorChanged: () => void = () => {};
  private readonly options: AttachedOptions;
  private readonly guard: DialGuard;
  private readonly feed: Feed;
  private readonly recorder: Recorder | null;
  private readonly infoChanged = new Listeners<null>();
  private readonly ways: Ways;
  private readonly states = new ServerStates((sid, body) => this.emit([[sid, body]]));
  private readonly sessions = new SessionBook((sid, body) => this.emit([[sid, body]]));
  private readonly book: MemberBook;
  private readonly tree: AttachedTree;
  private readonly sequences = new Map<number, number>();
  private readonly versions = new Map<number, string>();
  private readonly finder: ClientFinder;
  private listener: ElectionListener | null = null;
  private credentials: readonly Credential[] = [];
  private reached: ServerAddress | null = null;
  private isReached = false;
  private isReadOnly: boolean;
  private isClosed = false;
  private toldTimer: NodeJS.Timeout | null = null;
  private connectedTimer: NodeJS.Timeout | null = null;

  constructor(options: AttachedOptions) {
    const { definition, rule, limits, directory } = options;
    const { servers, chroot } = parseConnectString(definition.connect);
    this.options = options;
    this.id = definition.id;
    this.definition = definition;
    this.guard = new DialGuard(rule);
    this.feed = new Feed(limits);
    this.isReadOnly = definition.readOnly;
    this.ways = new Ways(definition.ways, () => this.infoChanged.tell(null));
    this.book = new MemberBook(definition, servers, this.guard, {
      event: (sid, body) => this.emit([[sid, body]]),
      dial: (members, membership, refused) => this.dial(members, membership, refused),
    });
    const wordsTls = monitorTls(definition, directory);
    this.finder = new ClientFinder({
      guard: this.guard,
      tls: wordsTls,
      found: (sid, server) => this.book.identify(sid, server),
    });
    this.session = new AttachedSession({
      target: () => this.target(),
      state: (state, server) => this.sessionState(state, server),
      created: (sid, server) => this.book.identify(sid, server),
      failed: (reason) => this.sessionFailed(reason),
      config: (text) => this.configRead(text),
    });
    this.tree = new AttachedTree(definition, directory, chroot, {
      state: (state) => this.mirrorState(state),
      transactions: (batch) => this.committed(batch),
      failed: (_, reason) => this.ways.failed('observer', null, reason),
      readsChanged: () => this.onMirrorChanged(),
      digest: (digest) => this.health.facts.mirrorDigest(digest),
      extremes: (extremes) => this.health.facts.mirrorExtremes(extremes),
      notice: (notice) => options.log({ notice: noticeText(definition.name, notice) }, 'transactions'),
      addressOf: (session) => this.sessions.addressOf(session),
    });
    this.health = new ClusterHealth(
      {
        tls: wordsTls,
        words: definition.ways.words,
        admin: definition.ways.admin,
        ...(definition.adminPort === null ? {} : { adminPort: definition.adminPort }),
      },
      {
        sample: (sample) => this.sampled(sample),
        wayChanged: (way, sid, state) => this.wayChanged(way, sid, state),
        changed: () => this.ways.touch(),
      },
    );
    this.recorder = recordPast(path.join(directory, 'past', this.id), this.feed, () => this.info(), options.log);
  }

  get instance(): string {
    return this.feed.instance;
  }

  /** Whether writes are refused. */
  get readOnly(): boolean {
    return this.isReadOnly;
  }

  get mirror(): Mirror | null {
    return this.tree.mirror;
  }

  /** What requests are answered from; null: ask the cluster. */
  get mirrorReads(): MirrorReads | null {
    return this.tree.mirrorReads;
  }

  get transactions(): ClusterTransactions | undefined {
    return this.tree.transactions ?? undefined;
  }

  /** Begins to look for the cluster by every way. A cluster that is down is found when it comes up. */
  start(): void {
    this.session.start();
    this.toldTimer = setTimeout(() => this.book.assume(), TOLD_MS);
    this.connectedTimer = setInterval(() => {
      this.sessionGoesOn();
      // A leader that is followed pings, whether or not anything is committed.
      if (this.tree.mirrorReads !== null) this.ways.heard('observer');
    }, CONNECTED_MS);
  }

  setReadOnly(readOnly: boolean): void {
    this.isReadOnly = readOnly;
    this.infoChanged.tell(null);
  }

  info(): ClusterInfo {
    const { definition, ways, states, tree, versions, feed, isReadOnly } = this;
    return attachedInfo({ definition, ways, states, tree, versions, kept: feed.kept, readOnly: isReadOnly });
  }

  stateAt(n: number | null): Promise<ClusterState> {
    return this.feed.stateAt(n);
  }

  eventsAfter(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.feed.eventsAfter(after, limit);
  }

  subscribe(listener: (events: readonly FeedEvent[]) => void): () => void {
    return this.feed.subscribe(listener);
  }

  onInfoChanged(listener: () => void): () => void {
    return this.infoChanged.add(listener);
  }

  /** What watches of the session have told. */
  seen(changes: readonly SeenChange[]): void {
    const sid = this.book.sidAt(this.reached) ?? this.anySid();
    this.emit(changes.map(({ type, path }) => [sid, { kind: 'znodeSeen', path, change: type }]));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of [this.toldTimer, this.connectedTimer]) if (timer !== null) clearInterval(timer);
    this.listener?.close();
    this.finder.close();
    this.health.close();
    this.ways.close();
    await Promise.all([this.session.close(), this.tree.close()]);
    await this.recorder?.close();
  }

  private async target(): Promise<SessionTarget> {
    const target = await sessionTarget(this.definition, this.options.directory, this.guard, this.options.log);
    this.credentials = target.credentials ?? [];
    return target;
  }

  private sessionState(state: ClientState, server: ServerAddress | null): void {
    this.isReached = isConnected(state);
    if (this.isReached && server !== null) {
      this.reached = server;
      this.book.setReached(server);
      this.sessionGoesOn();
      void this.findIdentities();
    } else if (state === 'authFailed') {
      this.ways.failed('client', null, { code: 'credentials', params: {} });
    } else if (this.ways.isOpen('client')) {
      this.ways.trying('client');
    }
  }

  private sessionGoesOn(): void {
    if (!this.isReached) return;
    this.ways.heard('client');
    const sid = this.book.sidAt(this.reached);
    if (sid !== null) this.states.heard(sid, 'client', null, machineMs());
  }

  private sessionFailed(reason: WayReason): void {
    if (!this.isReached) this.ways.failed('client', null, reason);
    const { address } = reason.params;
    const [server] = typeof address === 'string' && address !== '' ? parseConnectString(address).servers : [];
    const sid = this.book.sidAt(server ?? null);
    if (sid !== null) this.states.failed(sid, 'client', reason, machineMs());
  }

  private async findIdentities(): Promise<void> {
    const identities = await identitiesOf(this.session.client, this.credentials);
    if (!this.isClosed) this.tree.setIdentities(identities);
  }

  private configRead(text: string | null): void {
    if (text === '') {
      for (const way of ['observer', 'election'] as const)
        this.ways.failed(way, null, { code: 'standalone', params: {} });
    } else if (text === null && !this.book.isTold) {
      for (const way of ['observer', 'election'] as const) {
        this.ways.failed(way, null, { code: 'addressesUnknown', params: {} });
      }
    }
    this.book.setConfig(text);
  }

  /** Whom each way is to ask from now on. */
  private dial(members: readonly ClusterMember[], { groups }: Membership, refused: WayReason | null): void {
    if (this.isClosed) return;
    const sids = new Set(members.map(({ sid }) => sid));
    const peers = peersAmong(members);
    this.ways.keep(sids);
    this.states.keep(sids);
    this.health.setMembers(members, groups);
    if (peers.length === 0 && refused !== null) {
      for (const way of ['observer', 'election'] as const) this.ways.failed(way, null, refused);
    }
    this.tree.setMembers(peers);
    if (this.listener !== null) this.listener.setMembers(peers);
    else if (peers.length > 0 && this.definition.ways.election) this.listen(peers);
    this.nameUnaskable(members);
    if (this.definition.ways.words) this.finder.look(this.book.unclaimed);
    this.sessionGoesOn();
  }

  /** Servers that cannot be asked by words, since nobody has told where they listen for clients. */
  private nameUnaskable(members: readonly ClusterMember[]): void {
    const { ways } = this.definition;
    for (const { sid, client, admin } of members) {
      if (client !== null) continue;
      const reason = { code: 'addressesUnknown' as const, params: {} };
      if (ways.words) this.ways.failed('words', sid, reason);
      if (ways.admin && admin === null) this.ways.failed('admin', sid, reason);
    }
  }

  private listen(members: readonly AttachedMember[]): void {
    const transport = this.quorumTransport();
    if (transport === null) return;
    this.listener = new ElectionListener(
      { members, transport },
      {
        heard: (sid, heard) => this.heardVote(sid, heard),
        failed: (sid, reason) => {
          this.ways.failed('election', sid, reason);
          this.states.failed(sid, 'election', reason, machineMs());
          this.health.facts.electionFailed(sid, reason);
        },
      },
    );
    this.listener.start();
  }

  /** Null where the files for it cannot be used. */
  private quorumTransport(): PeerTransport | null {
    try {
      return quorumTransport(quorumFiles(this.definition, this.options.directory));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.options.log({ err: error }, 'no TLS for the ports between servers');
      const detail = 'code' in error ? String(error.code) : 'PEM';
      this.ways.failed('election', null, { code: 'tls', params: { address: '', detail } });
      return null;
    }
  }

  private heardVote(sid: number, heard: HeardVote): void {
    const { state, vote, config } = heard;
    this.ways.heard('election', sid);
    const isLooking = state === 'LOOKING';
    const role = { state, leader: isLooking ? null : vote.leader, epoch: isLooking ? null : vote.peerEpoch };
    this.states.heard(sid, 'election', role, machineMs());
    this.health.facts.heardVote(sid, heard);
    if (config !== null && !this.isReached && !this.book.isTold) this.book.setConfig(config);
  }

  private sampled(sample: ServerSample): void {
    const { sid, origin, values } = sample;
    this.ways.heard(origin, sid, sample.heardMs);
    const { version, mode, clients } = values;
    if (version !== undefined && this.versions.get(sid) !== version) {
      this.versions.set(sid, version);
      this.ways.touch();
    }
    const role = mode === undefined ? null : roleOfMode(mode, sid, this.states.leader);
    this.states.heard(sid, origin, role, machineMs());
    if (clients !== undefined) this.sessions.connections(sid, clients);
  }

  private wayChanged(way: 'words' | 'admin', sid: number, state: WayState): void {
    if (state.state === 'open') this.ways.heard(way, sid, state.heardMs ?? Date.now());
    else if (state.reason !== null) {
      this.ways.failed(way, sid, state.reason);
      this.states.failed(sid, way, state.reason, machineMs());
    }
  }

  private mirrorState(state: MirrorState): void {
    const { link } = state;
    if (link.kind === 'following') {
      this.ways.heard('observer');
      const role = { state: 'LEADING' as const, leader: link.leader, epoch: link.epoch };
      this.states.heard(link.leader, 'observer', role, machineMs());
    } else if (this.ways.isOpen('observer')) {
      this.ways.trying('observer');
    }
    this.health.facts.mirrorIs(state);
    this.ways.touch();
  }

  private committed(batch: TransactionBatch): void {
    this.ways.heard('observer');
    this.health.facts.committed(batch);
    const sid = this.states.leader ?? this.anySid();
    this.emit(
      batch.transactions.flatMap((transaction) => {
        if (transaction.operation === 'closeSession') this.sessions.closed(formatHex(transaction.session));
        return eventsOf(transaction).map((body): [number, ClusterEventBody] => [sid, body]);
      }),
    );
  }

  private anySid(): number {
    return this.book.members[0]?.sid ?? 0;
  }

  private emit(bodies: readonly (readonly [sid: number, body: ClusterEventBody])[]): void {
    const atMs = machineMs();
    const wallMs = Date.now();
    this.feed.push(
      bodies.map(([sid, body]): ClusterEvent => {
        const sequence = this.sequences.get(sid) ?? 0;
        this.sequences.set(sid, sequence + 1);
        return { sid, sequence, atMs, wallMs, body };
      }),
    );
  }
}
