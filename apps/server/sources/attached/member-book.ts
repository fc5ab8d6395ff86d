/** The members of an attached cluster as they become known, and where each is dialled. */
import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import type { AttachedMember } from '@vivarium/ensemble/attached/attached-member';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { WayReason } from '@vivarium/shared/contract/source';
import type { ClusterDefinition, HostPort } from './cluster-definition.ts';
import type { DialGuard } from './dial-guard.ts';
import { type ClusterMember, type Membership, membershipOf } from './members.ts';

export interface MemberEvents {
  event(sid: number, body: ClusterEventBody): void;
  /** Who is to be asked from now on, and where; `refused`: why an address that a server is said to have is not dialled. */
  dial(members: readonly ClusterMember[], membership: Membership, refused: WayReason | null): void;
}

export class MemberBook {
  private readonly definition: ClusterDefinition;
  private readonly connect: readonly ServerAddress[];
  private readonly guard: DialGuard;
  private readonly events: MemberEvents;
  private readonly identified = new Map<number, ServerAddress>();
  private reached: ServerAddress | null = null;
  private config: string | null = null;
  private membership: Membership = { members: [], groups: null, isTold: false };
  private dialled: readonly ClusterMember[] = [];
  /** Counts what was found, so that an answer of the resolver that comes late changes nothing. */
  private round = 0;

  constructor(
    definition: ClusterDefinition,
    connect: readonly ServerAddress[],
    guard: DialGuard,
    events: MemberEvents,
  ) {
    this.definition = definition;
    this.connect = connect;
    this.guard = guard;
    this.events = events;
  }

  get members(): readonly ClusterMember[] {
    return this.membership.members;
  }

  /** Whether the cluster, or a person, has said who belongs to it. */
  get isTold(): boolean {
    return this.membership.isTold;
  }

  /** Servers of the connect string that may be those members whose client port nobody has told. */
  get unclaimed(): readonly ServerAddress[] {
    const { members } = this.membership;
    if (!members.some(({ client }) => client === null)) return [];
    const claimed = new Set(members.flatMap(({ client }) => (client === null ? [] : [formatAddress(client)])));
    return this.connect.filter((server) => !claimed.has(formatAddress(server)));
  }

  /** The text of a configuration: empty where a server stands alone, null where nobody tells. */
  setConfig(config: string | null): void {
    this.config = config;
    this.find();
  }

  /** The server that our session is with. */
  setReached(server: ServerAddress): void {
    if (this.reached !== null && formatAddress(this.reached) === formatAddress(server)) return;
    this.reached = server;
    if (this.membership.members.length > 0) this.find();
  }

  /** A server has said who it is. */
  identify(sid: number, server: ServerAddress): void {
    const known = this.identified.get(sid);
    if (known !== undefined && formatAddress(known) === formatAddress(server)) return;
    this.identified.set(sid, server);
    if (this.membership.members.length > 0) this.find();
  }

  /** The members of the connect string, where nobody has told better ones. */
  assume(): void {
    if (this.membership.members.length === 0) this.find();
  }

  /** The member that listens there for clients. */
  sidAt(server: ServerAddress | null): number | null {
    if (server === null) return null;
    const at = formatAddress(server);
    for (const members of [this.dialled, this.membership.members]) {
      const member = members.find(({ client }) => client !== null && formatAddress(client) === at);
      if (member !== undefined) return member.sid;
    }
    const known = [...this.identified].find(([, address]) => formatAddress(address) === at)?.[0];
    return known !== undefined && this.membership.members.some(({ sid }) => sid === known) ? known : null;
  }

  private find(): void {
    const { config, connect, reached, identified, definition } = this;
    const next = membershipOf({ config, connect, reached, identified, overrides: definition.members });
    const before = new Map(this.membership.members.map((member) => [member.sid, member]));
    if (JSON.stringify([...before.values()]) === JSON.stringify(next.members)) return;
    this.membership = next;
    const sids = new Set(next.members.map(({ sid }) => sid));
    for (const sid of before.keys()) if (!sids.has(sid)) this.events.event(sid, { kind: 'memberRemoved' });
    for (const member of next.members) {
      const body = memberAdded(member);
      const known = before.get(member.sid);
      const isNew = known === undefined || JSON.stringify(memberAdded(known)) !== JSON.stringify(body);
      if (isNew) this.events.event(member.sid, body);
    }
    void this.dial(next);
  }

  private async dial(membership: Membership): Promise<void> {
    const round = ++this.round;
    let refused: WayReason | null = null;
    const at = (place: HostPort | null): Promise<HostPort | null> =>
      this.guard.addressOf(place, (reason) => {
        refused = reason;
      });
    const members = await Promise.all(
      membership.members.map(async (member) => {
        const [client, quorum, election, admin] = await Promise.all([
          at(member.client),
          at(member.quorum),
          at(member.election),
          at(member.admin),
        ]);
        return { ...member, client, quorum, election, admin };
      }),
    );
    if (round !== this.round) return;
    this.dialled = members;
    this.events.dial(members, membership, refused);
  }
}

/** Those whose ports between servers are known. */
export function peersAmong(members: readonly ClusterMember[]): AttachedMember[] {
  return members.flatMap(({ sid, role, client, quorum, election }) =>
    quorum === null || election === null ? [] : [{ sid, role, client, quorum, election }],
  );
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
