/** A cluster that somebody else runs, looked at by every way that it opens. */
import { formatAddress, parseConnectString, type ServerAddress } from '@vivarium/client/connect-string';
import type { ClientState } from '@vivarium/client/zookeeper-client';
import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo, WayReason } from '@vivarium/shared/contract/source';
import type { SeenChange } from '../../znodes/path-watch.ts';
import { Feed } from '../feed.ts';
import type { KeptLimits } from '../kept-events.ts';
import { Listeners } from '../listeners.ts';
import { provenanceOf, type Source } from '../source.ts';
import { AttachedSession, isConnected, NoTargetError, type SessionTarget } from './attached-session.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import { DialGuard } from './dial-guard.ts';
import type { HostRule } from './host-rule.ts';
import { type ClusterMember, type Membership, membershipOf } from './members.ts';
import { readSecrets, SecretError } from './secrets.ts';
import { ServerStates } from './server-states.ts';
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
  readonly session: AttachedSession;
  readonly definition: ClusterDefinition;
  private readonly options: AttachedOptions;
  private readonly guard: DialGuard;
  private readonly feed: Feed;
  private readonly infoChanged = new Listeners<null>();
  private readonly ways = new Ways(() => this.infoChanged.tell(null));
  private readonly states = new ServerStates((sid, body) => this.emit(sid, body));
  private readonly sequences = new Map<number, number>();
  private readonly connect: readonly ServerAddress[];
  private readonly identified = new Map<number, ServerAddress>();
  private reached: ServerAddress | null = null;
  private isReached = false;
  private config: string | null = null;
  private membership: Membership = { members: [], groups: null, isTold: false };
  private isReadOnly: boolean;
  private toldTimer: NodeJS.Timeout | null = null;
  private connectedTimer: NodeJS.Timeout | null = null;

  constructor(options: AttachedOptions) {
    const { definition, rule, limits } = options;
    this.options = options;
    this.id = definition.id;
    this.definition = definition;
    this.guard = new DialGuard(rule);
    this.feed = new Feed(limits);
    this.isReadOnly = definition.readOnly;
    this.connect = parseConnectString(definition.connect).servers;
    this.session = new AttachedSession({
      target: () => this.target(),
      state: (state, server) => this.sessionState(state, server),
      created: (sid, server) => {
        this.identified.set(sid, server);
        if (this.membership.members.length > 0) this.findMembers();
      },
      failed: (reason) => this.sessionFailed(reason),
      config: (text) => {
        this.config = text;
        this.findMembers();
      },
    });
  }

  get instance(): string {
    return this.feed.instance;
  }

  /** Whether writes are refused. */
  get readOnly(): boolean {
    return this.isReadOnly;
  }

  /** Begins to look for the cluster by every way. A cluster that is down is found when it comes up. */
  start(): void {
    this.session.start();
    this.toldTimer = setTimeout(() => {
      if (this.membership.members.length === 0) this.findMembers();
    }, TOLD_MS);
    this.connectedTimer = setInterval(() => {
      if (this.isReached) this.sessionIsAt(this.reached);
    }, CONNECTED_MS);
  }

  setReadOnly(readOnly: boolean): void {
    this.isReadOnly = readOnly;
    this.infoChanged.tell(null);
  }

  info(): ClusterInfo {
    const { id, name, connect } = this.definition;
    return {
      id,
      name,
      kind: 'attached',
      capabilities: {
        live: true,
        processes: false,
        faults: false,
        addObserver: false,
        readZnodes: true,
        readPast: false,
        writeZnodes: !this.isReadOnly,
        search: false,
        transactions: false,
        health: false,
      },
      provenance: { ...provenanceOf('missing'), role: this.states.origin, znodes: 'client' },
      kept: this.feed.kept,
      recording: false,
      connectString: connect,
      attached: { readOnly: this.isReadOnly, ways: this.ways.infos(), versions: {}, mirror: null },
    };
  }

  /** What watches of the session have told. */
  seen(changes: readonly SeenChange[]): void {
    const sid = this.sidAt(this.reached) ?? this.membership.members[0]?.sid ?? 0;
    for (const { type, path } of changes) this.emit(sid, { kind: 'znodeSeen', path, change: type });
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

  async close(): Promise<void> {
    for (const timer of [this.toldTimer, this.connectedTimer]) if (timer !== null) clearInterval(timer);
    this.ways.close();
    await this.session.close();
  }

  /** Whom the session is to be with, and as whom. Rejects with `NoTargetError`. */
  private async target(): Promise<SessionTarget> {
    const { chroot } = parseConnectString(this.definition.connect);
    const guarded = await Promise.all(this.connect.map((server) => this.guard.addressesOf(server)));
    const servers = guarded.flatMap((found) => (found.ok ? found.addresses.map(formatAddress) : []));
    const refused = guarded.find((found) => !found.ok);
    if (refused !== undefined && servers.length === 0) throw this.noTarget(refused.reason, 'no server may be dialled');
    try {
      return { connectString: servers.join() + chroot, ...readSecrets(this.definition, this.options.directory) };
    } catch (error) {
      if (error instanceof SecretError) throw this.noTarget(error.reason, error.message);
      throw error;
    }
  }

  private noTarget(reason: WayReason, message: string): NoTargetError {
    this.options.log({ reason: message }, 'no session can begin');
    return new NoTargetError(reason, message);
  }

  private sessionState(state: ClientState, server: ServerAddress | null): void {
    this.isReached = isConnected(state);
    if (this.isReached) {
      this.reached = server;
      this.ways.heard('client');
      this.sessionIsAt(server);
    } else if (state === 'authFailed') {
      this.ways.failed('client', null, { code: 'credentials', params: {} });
    } else if (this.ways.isOpen('client')) {
      this.ways.trying('client');
    }
  }

  private sessionIsAt(server: ServerAddress | null): void {
    this.ways.heard('client');
    const sid = this.sidAt(server);
    if (sid !== null) this.states.heard(sid, 'client', null, machineMs());
  }

  private sessionFailed(reason: WayReason): void {
    if (!this.isReached) this.ways.failed('client', null, reason);
    const { address } = reason.params;
    const [server] = typeof address === 'string' && address !== '' ? parseConnectString(address).servers : [];
    const sid = this.sidAt(server ?? null);
    if (sid !== null) this.states.failed(sid, 'client', reason, machineMs());
  }

  private sidAt(server: ServerAddress | null): number | null {
    if (server === null) return null;
    const at = formatAddress(server);
    const known = [...this.identified].find(([, address]) => formatAddress(address) === at);
    if (known !== undefined && this.membership.members.some(({ sid }) => sid === known[0])) return known[0];
    const member = this.membership.members.find(({ client }) => client !== null && formatAddress(client) === at);
    return member?.sid ?? null;
  }

  /** Takes the members anew from all that is known, and tells what has changed. */
  private findMembers(): void {
    const { config, connect, reached, identified, definition } = this;
    const next = membershipOf({ config, connect, reached, identified, overrides: definition.members });
    const before = new Map(this.membership.members.map((member) => [member.sid, member]));
    const sids = new Set(next.members.map(({ sid }) => sid));
    this.membership = next;
    for (const sid of before.keys()) if (!sids.has(sid)) this.emit(sid, { kind: 'memberRemoved' });
    for (const member of next.members) {
      const body = memberAdded(member);
      const known = before.get(member.sid);
      if (known === undefined || JSON.stringify(memberAdded(known)) !== JSON.stringify(body))
        this.emit(member.sid, body);
    }
    this.ways.keep(sids);
    this.states.keep(sids);
    if (this.isReached) this.sessionIsAt(reached);
  }

  private emit(sid: number, body: ClusterEventBody): void {
    const sequence = this.sequences.get(sid) ?? 0;
    this.sequences.set(sid, sequence + 1);
    this.feed.push([{ sid, sequence, atMs: machineMs(), wallMs: Date.now(), body }]);
  }
}

/** The event that tells of a member; a port that nobody has told is 0. */
function memberAdded({ role, client, quorum, election }: ClusterMember): ClusterEventBody {
  return {
    kind: 'memberAdded',
    role,
    host: client?.host ?? quorum?.host ?? '',
    clientPort: client?.port ?? 0,
    quorumPort: quorum?.port ?? 0,
    electionPort: election?.port ?? 0,
  };
}
