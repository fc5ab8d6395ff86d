/** A cluster that somebody else runs, looked at by every way that it opens. */
import { parseConnectString, type ServerAddress } from '@vivarium/client/connect-string';
import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { SeenChange } from '../../znodes/path-watch.ts';
import { Feed } from '../feed.ts';
import type { KeptLimits } from '../kept-events.ts';
import { Listeners } from '../listeners.ts';
import { provenanceOf, type Source } from '../source.ts';
import { AttachedSession, isConnected } from './attached-session.ts';
import type { ClusterDefinition } from './cluster-definition.ts';
import { type ClusterMember, type Membership, membershipOf } from './members.ts';
import { Ways } from './ways.ts';

export interface AttachedOptions {
  readonly definition: ClusterDefinition;
  readonly limits?: KeptLimits;
}

/** So long a cluster may take to name its members before those of the connect string are shown. */
const TOLD_MS = 3_000;

export class AttachedSource implements Source {
  readonly id: string;
  readonly session: AttachedSession;
  private readonly definition: ClusterDefinition;
  private readonly feed: Feed;
  private readonly infoChanged = new Listeners<null>();
  private readonly ways = new Ways(() => this.infoChanged.tell(null));
  private readonly sequences = new Map<number, number>();
  private readonly connect: readonly ServerAddress[];
  private reached: ServerAddress | null = null;
  private config: string | null = null;
  private membership: Membership = { members: [], groups: null, isTold: false };
  private isReadOnly: boolean;
  private toldTimer: NodeJS.Timeout | null = null;

  constructor({ definition, limits }: AttachedOptions) {
    this.id = definition.id;
    this.definition = definition;
    this.feed = new Feed(limits);
    this.isReadOnly = definition.readOnly;
    this.connect = parseConnectString(definition.connect).servers;
    this.session = new AttachedSession(
      { connectString: definition.connect },
      {
        failed: ({ reason }) => this.ways.failed('client', null, reason),
        state: (state, server) => {
          this.reached = server ?? this.reached;
          if (isConnected(state)) this.ways.heard('client');
          else if (state === 'authFailed') this.ways.failed('client', null, { code: 'credentials', params: {} });
          else if (this.ways.isOpen('client')) this.ways.trying('client');
        },
        config: (text) => {
          this.config = text;
          this.findMembers();
        },
      },
    );
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
      provenance: { ...provenanceOf('missing'), znodes: 'client' },
      kept: this.feed.kept,
      recording: false,
      connectString: connect,
      attached: { readOnly: this.isReadOnly, ways: this.ways.infos(), versions: {}, mirror: null },
    };
  }

  /** What watches of the session have told. */
  seen(changes: readonly SeenChange[]): void {
    const { reached, membership } = this;
    const at = membership.members.find(
      ({ client }) => client !== null && client.port === reached?.port && client.host === reached.host,
    );
    for (const { type, path } of changes) this.emit(at?.sid ?? 0, { kind: 'znodeSeen', path, change: type });
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
    if (this.toldTimer !== null) clearTimeout(this.toldTimer);
    this.ways.close();
    await this.session.close();
  }

  /** Takes the members anew from all that is known, and tells what has changed. */
  private findMembers(): void {
    const { config, connect, reached } = this;
    const next = membershipOf({ config, connect, reached, overrides: this.definition.members });
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
