/**
 * What each server of an attached cluster does, from all that tell of it. Several ways say the same thing at different times:
 * the one that is trusted most and has told something lately is believed, so that no picture flaps between two.
 */
import type { ClusterEventBody, PeerState, ZabPhase } from '@vivarium/shared/cluster-event';
import type { Origin, Way, WayReason } from '@vivarium/shared/contract/source';
import type { ServerMode } from '../../monitor/server-sample.ts';

/** A role as a way has it; `epoch` null: it does not tell. */
export interface HeardRole {
  readonly state: PeerState;
  readonly leader: number | null;
  readonly epoch: number | null;
}

interface Telling {
  readonly atMs: number;
  /** Null: it said something, but not that. */
  readonly role: HeardRole | null;
}

interface Server {
  readonly told: Map<Way, Telling>;
  readonly failed: Map<Way, WayReason>;
  role: HeardRole | null;
  phase: ZabPhase;
  origin: Way | null;
  /** The newest epoch when it began to look for a leader; null: it was never seen to. */
  lookedAtEpoch: number | null;
  /** Null: nobody knows. */
  reachable: boolean | null;
}

/** A server says on its election port what it is; words say it as of their last round; others conclude it. */
const TRUST: readonly Way[] = ['election', 'words', 'admin', 'observer', 'client'];
/** So old, a telling is believed only where there is no younger one. */
const FRESH_MS = 6_000;
/** What a server that runs answers too: that it will not tell. */
const ALIVE: ReadonlySet<WayReason['code']> = new Set(['notAllowed', 'garbage', 'tls', 'credentials']);
/** A connection that is closed at once may be the last sign of a server that dies, as well as one that serves nobody. */
const SAYS_NOTHING: ReadonlySet<WayReason['code']> = new Set([
  'notServing',
  'turnedOff',
  'addressesUnknown',
  'standalone',
  'tooLarge',
  'notPermitted',
]);

/** The role that an answer to words names; null where it names none of an ensemble's. */
export function roleOfMode(mode: ServerMode, sid: number, leader: number | null): HeardRole | null {
  switch (mode) {
    case 'leader':
    case 'standalone':
      return { state: 'LEADING', leader: sid, epoch: null };
    case 'follower':
      return { state: 'FOLLOWING', leader, epoch: null };
    case 'observer':
      return { state: 'OBSERVING', leader, epoch: null };
    case 'notServing':
    case 'read-only':
      return { state: 'LOOKING', leader: null, epoch: null };
  }
}

export class ServerStates {
  private readonly servers = new Map<number, Server>();
  private readonly emit: (sid: number, body: ClusterEventBody) => void;
  private epoch = 0;

  constructor(emit: (sid: number, body: ClusterEventBody) => void) {
    this.emit = emit;
  }

  /** Who leads, as far as known. */
  get leader(): number | null {
    for (const [sid, { role, reachable }] of this.servers) {
      if (role?.state === 'LEADING' && reachable !== false) return sid;
    }
    return null;
  }

  /** Where the roles come from: of all servers the best trusted. */
  get origin(): Origin {
    const origins = new Set([...this.servers.values()].map(({ origin }) => origin));
    return TRUST.find((way) => origins.has(way)) ?? 'missing';
  }

  /** The server has answered this way. */
  heard(sid: number, way: Way, role: HeardRole | null, atMs: number): void {
    const server = this.of(sid);
    const before = server.told.get(way);
    server.told.set(way, { atMs, role: role ?? before?.role ?? null });
    server.failed.delete(way);
    this.decide(sid, server, atMs);
  }

  /** The server has not answered this way. */
  failed(sid: number, way: Way, reason: WayReason, atMs: number): void {
    if (SAYS_NOTHING.has(reason.code)) return;
    const server = this.of(sid);
    if (ALIVE.has(reason.code)) {
      server.told.set(way, { atMs, role: null });
      server.failed.delete(way);
    } else {
      // What others told before is older than this: a port that answered and does not any more is news.
      if (server.told.has(way)) server.told.clear();
      server.failed.set(way, reason);
    }
    this.decide(sid, server, atMs);
  }

  /** Forgets servers that are no longer members. */
  keep(sids: ReadonlySet<number>): void {
    for (const sid of [...this.servers.keys()]) if (!sids.has(sid)) this.servers.delete(sid);
  }

  private of(sid: number): Server {
    const known = this.servers.get(sid);
    if (known !== undefined) return known;
    const server: Server = {
      told: new Map(),
      failed: new Map(),
      role: null,
      phase: 'ELECTION',
      origin: null,
      lookedAtEpoch: null,
      reachable: null,
    };
    this.servers.set(sid, server);
    return server;
  }

  private decide(sid: number, server: Server, atMs: number): void {
    this.decideReachable(sid, server, atMs);
    if (server.reachable === false) return;
    const telling = best(server.told, atMs);
    if (telling === null) return;
    const { role, way } = telling;
    if (role.epoch !== null) this.epoch = Math.max(this.epoch, role.epoch);
    const before = server.role;
    const epoch = role.epoch ?? before?.epoch ?? this.epoch;
    server.origin = way;
    if (role.state === 'LOOKING' && before?.state !== 'LOOKING') server.lookedAtEpoch = this.epoch;
    const phase = this.phaseOf(server, way, { ...role, epoch });
    const isSame = before?.state === role.state && before.leader === role.leader && before.epoch === epoch;
    if (isSame && server.phase === phase) return;
    server.role = { ...role, epoch };
    server.phase = phase;
    this.emit(sid, { kind: 'stateChanged', state: role.state, phase, epoch, leader: role.leader });
  }

  /**
   * A vote says who leads, not whether the new epoch has begun: after an election it has when its number is in a vote, or,
   * for who comes back to an epoch, when its leader is in it.
   */
  private phaseOf({ lookedAtEpoch }: Server, way: Way, { state, leader, epoch }: HeardRole): ZabPhase {
    if (state === 'LOOKING') return 'ELECTION';
    if (way !== 'election' || lookedAtEpoch === null || (epoch ?? 0) > lookedAtEpoch) return 'BROADCAST';
    const led = leader === null || state === 'LEADING' ? undefined : this.servers.get(leader);
    const isLed = led?.role?.state === 'LEADING' && led.phase === 'BROADCAST' && led.role.epoch === epoch;
    return isLed ? 'BROADCAST' : 'DISCOVERY';
  }

  private decideReachable(sid: number, server: Server, atMs: number): void {
    const answers = [...server.told.values()].some((telling) => atMs - telling.atMs < FRESH_MS * 2);
    if (answers) {
      // That it answers at first is no news.
      const wasLost = server.reachable === false;
      server.reachable = true;
      if (wasLost) this.emit(sid, { kind: 'reachabilityChanged', reachable: true, reason: null });
      return;
    }
    // A port that nobody ever answered on may just be closed to us; clients have theirs open.
    const failure = server.failed.get('words') ?? server.failed.get('client') ?? this.lost(server);
    if (failure === undefined || server.reachable === false) return;
    server.reachable = false;
    server.role = null;
    this.emit(sid, { kind: 'reachabilityChanged', reachable: false, reason: failure.code });
  }

  /** What keeps a server silent that had been heard. */
  private lost({ failed, reachable }: Server): WayReason | undefined {
    return reachable === true ? (failed.get('election') ?? failed.get('admin')) : undefined;
  }
}

/** The role to believe: of the best trusted way that has told one lately, else the youngest. */
function best(told: ReadonlyMap<Way, Telling>, atMs: number): { readonly way: Way; readonly role: HeardRole } | null {
  let youngest: { way: Way; role: HeardRole; atMs: number } | null = null;
  for (const way of TRUST) {
    const telling = told.get(way);
    if (telling === undefined || telling.role === null) continue;
    if (atMs - telling.atMs < FRESH_MS) return { way, role: telling.role };
    if (youngest === null || telling.atMs > youngest.atMs) youngest = { way, role: telling.role, atMs: telling.atMs };
  }
  return youngest;
}
