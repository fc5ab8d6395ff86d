import type { Finding, Known } from '@vivarium/shared/contract/health';
import { expect, test } from 'vitest';
import { AVAILABILITY_RULES } from './availability-rules.ts';
import { DATA_RULES } from './data-rules.ts';
import type { Facts, KnownValues, Measure, Role, ServerFact } from './facts.ts';
import { LOAD_RULES } from './load-rules.ts';
import type { Draft } from './rule.ts';
import { SETTING_RULES } from './setting-rules.ts';

const NOW = 1_795_000_000_000;
const RULES = [...AVAILABILITY_RULES, ...DATA_RULES, ...LOAD_RULES, ...SETTING_RULES];

function known<T>(value: T): Known<T> {
  return { value, origin: 'words', heardMs: NOW };
}

const QUIET: Measure = { now: known(1), usual: 1 };

function server(sid: number, role: Role | null, given: Partial<ServerFact> = {}): ServerFact {
  return {
    sid,
    host: `zk${sid}`,
    address: `zk${sid}:2181`,
    voter: true,
    role: role === null ? null : known(role),
    serving: role === 'leader' || role === 'follower' ? known(true) : null,
    unheard: null,
    values: {},
    latencyMs: QUIET,
    fsyncMs: QUIET,
    propagationMs: QUIET,
    outstanding: QUIET,
    lag: null,
    mismatch: null,
    busiest: null,
    crowd: null,
    series: { latencyMs: [], outstanding: [], znodes: [] },
    ...given,
  };
}

function facts(servers: readonly ServerFact[], given: Partial<Facts> = {}): Facts {
  const leads = servers.find(({ role }) => role?.value === 'leader');
  return {
    nowMs: NOW,
    servers,
    groups: null,
    leader: leads === undefined ? 'none' : { sid: leads.sid, origin: 'words', heardMs: NOW },
    elections: [],
    comparesDigests: true,
    differences: [],
    extremes: known({ childLists: [], data: [], quotas: [] }),
    leaderAheadMs: null,
    writesPerSecond: 0,
    maxBufferBytes: 1_000_000,
    ...given,
  };
}

function gone(sid: number, role: 'down' | 'silent'): ServerFact {
  const code = role === 'down' ? 'refused' : 'silent';
  const reason = { code, params: { address: `zk${sid}:2181` } } as const;
  return server(sid, role, { unheard: { reason, origin: 'words', sinceMs: NOW - 5_000 } });
}

const HEALTHY = [server(1, 'follower'), server(2, 'leader'), server(3, 'follower')];

function found(what: Facts): readonly Draft[] {
  return RULES.flatMap((rule) => rule.find(what));
}

function codes(what: Facts): readonly Finding['code'][] {
  return found(what).map(({ code }) => code);
}

function find(what: Facts, code: Finding['code']): Draft {
  const draft = found(what).find((one) => one.code === code);
  if (draft === undefined) throw new Error(`${code} was not found`);
  return draft;
}

/** A healthy ensemble whose server 3 tells these values, or is otherwise in these respects. */
function with3(values: KnownValues, given: Partial<ServerFact> = {}): Facts {
  return facts([...HEALTHY.slice(0, 2), server(3, 'follower', { values, ...given })]);
}

test('nothing is wrong with a healthy ensemble', () => {
  expect(codes(facts(HEALTHY))).toEqual([]);
});

test('a server alone is healthy too', () => {
  const alone = server(1, 'standalone');
  expect(codes(facts([alone], { leader: { sid: 1, origin: 'words', heardMs: NOW } }))).toEqual([]);
});

test('no leader: a majority is there and looks for one', () => {
  const looking = facts([server(1, 'looking'), server(2, 'looking'), server(3, 'looking')]);
  expect(codes(looking)).toEqual(['noLeader']);
  expect(find(looking, 'noLeader')).toMatchObject({ severity: 'critical', params: { up: 0, voters: 3, needed: 2 } });
});

test('quorum lost: two of three are gone, which is told instead of that nobody leads', () => {
  const lost = facts([server(1, 'looking'), gone(2, 'down'), gone(3, 'silent')]);
  expect(codes(lost)).toEqual(['quorumLost', 'serverDown', 'serverSilent']);
  expect(find(lost, 'quorumLost')).toMatchObject({ sids: [2, 3], params: { voters: 3, needed: 2 } });
});

test('a server that is down, or silent, leaves the quorum at its edge', () => {
  const down = facts([...HEALTHY.slice(0, 2), gone(3, 'down')]);
  expect(codes(down)).toEqual(['quorumAtEdge', 'serverDown']);
  expect(find(down, 'serverDown')).toMatchObject({
    sids: [3],
    params: { sid: 3, address: 'zk3:2181', reason: 'refused', up: 2, voters: 3, needed: 2 },
    sinceMs: NOW - 5_000,
  });
  expect(codes(facts([...HEALTHY.slice(0, 2), gone(3, 'silent')]))).toEqual(['quorumAtEdge', 'serverSilent']);
});

test('of five, one may be down before the quorum is at its edge; who is not known counts as up', () => {
  const five = [...HEALTHY, server(4, 'follower'), gone(5, 'down')];
  expect(codes(facts(five))).toEqual(['serverDown']);
  expect(codes(facts([...HEALTHY.slice(0, 2), server(3, null)]))).toEqual([]);
});

test('an observer that is down does not touch the quorum', () => {
  expect(codes(facts([...HEALTHY, { ...gone(4, 'down'), voter: false }]))).toEqual(['serverDown']);
});

test('not in sync: it runs, and others have a leader', () => {
  const out = facts([...HEALTHY.slice(0, 2), server(3, 'looking', { serving: known(false) })]);
  expect(codes(out)).toEqual(['quorumAtEdge', 'notInSync']);
  const synchronising = facts([...HEALTHY.slice(0, 2), server(3, 'follower', { serving: known(false) })]);
  expect(codes(synchronising)).toContain('notInSync');
});

test('lagging, with how late and how many transactions', () => {
  const late = { ms: 4_000, transactions: 120, heardMs: NOW };
  expect(find(with3({}, { lag: late }), 'lagging').params).toMatchObject({
    sid: 3,
    transactions: 120,
    leader: 2,
    lagMs: 4_000,
  });
  expect(codes(with3({}, { lag: { ...late, ms: 500 } }))).toEqual([]);
});

test('elections repeat: three in ten minutes', () => {
  const elections = [NOW - 300_000, NOW - 200_000, NOW - 100_000];
  expect(find(facts(HEALTHY, { elections }), 'electionsRepeat').params).toEqual({ count: 3, minutes: 10 });
  expect(codes(facts(HEALTHY, { elections: [NOW - 3_600_000, ...elections.slice(1)] }))).toEqual([]);
});

test('a replica differs', () => {
  const differences = [{ sid: 3, firstZxid: 0x100000080n, lastZxid: 0x100000100n, agree: [1, 2] }];
  expect(find(facts(HEALTHY, { differences }), 'digestsDiffer')).toMatchObject({
    severity: 'critical',
    params: { sid: 3, zxid: '0x100000080', others: '1, 2' },
  });
});

test('a replica that could not confirm the leader’s digests differs, unless a later digest is that of the others', () => {
  const mismatch = known({ count: 4, zxid: 0x100000085n });
  expect(find(with3({}, { mismatch }), 'digestsDiffer').params).toMatchObject({ sid: 3, mismatches: 4 });
  const digests = known([{ zxid: 0x100000100n, digest: 7n }]);
  const same = facts([
    server(1, 'follower', { values: { digests } }),
    HEALTHY[1] ?? server(2, 'leader'),
    server(3, 'follower', { mismatch, values: { digests } }),
  ]);
  expect(codes(same)).toEqual([]);
});

test('where no learner can confirm the leader’s digests, the leader is the one that differs', () => {
  const mismatch = known({ count: 4, zxid: 5n });
  const all = facts([server(1, 'follower', { mismatch }), server(2, 'leader'), server(3, 'follower', { mismatch })]);
  expect(found(all).map(({ params }) => params.sid)).toEqual([2]);
});

test('requests, fsync and waiting requests against the past of the server itself', () => {
  const slow: Measure = { now: known(430), usual: 5 };
  const busiest = { client: '10.12.9.14', share: 61 };
  expect(find(with3({}, { latencyMs: slow, busiest }), 'slowRequests').params).toMatchObject({
    sid: 3,
    ms: 430,
    before: 5,
    client: '10.12.9.14',
    share: 61,
  });
  expect(codes(with3({}, { latencyMs: { now: known(430), usual: 400 } }))).toEqual([]);
  expect(find(with3({}, { fsyncMs: { now: known(90), usual: 4 } }), 'slowFsync').params).toMatchObject({ ms: 90 });
  expect(codes(with3({}, { fsyncMs: { now: known(90), usual: 60 } }))).toEqual([]);
  expect(find(with3({}, { outstanding: { now: known(187), usual: 1 } }), 'outstandingGrow').params).toMatchObject({
    count: 187,
  });
  expect(codes(with3({}, { outstanding: { now: known(187), usual: 150 } }))).toEqual([]);
});

test('as long as there is no past, a fixed limit', () => {
  expect(codes(with3({}, { latencyMs: { now: known(430), usual: null } }))).toEqual(['slowRequests']);
  expect(codes(with3({}, { latencyMs: { now: known(100), usual: null } }))).toEqual([]);
});

test('connections of one address, and file descriptors, near the limit', () => {
  const clients = known([]);
  const limited = with3({ maxClientCnxns: known(60), clients }, { crowd: { client: '10.0.0.9', count: 55 } });
  expect(find(limited, 'connectionsNearLimit').params).toMatchObject({ count: 55, limit: 60, client: '10.0.0.9' });
  const unlimited = with3({ maxClientCnxns: known(0), clients }, { crowd: { client: '10.0.0.9', count: 5_500 } });
  expect(codes(unlimited)).toEqual([]);
  expect(codes(with3({ openFiles: known(950), maxFiles: known(1_000) }))).toEqual(['connectionsNearLimit']);
  expect(codes(with3({ openFiles: known(50), maxFiles: known(1_000) }))).toEqual([]);
});

test('a child list, a datum and a quota near their limits', () => {
  const extremes = (bytes: number): Facts =>
    facts(HEALTHY, {
      extremes: known({
        childLists: [{ path: '/queue', children: 40_000, bytes }],
        data: [{ path: '/big', bytes }],
        quotas: [{ path: '/app', count: bytes / 1_000, bytes: 0, countLimit: 1_000, bytesLimit: null }],
      }),
    });
  expect(codes(extremes(900_000))).toEqual(['childListNearLimit', 'dataNearLimit', 'quotaNear']);
  expect(find(extremes(900_000), 'childListNearLimit')).toMatchObject({
    severity: 'info',
    path: '/queue',
    params: { path: '/queue', children: 40_000, bytes: 900_000, limit: 1_000_000 },
  });
  expect(find(extremes(1_000_001), 'childListNearLimit').severity).toBe('warning');
  expect(codes(extremes(100_000))).toEqual([]);
});

test('a clock that is apart, by its own words, by transactions, or by the time that these took', () => {
  expect(find(with3({ clockAheadMs: known([5_000, 6_000] as const) }), 'clocksApart').params).toMatchObject({
    sid: 3,
    ms: 5_000,
  });
  expect(find(with3({ clockAheadMs: known([-9_000, -8_000] as const) }), 'clocksApart').params).toMatchObject({
    ms: -8_000,
  });
  expect(codes(with3({ clockAheadMs: known([-900, 1_500] as const) }))).toEqual([]);
  expect(find(facts(HEALTHY, { leaderAheadMs: known(4_000) }), 'clocksApart').params).toMatchObject({
    sid: 2,
    with: 'host',
  });
  expect(codes(facts(HEALTHY, { leaderAheadMs: known(-1_000) }))).toEqual([]);
  const late: Measure = { now: known(8_000), usual: null };
  expect(find(with3({}, { propagationMs: late }), 'clocksApart').params).toMatchObject({ sid: 3, with: 'leader' });
});

test('mixed versions', () => {
  const mixed = HEALTHY.map((one, index) => ({ ...one, values: { version: known(index === 0 ? '3.8.0' : '3.10.1') } }));
  expect(find(facts(mixed), 'versionsMixed')).toMatchObject({ sids: [1], params: { versions: '3.8.0, 3.10.1' } });
  expect(codes(facts(HEALTHY.map((one) => ({ ...one, values: { version: known('3.8.0') } }))))).toEqual([]);
});

test('words open to all, unless only this machine reaches them', () => {
  const open = { everyWord: known(true) };
  expect(find(with3(open), 'wordsOpen')).toMatchObject({ sids: [3] });
  expect(codes(with3(open, { host: '127.0.0.1' }))).toEqual([]);
  expect(codes(with3({ everyWord: known(false) }))).toEqual([]);
});

test('what nothing is known of cannot be looked for', () => {
  const nothing = facts([server(1, null), server(2, null)], { leader: null, comparesDigests: false, extremes: null });
  const blind = RULES.filter((rule) => !rule.canLook(nothing));
  expect(blind.length).toBe(RULES.length);
  expect(found(nothing)).toEqual([]);
});
