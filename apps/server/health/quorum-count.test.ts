import { expect, test } from 'vitest';
import type { Facts, Measure, Role, ServerFact } from './facts.ts';
import { restartAnswers } from './quorum-count.ts';

const NONE: Measure = { now: null, usual: null };

function server(sid: number, role: Role | null, voter = true): ServerFact {
  return {
    sid,
    host: `zk${sid}`,
    address: '',
    voter,
    role: role === null ? null : { value: role, origin: 'words', heardMs: 0 },
    serving: null,
    unheard: null,
    values: { connections: { value: 10 * sid, origin: 'words', heardMs: 0 } },
    latencyMs: NONE,
    fsyncMs: NONE,
    propagationMs: NONE,
    outstanding: NONE,
    lag: null,
    mismatch: null,
    busiest: null,
    crowd: null,
    series: { latencyMs: [], outstanding: [], znodes: [] },
  };
}

function answers(roles: string, groups: Facts['groups'] = null): string[] {
  const letters: Readonly<Record<string, Role | null>> = {
    L: 'leader',
    F: 'follower',
    X: 'down',
    s: 'silent',
    l: 'looking',
    '?': null,
  };
  const servers = [...roles].map((letter, index) =>
    letter === 'o' ? server(index + 1, 'observer', false) : server(index + 1, letters[letter] ?? null),
  );
  const leader = servers.find(({ role }) => role?.value === 'leader');
  return restartAnswers({
    nowMs: 0,
    servers,
    groups,
    leader: leader === undefined ? 'none' : { sid: leader.sid, origin: 'words', heardMs: 0 },
    elections: [],
    comparesDigests: false,
    differences: [],
    extremes: null,
    leaderAheadMs: null,
    writesPerSecond: null,
    maxBufferBytes: 1,
  }).map(({ answer, because: { code, sids } }) => [answer, code, ...sids].join(' '));
}

test('a majority: with all up any one may go, and none while another is missing', () => {
  expect(answers('FLF')).toEqual(['yes spare', 'yes electionFollows', 'yes spare']);
  expect(answers('FLX')).toEqual(
    ['no bringBackFirst 3', 'no bringBackFirst 3', 'no bringBackFirst 3'].with(2, 'yes spare'),
  );
  expect(answers('lXs')).toEqual(['no quorumLost 1 2 3', 'no quorumLost 1 2 3', 'no quorumLost 1 2 3']);
  expect(answers('L')).toEqual(['no noneToSpare']);
});

test('of five, one may be missing, but not a second one at once', () => {
  expect(answers('FFLFX')).toEqual([
    'no bringBackFirst 5',
    'no bringBackFirst 5',
    'no bringBackFirst 5',
    'no bringBackFirst 5',
    'yes spare',
  ]);
  expect(answers('FFLFF')).toEqual(['yes spare', 'yes spare', 'yes electionFollows', 'yes spare', 'yes spare']);
});

test('an observer may always go', () => {
  expect(answers('FLXo')[3]).toBe('yes observerOnly');
});

test('what is not known may be up or not', () => {
  expect(answers('???')).toEqual(['unknown unknown', 'unknown unknown', 'unknown unknown']);
  expect(answers('FL?')).toEqual(['unknown unknown 3', 'unknown unknown 3', 'yes spare']);
});

test('groups and weights decide where they are configured', () => {
  const groups = {
    members: new Map([
      [1, [1, 2, 3]],
      [2, [4, 5, 6]],
      [3, [7, 8, 9]],
    ]),
    weights: new Map([1, 2, 3, 4, 5, 6, 7, 8, 9].map((sid) => [sid, sid === 1 ? 0 : 1])),
  };
  const all = answers('FFFFLFFFF', groups);
  expect(all[0]).toBe('yes observerOnly');
  expect(all[4]).toBe('yes electionFollows');
  // Two whole groups are left, one of which has two votes and needs both.
  const oneGroupGone = answers('FFFFLFXXX', groups);
  expect(oneGroupGone[1]).toBe('no bringBackFirst 7 8 9');
  expect(oneGroupGone[3]).toBe('no bringBackFirst 7 8 9');
});

test('sessions and counts come along', () => {
  const [first] = restartAnswers({
    nowMs: 0,
    servers: [server(1, 'follower'), server(2, 'leader'), server(3, 'follower')],
    groups: null,
    leader: { sid: 2, origin: 'words', heardMs: 0 },
    elections: [],
    comparesDigests: false,
    differences: [],
    extremes: null,
    leaderAheadMs: null,
    writesPerSecond: null,
    maxBufferBytes: 1,
  });
  expect(first).toMatchObject({
    sid: 1,
    sessions: 10,
    now: { voters: [1, 2, 3], up: [1, 2, 3], needed: 2, hasQuorum: true, spare: 1 },
    without: { up: [2, 3], hasQuorum: true, spare: 0 },
    andOneMore: { other: 2, hasQuorum: false },
  });
});
