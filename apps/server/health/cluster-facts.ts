/** Gathers what all ways into a cluster tell, and says what is known of it at an instant. Everything in it is bounded. */
import type { Groups } from '@vivarium/ensemble/core/membership/configuration';
import type { PeerState } from '@vivarium/shared/cluster-event';
import type { Known } from '@vivarium/shared/contract/health';
import type { WayReason, WayState } from '@vivarium/shared/contract/source';
import { epochOf } from '@vivarium/shared/zxid';
import type { MirrorDigest, MirrorExtremes, MirrorState } from '../mirror/mirror-messages.ts';
import type { ServerSample, ZxidDigest } from '../monitor/server-sample.ts';
import type { TransactionBatch } from '../transactions/committed-transaction.ts';
import { type ComputedDigests, type DigestDifference, digestDifferences } from './digest-differences.ts';
import type { Facts, ServerFact } from './facts.ts';
import { type FactMember, ServerRecord, type ServerWay } from './server-record.ts';
import { ZxidTimeline } from './zxid-timeline.ts';

/** Java `BinaryInputArchive.maxBuffer`. */
const DEFAULT_MAX_BUFFER = 0xfffff;
const MAX_ELECTIONS = 100;
const MAX_DIGESTS = 1_024;
const CLOCK_WINDOW_MS = 60_000;
const MAX_CLOCK_TIMES = 600;
const MIN_CLOCK_TIMES = 5;
const RATE_SPAN_MS = 10_000;

export interface ClusterFactsOptions {
  /** `jute.maxbuffer` of the servers, where somebody has told. */
  readonly maxBufferBytes?: number;
  /** ms since 1970; tests have their own. */
  readonly now?: () => number;
}

export class ClusterFacts {
  private readonly now: () => number;
  private readonly maxBufferBytes: number;
  private readonly records = new Map<number, ServerRecord>();
  private groups: Groups | null = null;
  private mirrorState: MirrorState | null = null;
  private mirrorHeardMs = 0;
  private digests: ZxidDigest[] | null = null;
  /** Null: they have to be computed anew. */
  private differences: readonly DigestDifference[] | null = null;
  private extremes: Known<MirrorExtremes> | null = null;
  private readonly timeline = new ZxidTimeline();
  private readonly elections: number[] = [];
  private epoch: number | null = null;
  /** `timeMs - heardMs` of transactions. */
  private readonly clockTimes: { readonly heardMs: number; readonly aheadMs: number }[] = [];

  constructor({ maxBufferBytes = DEFAULT_MAX_BUFFER, now = Date.now }: ClusterFactsOptions = {}) {
    this.maxBufferBytes = maxBufferBytes;
    this.now = now;
  }

  /** Who belongs to the cluster, and how its quorum is counted (null: more than half of the voters). */
  setMembers(members: readonly FactMember[], groups: Groups | null): void {
    this.groups = groups;
    this.differences = null;
    const sids = new Set(members.map(({ sid }) => sid));
    for (const sid of this.records.keys()) if (!sids.has(sid)) this.records.delete(sid);
    for (const member of members) {
      const known = this.records.get(member.sid);
      if (known === undefined) this.records.set(member.sid, new ServerRecord(member));
      else known.member = member;
    }
  }

  /** An answer to a word or a command. */
  sample(sample: ServerSample): void {
    const record = this.records.get(sample.sid);
    if (record === undefined) return;
    record.sample(sample);
    const { lastZxid, mode, digests } = sample.values;
    if (digests !== undefined) this.differences = null;
    if (lastZxid === undefined) return;
    this.sawEpoch(epochOf(lastZxid), sample.heardMs);
    if (mode === 'leader' || mode === 'standalone') this.timeline.add(sample.heardMs, lastZxid);
  }

  /** One of the ways that servers have each for themselves stands otherwise. */
  wayChanged(way: ServerWay, sid: number, state: WayState): void {
    this.records.get(sid)?.wayChanged(way, state, this.now());
  }

  /** A server cannot be asked for its vote. */
  electionFailed(sid: number, reason: WayReason): void {
    this.wayChanged('election', sid, { state: 'closed', reason, heardMs: null });
  }

  /** A server has said what it is and whom it votes for. */
  heardVote(
    sid: number,
    heard: { readonly state: PeerState; readonly vote: { readonly leader: number; readonly peerEpoch: number } },
  ): void {
    this.records.get(sid)?.heardVote(heard.state, heard.vote.leader, this.now());
    if (heard.state !== 'LOOKING') this.sawEpoch(heard.vote.peerEpoch, this.now());
  }

  mirrorIs(state: MirrorState): void {
    this.mirrorState = state;
    this.mirrorHeardMs = this.now();
    if (state.link.kind === 'following') this.sawEpoch(state.link.epoch, this.mirrorHeardMs);
  }

  /** What the mirror computed; one that has dropped bodies has none. */
  mirrorDigest({ zxid, digest }: MirrorDigest): void {
    if (digest === null) return;
    this.digests ??= [];
    if (this.digests.at(-1)?.zxid === zxid) return;
    this.digests.push({ zxid, digest });
    if (this.digests.length > MAX_DIGESTS) this.digests.shift();
    this.differences = null;
  }

  mirrorExtremes(extremes: MirrorExtremes): void {
    this.extremes = { value: extremes, origin: 'observer', heardMs: this.now() };
  }

  /** Transactions that the mirror was told to commit. */
  committed({ transactions }: TransactionBatch): void {
    const last = transactions.at(-1);
    if (last === undefined) return;
    this.timeline.add(last.heardMs, last.zxid);
    this.clockTimes.push({ heardMs: last.heardMs, aheadMs: last.timeMs - last.heardMs });
    if (this.clockTimes.length > MAX_CLOCK_TIMES) this.clockTimes.shift();
  }

  /** What is known now. */
  at(): Facts {
    const nowMs = this.now();
    const servers = [...this.records.values()]
      .map((record) => record.fact(nowMs, this.timeline))
      .sort((a, b) => a.sid - b.sid);
    const computed = this.computedDigests(servers);
    this.differences ??= digestDifferences(computed);
    return {
      nowMs,
      servers,
      groups: this.groups,
      leader: this.leader(nowMs, servers),
      elections: [...this.elections],
      comparesDigests: computed.length >= 2,
      differences: this.differences,
      extremes: this.extremes,
      leaderAheadMs: this.leaderAhead(nowMs),
      writesPerSecond: this.timeline.rate(nowMs, RATE_SPAN_MS),
      maxBufferBytes: this.maxBufferBytes,
    };
  }

  private computedDigests(servers: readonly ServerFact[]): ComputedDigests[] {
    const computed: ComputedDigests[] = servers.flatMap(({ sid, values: { digests } }) =>
      digests === undefined ? [] : [{ sid, digests: digests.value }],
    );
    return this.digests === null ? computed : [...computed, { sid: null, digests: this.digests }];
  }

  /** Followers know whom they follow, and so does the mirror; a leader that is paused does not say that it leads. */
  private leader(nowMs: number, servers: readonly ServerFact[]): Facts['leader'] {
    const leads = servers.filter(({ role }) => role?.value === 'leader' || role?.value === 'standalone');
    const [newest] = leads.sort((a, b) => (b.role?.heardMs ?? 0) - (a.role?.heardMs ?? 0));
    if (newest?.role) return { sid: newest.sid, origin: newest.role.origin, heardMs: newest.role.heardMs };
    const link = this.mirrorState?.link;
    if (link?.kind === 'following') return { sid: link.leader, origin: 'observer', heardMs: this.mirrorHeardMs };
    const follower = servers.find(
      ({ role, serving }) => (role?.value === 'follower' || role?.value === 'observer') && serving?.value !== false,
    );
    if (follower?.role) {
      const leader = this.records.get(follower.sid)?.voteAt(nowMs)?.leader ?? null;
      return { sid: leader, origin: follower.role.origin, heardMs: follower.role.heardMs };
    }
    return servers.some(({ role }) => role !== null) ? 'none' : null;
  }

  private leaderAhead(nowMs: number): Known<number> | null {
    const recent = this.clockTimes.filter(({ heardMs }) => heardMs >= nowMs - CLOCK_WINDOW_MS);
    const last = recent.at(-1);
    if (last === undefined || recent.length < MIN_CLOCK_TIMES) return null;
    // What took least time on its way says most.
    return { value: Math.max(...recent.map(({ aheadMs }) => aheadMs)), origin: 'observer', heardMs: last.heardMs };
  }

  private sawEpoch(epoch: number, atMs: number): void {
    if (this.epoch !== null && epoch <= this.epoch) return;
    if (this.epoch !== null) this.elections.push(atMs);
    if (this.elections.length > MAX_ELECTIONS) this.elections.shift();
    this.epoch = epoch;
  }
}
