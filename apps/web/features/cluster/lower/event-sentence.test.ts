import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { expect, test } from 'vitest';
import { textsOf, vote } from '../inspector/texts-for-tests.ts';
import { EVENT_GROUPS, filterEvents, groupOf } from './event-groups.ts';
import { eventSentence } from './event-sentence.ts';

const write = { operation: 'setData', path: '/a', session: '0x10', cxid: 5 };
const zxid = '0x700000e10';
const sync = { from: '0x700000001', to: zxid, txns: 3, nodes: 12 };
const process = { pid: 42, by: 'browser 1', exit: null, lastLines: [] };

/** Every kind of event, in each of its forms: a kind that is missing does not compile. */
const bodies: { readonly [Kind in ClusterEventBody['kind']]: readonly Extract<ClusterEventBody, { kind: Kind }>[] } = {
  stateChanged: (['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'] as const).flatMap((state) =>
    (['ELECTION', 'DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST'] as const).map((phase) => ({
      kind: 'stateChanged' as const,
      state,
      phase,
      epoch: 7,
      leader: state === 'LOOKING' ? null : 1,
    })),
  ),
  voteSent: [{ kind: 'voteSent', to: 3, vote: vote(7, zxid, 2) }],
  voteReceived: [
    { kind: 'voteReceived', from: 3, vote: vote(7, zxid, 2) },
    { kind: 'voteReceived', from: 4, vote: vote(-1, '0x8000000000000000', -1) },
  ],
  electionWon: [
    { kind: 'electionWon', leader: 2, electionEpoch: 4 },
    { kind: 'electionWon', leader: 3, electionEpoch: 4 },
  ],
  packetSent: [
    { kind: 'packetSent', to: 1, packet: 'PROPOSAL', zxid, queueLength: 2 },
    { kind: 'packetSent', to: 1, packet: 'REQUEST', zxid: '0xffffffffffffffff', queueLength: 2 },
  ],
  packetReceived: [
    { kind: 'packetReceived', from: 1, packet: 'ACK', zxid },
    { kind: 'packetReceived', from: -1, packet: 'FOLLOWERINFO', zxid: '0x0' },
  ],
  proposed: [
    { kind: 'proposed', zxid, ...write, bytes: 96 },
    { kind: 'proposed', zxid, ...write, path: null, bytes: 96 },
  ],
  logged: [{ kind: 'logged', zxid }],
  acked: [
    { kind: 'acked', zxid, by: 1 },
    { kind: 'acked', zxid, by: 2 },
  ],
  committed: [{ kind: 'committed', zxid }],
  applied: [
    { kind: 'applied', zxid, ...write, error: 0, changes: [], moreChanges: 0 },
    { kind: 'applied', zxid, ...write, error: -103, changes: [], moreChanges: 0 },
  ],
  writeRequested: [{ kind: 'writeRequested', ...write }],
  writeReplied: [
    { kind: 'writeReplied', session: '0x10', cxid: 5, zxid, error: 0 },
    { kind: 'writeReplied', session: '0x10', cxid: 5, zxid, error: -999 },
  ],
  synchronised: (['DIFF', 'TRUNC', 'SNAP'] as const).flatMap((mode) => [
    { kind: 'synchronised' as const, learner: 1, mode, ...sync },
    { kind: 'synchronised' as const, learner: 2, mode, ...sync },
  ]),
  clientConnected: [{ kind: 'clientConnected', client: 1, address: '127.0.0.1:5000', session: '0x10' }],
  clientClosed: [
    { kind: 'clientClosed', client: 1, session: '0x10', reason: 'the session has expired' },
    { kind: 'clientClosed', client: 1, session: null, reason: 'something new' },
  ],
  sessionCreated: [{ kind: 'sessionCreated', session: '0x10', timeoutMs: 6000 }],
  sessionClosed: [
    { kind: 'sessionClosed', session: '0x10', expired: false },
    { kind: 'sessionClosed', session: '0x10', expired: true },
  ],
  watchSet: [
    { kind: 'watchSet', session: '0x10', path: '/a', watch: 'data', watches: 1 },
    { kind: 'watchSet', session: '0x10', path: '/a', watch: 'child', watches: 2 },
    { kind: 'watchSet', session: '0x10', path: '/a', watch: 'persistent', watches: 3 },
    { kind: 'watchSet', session: '0x10', path: '/a', watch: 'recursive', watches: 4 },
  ],
  watchFired: [1, 2, 3, 4, 9].map((type) => ({
    kind: 'watchFired' as const,
    session: '0x10',
    path: '/a',
    type,
    watches: 0,
  })),
  watchRemoved: [{ kind: 'watchRemoved', session: '0x10', path: '/a', watches: 0 }],
  warning: [
    { kind: 'warning', code: 'digestMismatch', detail: '' },
    { kind: 'warning', code: 'digestMismatch', detail: 'at 0x5' },
  ],
  processChanged: [
    ...(['starting', 'running', 'paused', 'stopping', 'stopped', 'killed', 'died'] as const).map((state) => ({
      kind: 'processChanged' as const,
      process: state,
      ...process,
    })),
    { kind: 'processChanged', process: 'died', ...process, by: null, exit: { code: 1, signal: null } },
    { kind: 'processChanged', process: 'killed', ...process, exit: { code: null, signal: 'SIGKILL' } },
  ],
  linkFaulted: [
    { kind: 'linkFaulted', to: 1, fault: { kind: 'cut' }, by: 'token' },
    { kind: 'linkFaulted', to: 1, fault: { kind: 'slow', delayMs: 50 }, by: null },
    { kind: 'linkFaulted', to: 1, fault: { kind: 'drop', percent: 5 }, by: null },
    { kind: 'linkFaulted', to: 1, fault: null, by: null },
  ],
  memberAdded: (['participant', 'observer'] as const).map((role) => ({
    kind: 'memberAdded' as const,
    role,
    host: '127.0.0.1',
    clientPort: 2181,
    quorumPort: 2888,
    electionPort: 3888,
  })),
  dropped: [{ kind: 'dropped', count: 12 }],
  memberRemoved: [{ kind: 'memberRemoved' }],
  reachabilityChanged: [
    { kind: 'reachabilityChanged', reachable: false, reason: 'refused' },
    { kind: 'reachabilityChanged', reachable: true, reason: null },
  ],
  znodeSeen: (['created', 'deleted', 'dataChanged', 'childrenChanged'] as const).map((change) => ({
    kind: 'znodeSeen' as const,
    path: '/a',
    change,
  })),
};

const event = (body: ClusterEventBody, n = 1, sid = 2): FeedEvent => ({
  n,
  sid,
  sequence: n,
  atMs: n,
  wallMs: n,
  body,
});

for (const language of ['en', 'zh'] as const) {
  test(`every kind of event has a sentence, with all its parameters (${language})`, () => {
    const t = textsOf(language);
    for (const body of Object.values(bodies).flat()) {
      const sentence = eventSentence(t, event(body));
      expect(sentence).not.toMatch(/undefined|NaN|\[object/);
      if (language === 'zh') expect(sentence).toMatch(/\p{Script=Han}/u);
    }
  });
}

test('sentences say what happened', () => {
  const t = textsOf('en');
  const say = (body: ClusterEventBody) => eventSentence(t, event(body));
  expect(say(bodies.electionWon[0] ?? bodies.dropped[0] ?? never())).toBe('has decided in round 4: it leads itself');
  expect(bodies.packetSent.map(say)).toEqual(['sends PROPOSAL 7·e10 to server 1', 'sends REQUEST to server 1']);
  expect(bodies.applied.map(say)).toEqual([
    'applies 7·e10: setData /a',
    'applies 7·e10: setData /a is refused with BADVERSION',
  ]);
  expect(bodies.clientClosed.map(say)).toEqual([
    'loses the client of session 0x10: the session has expired',
    'loses a client without a session: something new',
  ]);
  expect(say({ kind: 'processChanged', process: 'killed', ...process, exit: { code: null, signal: 'SIGKILL' } })).toBe(
    'was killed (SIGKILL, by browser 1)',
  );
});

function never(): never {
  throw new Error('the table above has no such event');
}

test('the filter narrows by kind, server and text', () => {
  const t = textsOf('en');
  const all = Object.values(bodies).flatMap((ofKind, i) =>
    ofKind.map((body, j) => event(body, i * 100 + j, 1 + (i % 3))),
  );
  const filter = (change: object) =>
    filterEvents(all, { groups: EVENT_GROUPS, sids: [], text: '', ...change }, (one) => eventSentence(t, one));
  expect(filter({})).toHaveLength(all.length);
  expect(new Set(filter({ groups: ['votes'] }).map(groupOf))).toEqual(new Set(['votes']));
  expect(filter({ sids: [2] }).every(({ sid }) => sid === 2)).toBe(true);
  expect(filter({ text: ' badVERSION ' }).map(({ body }) => body.kind)).toEqual(['applied']);
  expect(filter({ groups: [] })).toEqual([]);
});
