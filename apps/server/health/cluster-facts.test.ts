import { expect, test } from 'vitest';
import type { ServerSample, ServerValues } from '../monitor/server-sample.ts';
import { ClusterFacts } from './cluster-facts.ts';
import { FoldingSeries } from './folding-series.ts';
import { LastingFindings } from './lasting-findings.ts';
import { RecentGauge, RecentMean } from './recent.ts';
import { draft, type Rule } from './rule.ts';
import { ZxidTimeline } from './zxid-timeline.ts';

const SERVERS = [1, 2, 3];

/** Facts with a clock that a test moves, of an ensemble of three. */
class Bench {
  nowMs = 1_795_000_000_000;
  readonly facts = new ClusterFacts({ now: () => this.nowMs });

  constructor() {
    const at = (host: string) => ({ host, port: 2181 });
    this.facts.setMembers(
      SERVERS.map((sid) => ({ sid, role: 'participant' as const, client: at(`zk${sid}`), quorum: null })),
      null,
    );
  }

  tells(sid: number, values: Partial<ServerValues>, origin: ServerSample['origin'] = 'words'): void {
    this.facts.sample({ sid, origin, heardMs: this.nowMs, values });
  }

  fails(sid: number, code: 'refused' | 'silent' | 'garbage', way: 'words' | 'admin' = 'words'): void {
    const reason = { code, params: { address: `zk${sid}:2181` } };
    this.facts.wayChanged(way, sid, { state: 'closed', reason, heardMs: null });
  }

  votes(sid: number, state: 'LOOKING' | 'FOLLOWING' | 'LEADING', leader: number, peerEpoch: number): void {
    this.facts.heardVote(sid, { state, vote: { leader, peerEpoch } });
  }

  role(sid: number): string | null {
    return this.facts.at().servers.find((server) => server.sid === sid)?.role?.value ?? null;
  }
}

test('nothing is known before anything was heard', () => {
  const facts = new Bench().facts.at();
  expect(facts.leader).toBeNull();
  expect(facts.servers.map(({ role }) => role)).toEqual([null, null, null]);
});

test('the newest of what words, commands and votes say is the role', () => {
  const bench = new Bench();
  bench.tells(1, { mode: 'follower' });
  bench.tells(2, { mode: 'leader' });
  expect(bench.facts.at().leader).toMatchObject({ sid: 2, origin: 'words' });
  bench.nowMs += 1_000;
  bench.votes(2, 'LOOKING', 2, 1);
  expect(bench.role(2)).toBe('looking');
  bench.nowMs += 1_000;
  bench.tells(2, { mode: 'follower' });
  expect(bench.role(2)).toBe('follower');
});

test('a server that says that it serves nobody is what its vote says, and serves nobody', () => {
  const bench = new Bench();
  bench.votes(3, 'FOLLOWING', 2, 1);
  bench.nowMs += 100;
  bench.tells(3, { mode: 'notServing' });
  const [, , third] = bench.facts.at().servers;
  expect(third).toMatchObject({ role: { value: 'follower' }, serving: { value: false } });
});

test('a server is down since it was heard no more, and not while any way is open', () => {
  const bench = new Bench();
  bench.tells(1, { mode: 'follower' });
  bench.votes(1, 'FOLLOWING', 2, 1);
  bench.nowMs += 2_000;
  const sinceMs = bench.nowMs;
  bench.fails(1, 'refused');
  expect(bench.role(1)).toBe('follower');
  // Votes are asked for every second: without one for some, nothing is left.
  bench.nowMs += 10_000;
  expect(bench.facts.at().servers[0]).toMatchObject({ role: { value: 'down' }, unheard: { sinceMs } });
});

test('who was never heard is down since before anybody looked', () => {
  const bench = new Bench();
  bench.fails(1, 'refused');
  expect(bench.facts.at().servers[0]).toMatchObject({ role: { value: 'down' }, unheard: { sinceMs: null } });
});

test('a server that takes connections and says nothing is silent; one that says something else is not gone', () => {
  const bench = new Bench();
  bench.fails(1, 'silent');
  expect(bench.role(1)).toBe('silent');
  bench.fails(2, 'garbage');
  expect(bench.role(2)).toBeNull();
  // That no admin server listens says nothing.
  bench.fails(3, 'refused', 'admin');
  expect(bench.role(3)).toBeNull();
});

test('a new epoch is an election, the first one that is seen is none', () => {
  const bench = new Bench();
  bench.tells(2, { mode: 'leader', lastZxid: 0x500000001n });
  expect(bench.facts.at().elections).toEqual([]);
  bench.nowMs += 1_000;
  bench.votes(3, 'LEADING', 3, 6);
  bench.tells(3, { mode: 'leader', lastZxid: 0x600000000n });
  expect(bench.facts.at().elections).toEqual([bench.nowMs]);
});

test('a follower lags by the time since which the leader had more', () => {
  const bench = new Bench();
  bench.tells(2, { mode: 'leader', lastZxid: 0x100000010n });
  bench.nowMs += 1_000;
  bench.tells(2, { mode: 'leader', lastZxid: 0x100000020n });
  bench.nowMs += 4_000;
  bench.tells(3, { mode: 'follower', lastZxid: 0x100000010n });
  expect(bench.facts.at().servers[2]?.lag).toMatchObject({ ms: 4_000, transactions: 16 });
  bench.tells(3, { mode: 'follower', lastZxid: 0x100000020n });
  expect(bench.facts.at().servers[2]?.lag).toMatchObject({ ms: 0, transactions: 0 });
});

test('an epoch without transactions leaves nobody behind', () => {
  const timeline = new ZxidTimeline();
  timeline.add(0, 0x100000010n);
  timeline.add(1_000, 0x200000000n);
  expect(timeline.lagOf(9_000, 0x100000010n)).toEqual({ ms: 0, transactions: 0 });
  timeline.add(2_000, 0x200000001n);
  expect(timeline.lagOf(9_000, 0x100000010n)).toEqual({ ms: 7_000, transactions: null });
});

test('writes a second', () => {
  const timeline = new ZxidTimeline();
  for (let second = 0; second <= 20; second++) timeline.add(second * 1_000, 0x100000001n + BigInt(second * 45));
  expect(timeline.rate(20_000, 10_000)).toBe(45);
});

test('replicas differ until they agree again', () => {
  const bench = new Bench();
  const digests = (...all: bigint[]) => ({
    digests: all.map((digest, index) => ({ zxid: BigInt(index + 1) * 128n, digest })),
  });
  bench.tells(1, digests(5n, 6n));
  bench.tells(2, digests(5n, 6n));
  bench.tells(3, digests(5n, 9n));
  expect(bench.facts.at().differences).toEqual([{ sid: 3, firstZxid: 256n, lastZxid: 256n, agree: [1, 2] }]);
  for (const sid of SERVERS) bench.tells(sid, digests(5n, sid === 3 ? 9n : 6n, 7n));
  expect(bench.facts.at().differences).toEqual([]);
});

test('the client that sends most is known from two lists of connections', () => {
  const bench = new Bench();
  const client = (address: string, received: number) => ({
    address,
    received,
    session: 1n,
    timeoutMs: 1,
    queued: 0,
    establishedMs: 1,
    lastOperation: null,
  });
  bench.tells(1, { clients: [client('10.0.0.1:1', 100), client('10.0.0.2:1', 100)] });
  bench.tells(1, { clients: [client('10.0.0.1:1', 100), client('10.0.0.1:2', 600), client('10.0.0.2:1', 500)] });
  expect(bench.facts.at().servers[0]).toMatchObject({
    busiest: { client: '10.0.0.1', share: 60 },
    crowd: { client: '10.0.0.1', count: 2 },
  });
});

test('the leader’s clock, from the times of transactions', () => {
  const bench = new Bench();
  const at = (aheadMs: number, index: number) => ({
    zxid: BigInt(index + 1),
    timeMs: bench.nowMs + aheadMs,
    heardMs: bench.nowMs,
    session: 1n,
    cxid: 1,
    operation: 'setData',
    error: 0,
    path: null,
    changes: [],
    moreChanges: 0,
  });
  for (const [index, late] of [30, 80, 5, 400, 60].entries()) {
    bench.facts.committed({ after: null, transactions: [at(7_000 - late, index)] });
  }
  expect(bench.facts.at().leaderAheadMs?.value).toBe(6_995);
});

test('what is now is the middle of the last looks, and what is usual comes from before', () => {
  const mean = new RecentMean();
  let sum = 0;
  let second = 0;
  const look = (ms: number) => {
    sum += ms * 10;
    mean.add(++second * 2_000, { sum, count: second * 10 }, 'words');
  };
  for (let times = 0; times < 100; times++) look(4);
  look(900);
  expect(mean.measureAt(second * 2_000)).toMatchObject({ now: { value: 4 }, usual: 4 });
  look(900);
  look(900);
  expect(mean.measureAt(second * 2_000)).toMatchObject({ now: { value: 900 }, usual: 4 });
  expect(mean.measureAt(second * 2_000 + 60_000).now).toBeNull();
  expect(mean.add(++second * 2_000, { sum: 3, count: 1 }, 'words')).toBeNull();
  const gauge = new RecentGauge();
  for (const value of [0, 900, 0, 0, 1]) gauge.add(value, value, 'words');
  expect(gauge.measure.now?.value).toBe(0.25);
  for (const value of [500, 0, 400]) gauge.add(value, value, 'words');
  expect(gauge.measure.now?.value).toBeGreaterThan(100);
});

test('a line over time stays short and keeps its peaks', () => {
  const series = new FoldingSeries();
  for (let second = 0; second < 20_000; second++) series.add(second * 1_000, second === 18_000 ? 777 : 1);
  const points = series.until(Number.MAX_SAFE_INTEGER);
  expect(points.length).toBeLessThanOrEqual(240);
  expect(points.some(([, value]) => value === 777)).toBe(true);
  expect(points[0]?.[0]).toBeGreaterThan(15_000_000);
  expect(series.until(18_000_000).every(([atMs]) => atMs <= 18_000_000)).toBe(true);
});

test('a finding is told once it has settled, stays over a short gap, and knows since when', () => {
  const bench = new Bench();
  let isWrong = false;
  const rule: Rule = {
    code: 'slowRequests',
    ways: ['words'],
    settleMs: 4_000,
    clearMs: 3_000,
    canLook: () => true,
    find: () =>
      isWrong
        ? [draft('slowRequests', { severity: 'warning', params: { sid: 1 }, from: { origin: 'words', heardMs: 1 } })]
        : [],
  };
  const lasting = new LastingFindings([rule]);
  const look = (afterMs: number) => {
    bench.nowMs += afterMs;
    return lasting.look(bench.facts.at());
  };
  expect(look(0)).toEqual([]);
  isWrong = true;
  expect(look(60_000)).toEqual([]);
  const sinceMs = bench.nowMs;
  expect(look(2_000)).toEqual([]);
  expect(look(2_000)).toMatchObject([{ id: 'slowRequests 1', sinceMs }]);
  isWrong = false;
  expect(look(2_000)).toHaveLength(1);
  isWrong = true;
  expect(look(1_000)).toMatchObject([{ sinceMs }]);
  isWrong = false;
  look(1_000);
  expect(look(3_000)).toEqual([]);
});

test('what is wrong at the first look was so before', () => {
  const bench = new Bench();
  const rule: Rule = {
    code: 'versionsMixed',
    ways: ['words'],
    settleMs: 0,
    clearMs: 0,
    canLook: () => true,
    find: () => [draft('versionsMixed', { severity: 'info', params: {}, from: { origin: 'words', heardMs: 1 } })],
  };
  expect(new LastingFindings([rule]).look(bench.facts.at())).toMatchObject([{ sinceMs: null }]);
});

test('of mismatches those count that a server counts while it is looked at, not those of its start', () => {
  const bench = new Bench();
  const mismatch = () => bench.facts.at().servers[0]?.mismatch?.value ?? null;
  const tells = (digestMismatches: number, upMs: number): void => {
    bench.nowMs += 2_000;
    bench.tells(1, { digestMismatches, upMs, lastZxid: 0x100000010n });
  };
  tells(0, 60_000);
  expect(mismatch()).toBeNull();
  tells(521, 1_000);
  expect(mismatch()).toBeNull();
  tells(521, 3_010);
  expect(mismatch()).toBeNull();
  tells(523, 5_020);
  expect(mismatch()).toEqual({ count: 2, zxid: 0x100000010n });
  tells(0, 500);
  expect(mismatch()).toBeNull();
});

test('what a server applied late says nothing of its clock for a minute', () => {
  const bench = new Bench();
  const tellsTimes = (): void => {
    for (let look = 1; look <= 4; look++) {
      bench.nowMs += 2_000;
      bench.tells(3, { propagationMs: { sum: look * 90_000, count: look * 10 } });
    }
  };
  const now = () => bench.facts.at().servers[2]?.propagationMs.now?.value ?? null;
  tellsTimes();
  expect(now()).toBe(9_000);
  bench.tells(2, { mode: 'leader', lastZxid: 0x100000010n });
  bench.nowMs += 4_000;
  bench.tells(3, { mode: 'follower', lastZxid: 0x100000001n });
  expect(now()).toBeNull();
  bench.tells(3, { lastZxid: 0x100000010n });
  expect(now()).toBeNull();
  bench.nowMs += 60_000;
  tellsTimes();
  expect(now()).toBe(9_000);
});
