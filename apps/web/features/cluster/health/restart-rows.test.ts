import type { Finding, HealthReport, QuorumCount, Replica, RestartAnswer } from '@vivarium/shared/contract/health';
import { expect, test } from 'vitest';
import { restartRows, serverToAsk } from './restart-rows.ts';

const VOTERS = [1, 2, 3, 4, 5];

function count(up: readonly number[], needed = 3): QuorumCount {
  return { voters: VOTERS, up, needed, hasQuorum: up.length >= needed, spare: Math.max(0, up.length - needed) };
}

const answer: RestartAnswer = {
  sid: 2,
  answer: 'no',
  because: { code: 'bringBackFirst', sids: [5] },
  now: count([1, 2, 3, 4]),
  without: count([1, 3, 4]),
  andOneMore: { ...count([1, 3]), other: 4 },
  sessions: 212,
};

function replica(sid: number, role: 'leader' | 'follower' | 'down'): Replica {
  return {
    sid,
    host: `zk-${sid}`,
    voter: true,
    role: { value: role, origin: 'election', heardMs: 0 },
    lastZxid: null,
    behind: null,
    digest: null,
    latencyMs: null,
    outstanding: null,
    znodes: null,
    sessions: null,
    watches: null,
    connections: null,
    fsyncMs: null,
    upMs: null,
    version: null,
    series: { latencyMs: [], outstanding: [], znodes: [] },
  };
}

function finding(code: Finding['code'], sid: number): Finding {
  return {
    id: `${code} ${sid}`,
    code,
    severity: 'warning',
    params: {},
    sids: [sid],
    path: null,
    sinceMs: null,
    origin: 'words',
    heardMs: 0,
    evidence: { kind: 'none' },
    next: [],
  };
}

const replicas = [
  replica(1, 'follower'),
  replica(2, 'follower'),
  replica(3, 'leader'),
  replica(4, 'follower'),
  replica(5, 'down'),
];
const report: Pick<HealthReport, 'replicas' | 'findings' | 'restart'> = {
  replicas,
  findings: [finding('digestsDiffer', 4), finding('serverDown', 5), finding('slowRequests', 2)],
  restart: VOTERS.map((sid) => ({ ...answer, sid })),
};

test('three rows: now, without it, and without one more; the leader first, who holds other data last', () => {
  const rows = restartRows(report, answer);
  expect(rows.map(({ kind, sid }) => [kind, sid])).toEqual([
    ['now', null],
    ['without', 2],
    ['andOneMore', 4],
  ]);
  expect(rows.map(({ have }) => have)).toEqual([
    [3, 1, 2, 4],
    [3, 1, 4],
    [3, 1],
  ]);
  expect(rows.map(({ wrong }) => wrong)).toEqual([[4], [4], []]);
});

test('who is down now is crossed out in each row; who is only taken away leaves an empty slot', () => {
  for (const { dead } of restartRows(report, answer)) expect(dead).toEqual([5]);
});

test('the line stands where a plain majority is, and nowhere with weights', () => {
  expect(restartRows(report, answer)[0]?.line).toBe(3);
  expect(restartRows(report, { ...answer, now: count([1, 2], 2) })[0]?.line).toBeNull();
});

test('without one more to lose there are two rows', () => {
  expect(restartRows(report, { ...answer, andOneMore: null })).toHaveLength(2);
});

test('asked first is a server that something is wrong with and that runs, else a follower', () => {
  expect(serverToAsk(report)).toBe(2);
  expect(serverToAsk({ ...report, findings: [] })).toBe(1);
  expect(serverToAsk({ replicas: [], findings: [], restart: [] })).toBeNull();
});
