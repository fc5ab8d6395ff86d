import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { beforeEach, expect, test } from 'vitest';
import { type HeardRole, ServerStates } from './server-states.ts';

const REFUSED = { code: 'refused', params: { address: 'a:1' } } as const;
const NOT_ALLOWED = { code: 'notAllowed', params: { word: 'mntr' } } as const;

let told: string[] = [];
let states: ServerStates;

beforeEach(() => {
  told = [];
  states = new ServerStates((sid, body) => told.push(`${sid} ${text(body)}`));
});

function text(body: ClusterEventBody): string {
  if (body.kind === 'stateChanged') return `${body.state} ${body.phase} ${body.epoch} ${body.leader}`;
  if (body.kind === 'reachabilityChanged') return body.reachable ? 'found' : `lost ${body.reason}`;
  return body.kind;
}

function leading(sid: number, epoch: number | null): HeardRole {
  return { state: 'LEADING', leader: sid, epoch };
}
function following(leader: number, epoch: number | null): HeardRole {
  return { state: 'FOLLOWING', leader, epoch };
}
const looking: HeardRole = { state: 'LOOKING', leader: null, epoch: null };

/** What was told since the last time. */
function news(): string[] {
  return told.splice(0);
}

test('a way that is trusted more wins over a younger word, until it has been silent for long', () => {
  states.heard(1, 'election', leading(1, 3), 1_000);
  states.heard(1, 'words', looking, 2_000);
  expect(news()).toEqual(['1 LEADING BROADCAST 3 1']);
  states.heard(1, 'words', looking, 9_000);
  expect(news()).toEqual(['1 LOOKING ELECTION 3 null']);
  expect(states.origin).toBe('words');
});

test('the same told again, from wherever, is no event', () => {
  for (const atMs of [0, 1_000, 2_000]) {
    states.heard(2, 'election', following(1, 3), atMs);
    states.heard(2, 'words', following(1, null), atMs + 500);
    states.heard(2, 'client', null, atMs + 600);
  }
  expect(news()).toEqual(['2 FOLLOWING BROADCAST 3 1']);
});

test('an election: the epoch has begun when its number is told, not when a leader is agreed on', () => {
  states.heard(1, 'election', leading(1, 1), 0);
  states.heard(2, 'election', following(1, 1), 0);
  states.heard(2, 'election', looking, 100);
  news();
  states.heard(2, 'election', leading(2, 1), 200);
  expect(news()).toEqual(['2 LEADING DISCOVERY 1 2']);
  states.heard(2, 'election', leading(2, 2), 300);
  expect(news()).toEqual(['2 LEADING BROADCAST 2 2']);
  states.heard(1, 'election', looking, 400);
  // Who comes back to a leader that serves does not begin an epoch.
  states.heard(1, 'election', following(2, 2), 500);
  expect(news()).toEqual(['1 LOOKING ELECTION 1 null', '1 FOLLOWING BROADCAST 2 2']);
});

test('words name a leader only once it serves', () => {
  states.heard(1, 'words', looking, 0);
  states.heard(1, 'words', leading(1, null), 5_000);
  expect(news()).toEqual(['1 LOOKING ELECTION 0 null', '1 LEADING BROADCAST 0 1']);
});

test('a port that answered and refuses now outweighs what others told before, and later answers outweigh it', () => {
  states.heard(1, 'words', leading(1, null), 0);
  states.heard(1, 'election', leading(1, 1), 500);
  news();
  states.failed(1, 'election', REFUSED, 1_000);
  states.failed(1, 'words', REFUSED, 1_100);
  expect(news()).toEqual(['1 lost refused']);
  expect(states.leader).toBeNull();
  states.heard(1, 'words', following(2, null), 5_000);
  expect(news()).toEqual(['1 found', '1 FOLLOWING BROADCAST 1 2']);
});

test('a port that never answered says nothing of a server that others reach, nor does a word that is not allowed', () => {
  states.failed(1, 'election', REFUSED, 0);
  expect(news()).toEqual([]);
  states.failed(1, 'words', NOT_ALLOWED, 100);
  for (const atMs of [1_000, 2_000, 3_000]) {
    states.failed(1, 'election', REFUSED, atMs);
    states.failed(1, 'words', NOT_ALLOWED, atMs);
  }
  expect(news()).toEqual([]);
  states.failed(1, 'words', REFUSED, 4_000);
  expect(news()).toEqual(['1 lost refused']);
});
