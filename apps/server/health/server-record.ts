/** All that has been heard of one server, and what comes of it. */
import { formatAddress, type ServerAddress } from '@vivarium/client/connect-string';
import type { PeerState } from '@vivarium/shared/cluster-event';
import type { Known } from '@vivarium/shared/contract/health';
import type { Origin, Way, WayReason, WayState } from '@vivarium/shared/contract/source';
import type { ClientConnection, ServerMode, ServerSample } from '../monitor/server-sample.ts';
import type { KnownValues, Role, ServerFact } from './facts.ts';
import { FoldingSeries } from './folding-series.ts';
import { RecentGauge, RecentMean } from './recent.ts';
import type { ZxidTimeline } from './zxid-timeline.ts';

/** A member as it is told; `ClusterMember` of an attached source is one. */
export interface FactMember {
  readonly sid: number;
  readonly role: 'participant' | 'observer';
  readonly client: ServerAddress | null;
  readonly quorum: ServerAddress | null;
}

/** The ways that have a state for each server. */
export type ServerWay = Extract<Way, 'words' | 'admin' | 'election'>;

interface WayRecord {
  readonly state: WayState['state'];
  readonly reason: WayReason | null;
  /** Since when it is so; null where it was so when it was first tried. */
  readonly sinceMs: number | null;
}

/** A vote is asked for every second at least: what is older says nothing of now. */
const VOTE_FRESH_MS = 5_000;
/** A sample is good as long as its way is open; this is for a way that nobody closed. */
const SAMPLE_FRESH_MS = 90_000;
const MIN_REQUESTS = 100;
/** Who applied so late applied others late too: for a while nothing of the time that they took tells of its clock. */
const LATE_MS = 1_000;
const LATE_FOR_MS = 60_000;
/** How far apart one start may seem to be, as answers are under way for a while. */
const SAME_START_MS = 3_000;

const ROLES: Readonly<Record<PeerState, Role>> = {
  LOOKING: 'looking',
  FOLLOWING: 'follower',
  LEADING: 'leader',
  OBSERVING: 'observer',
};

export class ServerRecord {
  member: FactMember;
  private readonly values: { -readonly [K in keyof KnownValues]: KnownValues[K] } = {};
  private readonly ways = new Map<ServerWay, WayRecord>();
  private vote: { readonly state: PeerState; readonly leader: number; readonly heardMs: number } | null = null;
  private readonly latency = new RecentMean();
  private readonly fsync = new RecentMean();
  private readonly propagation = new RecentMean();
  private readonly outstanding = new RecentGauge();
  private mismatch: ServerFact['mismatch'] = null;
  /** What a server's count of mismatches was when it was first heard of this run of it. */
  private countedAtFirst: { readonly count: number; readonly startedMs: number | null } | null = null;
  private lateAtMs = Number.NEGATIVE_INFINITY;
  private clients: readonly ClientConnection[] = [];
  private busiest: ServerFact['busiest'] = null;
  private readonly lines = {
    latencyMs: new FoldingSeries(),
    outstanding: new FoldingSeries(),
    znodes: new FoldingSeries(),
  };

  constructor(member: FactMember) {
    this.member = member;
  }

  /** What it votes for, if it says so now. */
  voteAt(nowMs: number): { readonly state: PeerState; readonly leader: number; readonly heardMs: number } | null {
    return this.vote !== null && nowMs - this.vote.heardMs <= VOTE_FRESH_MS ? this.vote : null;
  }

  sample({ origin, heardMs, values }: ServerSample): void {
    this.wayChanged(origin, { state: 'open', reason: null, heardMs }, heardMs);
    if (values.mode !== undefined && values.mode !== this.values.mode?.value) this.forgetRole(values.mode);
    for (const [name, value] of Object.entries(values)) {
      Object.assign(this.values, { [name]: { value, origin, heardMs } });
    }
    if (values.digestMismatches !== undefined) this.countMismatches(values.digestMismatches, origin, heardMs);
    if (values.requestMs !== undefined) {
      const mean = this.latency.add(heardMs, values.requestMs, origin);
      if (mean !== null) this.lines.latencyMs.add(heardMs, Math.round(mean * 100) / 100);
    }
    if (values.fsyncMs !== undefined) this.fsync.add(heardMs, values.fsyncMs, origin);
    if (values.propagationMs !== undefined) this.propagation.add(heardMs, values.propagationMs, origin);
    if (values.outstanding !== undefined) {
      this.outstanding.add(heardMs, values.outstanding, origin);
      this.lines.outstanding.add(heardMs, values.outstanding);
    }
    if (values.znodes !== undefined) this.lines.znodes.add(heardMs, values.znodes);
    if (values.clients !== undefined) {
      this.busiest = busiestOf(this.clients, values.clients);
      this.clients = values.clients;
    }
  }

  heardVote(state: PeerState, leader: number, heardMs: number): void {
    this.vote = { state, leader, heardMs };
    this.wayChanged('election', { state: 'open', reason: null, heardMs }, heardMs);
  }

  wayChanged(way: ServerWay, { state, reason }: WayState, nowMs: number): void {
    const before = this.ways.get(way);
    if (before?.state === state && before.reason?.code === reason?.code) return;
    const sinceMs = before === undefined || before.state === 'trying' ? null : nowMs;
    // A server that refuses and then is silent has been unheard all the time.
    const isUnheardStill = before?.state === 'closed' && state === 'closed';
    this.ways.set(way, { state, reason, sinceMs: isUnheardStill ? before.sinceMs : sinceMs });
    if (way === 'election' && state !== 'open') this.vote = null;
  }

  fact(nowMs: number, timeline: ZxidTimeline): ServerFact {
    const { client, quorum, role, sid } = this.member;
    const lag = this.lag(nowMs, timeline);
    if ((lag?.ms ?? 0) >= LATE_MS) this.lateAtMs = nowMs;
    const propagation = this.propagation.measureAt(nowMs);
    return {
      sid,
      host: client?.host ?? quorum?.host ?? '',
      address: client === null ? '' : formatAddress(client),
      voter: role === 'participant',
      role: this.role(nowMs),
      serving: this.serving(nowMs),
      unheard: this.unheard(nowMs),
      values: { ...this.values },
      latencyMs: this.latency.measureAt(nowMs),
      fsyncMs: this.fsync.measureAt(nowMs),
      propagationMs: nowMs - this.lateAtMs < LATE_FOR_MS ? { ...propagation, now: null } : propagation,
      outstanding: this.outstanding.measure,
      lag,
      mismatch: this.mismatch,
      busiest: this.busiest,
      crowd: crowdOf(this.clients),
      series: {
        latencyMs: this.lines.latencyMs.until(nowMs),
        outstanding: this.lines.outstanding.until(nowMs),
        znodes: this.lines.znodes.until(nowMs),
      },
    };
  }

  private role(nowMs: number): Known<Role> | null {
    const said: Known<Role>[] = [];
    const vote = this.voteAt(nowMs);
    if (vote !== null) said.push({ value: ROLES[vote.state], origin: 'election', heardMs: vote.heardMs });
    const mode = this.modeAt(nowMs);
    // One that serves nobody may follow already, and be on its way to be up to date: only its vote tells.
    if (mode !== null && !(mode.value === 'notServing' && vote !== null))
      said.push({ ...mode, value: roleOf(mode.value) });
    const newest = said.sort((a, b) => b.heardMs - a.heardMs)[0];
    if (newest !== undefined) return newest;
    const unheard = this.unheard(nowMs);
    if (unheard === null) return null;
    return { value: unheard.reason.code === 'silent' ? 'silent' : 'down', origin: unheard.origin, heardMs: nowMs };
  }

  private modeAt(nowMs: number): Known<ServerMode> | null {
    const { mode } = this.values;
    if (mode === undefined || nowMs - mode.heardMs > SAMPLE_FRESH_MS) return null;
    return mode.origin !== 'words' && mode.origin !== 'admin' ? null : this.isOpen(mode.origin) ? mode : null;
  }

  private serving(nowMs: number): Known<boolean> | null {
    const mode = this.modeAt(nowMs);
    return mode === null ? null : { ...mode, value: mode.value !== 'notServing' };
  }

  /** Not heard by any way that was tried, and for a reason that says something of the server rather than of the way. */
  private unheard(nowMs: number): ServerFact['unheard'] {
    if (this.isOpen('words') || this.isOpen('admin') || this.voteAt(nowMs) !== null) return null;
    const closed = (['words', 'election', 'admin'] as const).flatMap((way) => {
      const record = this.ways.get(way);
      return record?.state === 'closed' && record.reason !== null
        ? [{ ...record, reason: record.reason, origin: way }]
        : [];
    });
    const telling = closed.filter(({ reason, origin }) =>
      // That nobody listens where an admin server might be says nothing.
      origin === 'admin' ? reason.code === 'silent' : UNHEARD.has(reason.code),
    );
    if (closed.some(({ reason, origin }) => origin !== 'admin' && ALIVE.has(reason.code))) return null;
    const found = telling.find(({ reason }) => reason.code === 'silent') ?? telling[0];
    if (found === undefined) return null;
    return { reason: found.reason, origin: found.origin, sinceMs: found.sinceMs };
  }

  private lag(nowMs: number, timeline: ZxidTimeline): ServerFact['lag'] {
    const { lastZxid } = this.values;
    if (lastZxid === undefined || nowMs - lastZxid.heardMs > SAMPLE_FRESH_MS) return null;
    const lag = timeline.lagOf(lastZxid.heardMs, lastZxid.value);
    return lag === null ? null : { ...lag, heardMs: lastZxid.heardMs };
  }

  /**
   * Only what a server counts while it is looked at tells that its tree is another one: one of Apache's that comes back counts
   * what its log has and its fuzzy snapshot had already (`DataTree.compareDigest`), and is like the others all the same.
   */
  private countMismatches(count: number, origin: Origin, heardMs: number): void {
    const { upMs, lastZxid } = this.values;
    const startedMs = upMs === undefined ? null : upMs.heardMs - upMs.value;
    const first = this.countedAtFirst;
    const isNewRun =
      first !== null &&
      first.startedMs !== null &&
      startedMs !== null &&
      Math.abs(startedMs - first.startedMs) > SAME_START_MS;
    if (first === null || isNewRun || count < first.count) {
      this.countedAtFirst = { count, startedMs };
      this.mismatch = null;
      return;
    }
    const counted = count - first.count;
    if (counted > 0 && counted !== this.mismatch?.value.count) {
      this.mismatch = { value: { count: counted, zxid: lastZxid?.value ?? 0n }, origin, heardMs };
    }
  }

  private isOpen(way: ServerWay): boolean {
    return this.ways.get(way)?.state === 'open';
  }

  /** A leader's counts say nothing of the follower that it is now. */
  private forgetRole(mode: ServerMode): void {
    if (mode === 'leader') return;
    delete this.values.syncedFollowers;
    delete this.values.pendingSyncs;
  }
}

/** Nobody answers, or there is no way there. */
const UNHEARD: ReadonlySet<WayReason['code']> = new Set(['refused', 'silent', 'unknownHost', 'unreachable']);
/** Somebody answers, though not as we would like. */
const ALIVE: ReadonlySet<WayReason['code']> = new Set(['notAllowed', 'garbage', 'tls', 'credentials', 'notServing']);

function roleOf(mode: ServerMode): Role {
  if (mode === 'notServing' || mode === 'read-only') return 'looking';
  return mode;
}

/** Which address sent how much of what came between two lists. */
function busiestOf(before: readonly ClientConnection[], now: readonly ClientConnection[]): ServerFact['busiest'] {
  const known = new Map(before.map(({ address, received }) => [address, received]));
  const byHost = new Map<string, number>();
  let all = 0;
  for (const { address, received } of now) {
    const sent = Math.max(0, received - (known.get(address) ?? 0));
    all += sent;
    byHost.set(hostOf(address), (byHost.get(hostOf(address)) ?? 0) + sent);
  }
  const [top] = [...byHost].sort(([, a], [, b]) => b - a);
  if (top === undefined || all < MIN_REQUESTS || before.length === 0) return null;
  return { client: top[0], share: Math.round((top[1] * 100) / all) };
}

function crowdOf(clients: readonly ClientConnection[]): ServerFact['crowd'] {
  const byHost = new Map<string, number>();
  for (const { address } of clients) byHost.set(hostOf(address), (byHost.get(hostOf(address)) ?? 0) + 1);
  const [top] = [...byHost].sort(([, a], [, b]) => b - a);
  return top === undefined ? null : { client: top[0], count: top[1] };
}

function hostOf(address: string): string {
  const at = address.lastIndexOf(':');
  return at < 0 ? address : address.slice(0, at);
}
