/** Who belongs to an attached cluster and where each server listens, from all that tells of it. */
import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import { parseSid, readEntries } from '@vivarium/ensemble/core/membership/configuration';
import { isLoopbackAddress } from '../../auth/origin-policy.ts';
import type { HostPort, MemberOverride } from './cluster-definition.ts';

export interface ClusterMember {
  readonly sid: number;
  readonly role: 'participant' | 'observer';
  /** Null: nobody has told. */
  readonly client: HostPort | null;
  readonly quorum: HostPort | null;
  readonly election: HostPort | null;
  /** Null: at the client's host, on the port that all share. */
  readonly admin: HostPort | null;
}

/** How a quorum is counted: Java `QuorumHierarchical`; null: more than half of the voters. */
export interface QuorumGroups {
  readonly members: ReadonlyMap<number, readonly number[]>;
  readonly weights: ReadonlyMap<number, number>;
}

export interface Membership {
  /** By sid. */
  readonly members: readonly ClusterMember[];
  readonly groups: QuorumGroups | null;
  /** Whether the cluster has told its members; else they are the servers of the connect string, numbered as they stand. */
  readonly isTold: boolean;
}

export interface MemberSources {
  /** The text of `/zookeeper/config`, of a notification or of `/commands/voting_view`; null or empty: nobody has told. */
  readonly config: string | null;
  readonly connect: readonly ServerAddress[];
  /** The server that our session is connected to. */
  readonly reached: ServerAddress | null;
  /** Client addresses whose servers have said who they are. */
  readonly identified: ReadonlyMap<number, ServerAddress>;
  readonly overrides: readonly MemberOverride[];
}

/** Puts together what is known. Where the configuration names a host that only its own machine understands, ours is taken. */
export function membershipOf({ config, connect, reached, identified, overrides }: MemberSources): Membership {
  const told = toldMembers(config ?? '');
  const places = new Places(connect, reached);
  const members =
    told.members.length > 0
      ? withClients(
          told.members.map((member) => places.member(member)),
          connect,
          identified,
        )
      : numbered(connect);
  const bySid = new Map(members.map((member) => [member.sid, member]));
  for (const override of overrides) bySid.set(override.sid, overridden(bySid.get(override.sid), override));
  return {
    members: [...bySid.values()].sort((a, b) => a.sid - b.sid),
    groups: told.groups,
    isTold: told.members.length > 0 || overrides.length > 0,
  };
}

function numbered(connect: readonly ServerAddress[]): ClusterMember[] {
  const unknown = { role: 'participant', quorum: null, election: null, admin: null } as const;
  return connect.map((client, index) => ({ sid: index + 1, ...unknown, client }));
}

/** Gives each server that does not name its client port the address of the connect string that can only be its own. */
function withClients(
  members: readonly ClusterMember[],
  connect: readonly ServerAddress[],
  identified: ReadonlyMap<number, ServerAddress>,
): ClusterMember[] {
  const found = members.map((member) => ({ ...member, client: member.client ?? identified.get(member.sid) ?? null }));
  const lacking = found.filter(({ client }) => client === null);
  const taken = new Set(found.flatMap(({ client }) => (client === null ? [] : [formatAddress(client)])));
  const left = connect.filter((server) => !taken.has(formatAddress(server)));
  const [only] = left;
  if (lacking.length !== 1 || left.length !== 1 || only === undefined) return found;
  return found.map((member) => (member.client === null ? { ...member, client: only } : member));
}

function overridden(member: ClusterMember | undefined, override: MemberOverride): ClusterMember {
  return {
    sid: override.sid,
    role: override.role ?? member?.role ?? 'participant',
    client: override.client ?? member?.client ?? null,
    quorum: override.quorum ?? member?.quorum ?? null,
    election: override.election ?? member?.election ?? null,
    admin: override.admin ?? member?.admin ?? null,
  };
}

/** What the lines of a configuration say; lines that are none are passed over, since newer servers may write others. */
function toldMembers(text: string): { members: ClusterMember[]; groups: QuorumGroups | null } {
  const entries = text.split(/[\r\n]+/).flatMap((line) => {
    const match = /^\s*((?:server|group|weight)\.\d+)\s*=\s*(.*?)\s*$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined
      ? []
      : [{ key: match[1], value: firstAddress(match[1], match[2]) }];
  });
  const known = new Map(entries.map((entry) => [entry.key, entry]));
  const isServer = ({ key }: { key: string }): boolean =>
    key.startsWith('server.') && parseSid(key.slice('server.'.length)) !== null;
  const read = readEntries([...known.values()].filter(isServer));
  const members = read.servers.map(({ sid, role, quorum, election, client }) => ({
    sid,
    role,
    client,
    quorum,
    election,
    admin: null,
  }));
  const all = readEntries([...known.values()]);
  return { members, groups: all.faults.length === 0 ? all.groups : null };
}

/** Several addresses of one server (`multiAddress.enabled`, since 3.6) stand with `|` between; the first is taken. */
function firstAddress(key: string, value: string): string {
  if (!key.startsWith('server.') || !value.includes('|')) return value;
  const [servers = '', ...client] = value.split(';');
  const alternatives = servers.split('|');
  const role = /:(participant|observer)$/i.exec(alternatives.at(-1) ?? '')?.[0] ?? '';
  const first = (alternatives[0] ?? '').replace(/:(participant|observer)$/i, '');
  return [first + role, ...client].join(';');
}

/** Turns the addresses of a configuration into those that we reach. */
class Places {
  private readonly connect: readonly ServerAddress[];
  private readonly reached: ServerAddress | null;
  /** Whether all that we were told to connect to is on other machines. */
  private readonly isFar: boolean;

  constructor(connect: readonly ServerAddress[], reached: ServerAddress | null) {
    this.connect = connect;
    this.reached = reached;
    this.isFar = connect.every(({ host }) => !isLoopbackAddress(host));
  }

  member(told: ClusterMember): ClusterMember {
    const port = told.client?.port ?? null;
    const at = (endpoint: HostPort | null, instead: string | null): HostPort | null =>
      endpoint === null ? null : { host: this.host(endpoint.host, port, instead), port: endpoint.port };
    const quorum = at(told.quorum, null);
    const election = at(told.election, quorum?.host ?? null);
    const client = at(told.client, quorum?.host ?? null) ?? this.clientOf(quorum?.host ?? null);
    return { ...told, quorum, election, client };
  }

  /** `instead`: what stands for "any address of this machine". */
  private host(host: string, clientPort: number | null, instead: string | null): string {
    if (isWildcard(host)) return instead ?? this.ours(clientPort) ?? host;
    if (this.isFar && isLoopbackAddress(host)) return this.ours(clientPort) ?? host;
    return host;
  }

  /** The host that the connect string has for a client port, or the one that our session is on. */
  private ours(clientPort: number | null): string | null {
    const alike = this.connect.filter(({ port }) => port === clientPort);
    const [only] = alike;
    if (only !== undefined && alike.every(({ host }) => host === only.host)) return only.host;
    return this.reached?.host ?? this.connect[0]?.host ?? null;
  }

  /** Configurations in files mostly do not name client ports: then all servers have the same, as far as we know of one. */
  private clientOf(host: string | null): HostPort | null {
    if (host === null) return null;
    const named = this.connect.filter((server) => server.host.toLowerCase() === host.toLowerCase());
    const [first] = named;
    if (first !== undefined) return named.length === 1 ? first : null;
    const ports = new Set(this.connect.map(({ port }) => port));
    const [port] = ports;
    return port === undefined || ports.size > 1 ? null : { host, port };
  }
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '*' || /^0*(:0*){2,7}$/.test(host);
}
