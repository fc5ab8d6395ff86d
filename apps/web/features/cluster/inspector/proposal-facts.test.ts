import type { ProposalView } from '@vivarium/shared/cluster-state';
import { expect, test } from 'vitest';
import { membershipOf } from './membership.ts';
import { ackSentence, lifeOf, placeOf, quorumAtMs } from './proposal-facts.ts';
import { server, stateWith, textsOf } from './texts-for-tests.ts';

const en = textsOf('en');
const zh = textsOf('zh');

const observer = server(4, {
  member: { role: 'observer', host: '127.0.0.1', clientPort: 1, quorumPort: 2, electionPort: 3 },
});
const state = stateWith([server(1), server(2), server(3), observer]);
const members = membershipOf(state);
const write: ProposalView = {
  zxid: '0x700000e10',
  operation: 'setData',
  path: '/a',
  session: '0x1',
  cxid: 420,
  bytes: 96,
  error: null,
  requestedBy: 2,
  requestedAtMs: 98.6,
  leader: 3,
  proposedAtMs: 100,
  receivedAtMs: { 2: 100.9 },
  loggedAtMs: { 3: 101 },
  ackedAtMs: { 3: 101 },
  committedAtMs: {},
  appliedAtMs: {},
  repliedAtMs: null,
  watchesFired: 0,
};

test('the life of a write marks what has happened and what is to come', () => {
  const life = lifeOf(write, members);
  expect(life.map(({ state: at }) => at)).toEqual(['done', 'done', 'now', 'todo', 'todo', 'todo', 'todo']);
  expect(life.map(({ key, params }) => en(key, params))).toEqual([
    'request at server 2',
    'proposed, queued for 1, 2',
    'on the leader’s disk',
    'acknowledged by a quorum (2 of 3)',
    'COMMIT to 1, 2; INFORM to 4',
    'applied on server 2',
    'reply from server 2',
  ]);
  expect(life[0]?.offsetMs).toBeCloseTo(-1.4);
  for (const { key, params } of life) expect(zh(key, params)).not.toBe('');
});

test('a write that is over has no step that is still to come', () => {
  const over = {
    ...write,
    ackedAtMs: { 2: 103, 3: 101, 1: 104 },
    committedAtMs: { 3: 103 },
    appliedAtMs: { 2: 104 },
    repliedAtMs: 104.5,
    watchesFired: 2,
  };
  const life = lifeOf(over, members);
  expect(life.every(({ state: at }) => at === 'done')).toBe(true);
  expect(life.map(({ key, params }) => en(key, params))).toContain('2 watches fired');
  expect(quorumAtMs(over, members)).toBe(103);
  const reached = ackSentence(state, over, members);
  expect(en(reached.key, reached.params)).toBe('A quorum of 2 had it 3.00 ms after the proposal.');
});

test('whose ACK is missing is told, and whose is on its way', () => {
  const waiting = ackSentence(state, write, members);
  expect(en(waiting.key, waiting.params)).toBe('1 of 2; waits for 1, 2.');
  const packet = { packet: 'ACK', zxid: write.zxid, sentAtMs: 102 };
  const link = { from: 2, to: 3, queue: [packet], waiting: 1, sent: 1, received: 0, lost: 0, early: [], fault: null };
  const coming = ackSentence({ ...state, links: { '2>3': link } }, write, members);
  expect(en(coming.key, coming.params)).toBe('1 of 2; the ACK of 2 is on its way.');
});

test('where a server is that has not got it', () => {
  const link = {
    from: 3,
    to: 1,
    queue: [{ packet: 'PROPOSAL', zxid: write.zxid, sentAtMs: 100 }],
    waiting: 1,
    sent: 1,
    received: 0,
    lost: 0,
    early: [],
    fault: null,
  };
  const queued = { ...state, links: { '3>1': link } };
  expect(placeOf(queued, write, 1)).toBe('waits');
  expect(placeOf(queued, write, 2)).toBe('arrived');
  expect(placeOf(queued, write, 3)).toBe('arrived');
  expect(placeOf(queued, write, 4)).toBe('afterCommit');
  expect(placeOf(state, write, 1)).toBe('notYet');
  expect(placeOf(stateWith([server(1, { lastLogged: '0x700000e11' })]), write, 1)).toBe('elsewise');
});
