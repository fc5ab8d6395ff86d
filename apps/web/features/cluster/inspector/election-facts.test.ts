import { linkKey, type ProposalView } from '@vivarium/shared/cluster-state';
import { compareVotes } from '@vivarium/shared/vote-order';
import { expect, test } from 'vitest';
import {
  candidatesOf,
  causeSentence,
  decision,
  electionUnderWay,
  fatesOf,
  heardRows,
  nextSentence,
  quorumSentence,
  type Sentence,
} from './election-facts.ts';
import { election, server, stateWith, textsOf, vote } from './texts-for-tests.ts';

const en = textsOf('en');
const zh = textsOf('zh');
const say = ({ key, params }: Sentence) => {
  expect(zh(key, params)).toMatch(/\p{Script=Han}/u);
  return en(key, params);
};

const killed = server(4, {
  process: { state: 'killed', pid: null, by: null, exit: { code: null, signal: 'SIGKILL' }, lastLines: [], sinceMs: 0 },
});
const meadow = stateWith([server(1), server(2), server(3), killed]);
const one = vote(7, '0x700004e1a', 1);
const two = vote(7, '0x700004e1c', 2);
const three = vote(7, '0x700004e1b', 3);
const open = election([1, 2, 3, 4], {
  votes: { 1: three, 2: two, 3: two },
  heard: { 1: { 3: three }, 2: { 1: three, 3: three }, 3: { 1: three, 2: two } },
  steps: [
    {
      atMs: 1002,
      voter: 1,
      step: 'starts',
      from: null,
      vote: one,
      heard: null,
      because: null,
      tally: [1],
    },
  ],
});

test('votes are compared by epoch, then zxid, then sid', () => {
  expect(compareVotes(vote(8, '0x1', 1), vote(7, '0x9', 3))).toMatchObject({ by: 'epoch' });
  expect(compareVotes(two, three)).toEqual({ order: 1, by: 'zxid' });
  expect(compareVotes(three, two).order).toBeLessThan(0);
  expect(compareVotes(vote(7, '0x5', 3), vote(7, '0x5', 1))).toEqual({ order: 2, by: 'sid' });
  expect(compareVotes(two, { ...two, electionEpoch: 2 })).toEqual({ order: 0, by: 'equal' });
});

test('candidates are ranked with the voters behind each, also those that nobody votes for any more', () => {
  expect(candidatesOf(open).map(({ vote: { leader }, by }) => [leader, by])).toEqual([
    [2, [2, 3]],
    [3, [1]],
    [1, []],
  ]);
});

test('the sentence says which comparison decides', () => {
  expect(decision(candidatesOf(open)).by).toBe('zxid');
  expect(say(decision(candidatesOf(open)).because)).toBe(
    'Epochs are equal, so the zxid decides. The larger sid of server 3 does not count.',
  );
  const of = (...votes: Parameters<typeof compareVotes>) => decision(votes.map((cast) => ({ vote: cast, by: [] })));
  expect(say(of(two, vote(7, '0x700004e1b', 1)).because)).toBe('Epochs are equal, so the zxid decides.');
  expect(say(of(vote(8, '0x1', 1), three).because)).toContain('larger epoch of server 1');
  expect(say(of(vote(7, '0x5', 3), vote(7, '0x5', 1)).because)).toContain('larger sid decides');
  expect(say(decision([]).because)).toBe('No vote has been seen yet.');
  expect(say(decision([{ vote: two, by: [2] }]).because)).toContain('server 2');
});

test('a server that comes back to a leader is no election', () => {
  const under = (change: object) => electionUnderWay({ ...meadow, elections: [{ ...open, ...change }] })?.number;
  expect(under({})).toBe(9);
  expect(under({ endedAtMs: 1300 })).toBeUndefined();
  expect(under({ cause: { kind: 'rejoined', sid: 3 } })).toBeUndefined();
  expect(electionUnderWay(meadow)).toBeNull();
});

test('the matrix tells what was heard, what is under way, and who agrees', () => {
  const state = stateWith([server(1), server(2), server(3), killed], {
    links: {
      [linkKey(2, 1)]: {
        from: 2,
        to: 1,
        queue: [{ packet: 'NOTIFICATION', zxid: two.zxid, sentAtMs: 1005 }],
        waiting: 1,
        sent: 3,
        received: 2,
        lost: 0,
        early: [],
        fault: null,
      },
    },
  });
  const rows = heardRows(state, open);
  expect(rows.map(({ voter }) => voter)).toEqual([1, 2, 3]);
  expect(rows[0]?.from.map(({ heard }) => (typeof heard === 'object' ? heard.vote.leader : heard))).toEqual([
    3,
    'inFlight',
    3,
  ]);
  expect(rows.map(({ agree }) => agree)).toEqual([[1, 3], [2], [2, 3]]);
  expect(heardRows(meadow, open)[0]?.from[1]?.heard).toBe('nothing');
});

test('the cause and the arithmetic of the quorum are told', () => {
  const former = election([1, 2, 3, 4], { number: 8, leader: 4, epoch: 7, endedAtMs: 500 });
  const state = { ...meadow, elections: [former, open] };
  expect(say(causeSentence(state, open))).toBe('Server 4 led epoch 7 until it was killed.');
  expect(say(causeSentence(meadow, open))).toBe('Server 4 was killed.');
  expect(say(quorumSentence(state, open))).toBe(
    'Of 4 voters 3 are left, and 3 are a quorum: all of them have to agree.',
  );
  expect(say(quorumSentence(stateWith([server(1), killed]), election([1, 4])))).toContain('1 too few');
  expect(say(quorumSentence(stateWith([server(1), server(2), server(3)]), election([1, 2, 3])))).toContain('1 may be');
  for (const kind of ['started', 'killed', 'died', 'stopped', 'paused', 'lostQuorum', 'rejoined'] as const) {
    say(causeSentence(state, { ...open, cause: { kind, sid: 4 } }));
    say(causeSentence(state, { ...open, cause: { kind, sid: 1 } }));
    say(causeSentence(state, { ...open, cause: { kind, sid: null } }));
  }
});

test('what must happen next follows from the votes', () => {
  expect(say(nextSentence(meadow, open))).toContain('(7, 7·4e1c, 2) is the best vote, 2 of 3 stand behind it');
  const underWay = {
    ...meadow,
    links: {
      '2>1': {
        from: 2,
        to: 1,
        queue: [{ packet: 'NOTIFICATION', zxid: two.zxid, sentAtMs: 1005 }],
        waiting: 1,
        sent: 1,
        received: 0,
        lost: 0,
        early: [],
        fault: null,
      },
    },
  };
  expect(say(nextSentence(underWay, open))).toBe('Server 1 hears (7, 7·4e1c, 2) and follows it: 3 of 3 for server 2.');
  const agreed = { ...open, votes: { 1: two, 2: two, 3: two } };
  expect(say(nextSentence(meadow, agreed))).toContain('After 200 ms without a better vote server 2 leads');
  expect(say(nextSentence(meadow, { ...open, voters: [1, 2, 3], votes: agreed.votes }))).toContain('leads at once');
  expect(say(nextSentence(stateWith([server(1), killed]), election([1, 2, 4])))).toContain('1 more of the voters');
  expect(say(nextSentence(meadow, election([1, 2, 3])))).toContain('first votes');
  for (const phase of ['DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST'] as const) {
    expect(say(nextSentence(meadow, { ...agreed, phase, leader: 2 }))).toContain('epoch 8');
  }
  const over = { ...agreed, leader: 2, epoch: 8, endedAtMs: 1300 };
  expect(say(nextSentence(meadow, over))).toContain('leads epoch 8');
  expect(say(nextSentence(meadow, { ...over, leader: null }))).toContain('without a leader');
  const back = { ...over, cause: { kind: 'rejoined' as const, sid: 3 } };
  expect(say(nextSentence(meadow, back))).toBe('Server 3 follows server 2 in epoch 8.');
});

function proposal(zxid: string, change: Partial<ProposalView>): ProposalView {
  return {
    zxid,
    operation: 'setData',
    path: '/a',
    session: '0x1',
    cxid: 1,
    bytes: 96,
    error: null,
    requestedBy: null,
    requestedAtMs: null,
    leader: 4,
    proposedAtMs: 900,
    receivedAtMs: {},
    loggedAtMs: {},
    ackedAtMs: {},
    committedAtMs: {},
    appliedAtMs: {},
    repliedAtMs: null,
    watchesFired: 0,
    ...change,
  };
}

test('the last proposals are kept or lost by whose log has them', () => {
  const logged = (...zxids: string[]) => zxids.map((zxid) => ({ zxid, state: 'acked' as const }));
  const state = stateWith(
    [
      server(1),
      server(2, { log: logged('0x700004e1b', '0x700004e1c') }),
      server(3, { log: logged('0x700004e1b') }),
      { ...killed, log: logged('0x700004e1b', '0x700004e1c', '0x700004e1d') },
    ],
    {
      proposals: [
        proposal('0x600000001', {}),
        proposal('0x700004e1b', { ackedAtMs: { 2: 1, 3: 1, 4: 1 }, committedAtMs: { 4: 950 } }),
        proposal('0x700004e1c', { ackedAtMs: { 2: 1, 4: 1 } }),
        proposal('0x700004e1d', {}),
        proposal('0x700004e1e', {}),
        proposal('0x800000001', { proposedAtMs: 2000 }),
      ],
    },
  );
  const fates = fatesOf(state, open, 2, 4);
  expect(fates.map(({ zxid, acks, fate }) => [zxid, acks, say(fate)])).toEqual([
    ['0x700004e1b', 3, 'kept: committed'],
    ['0x700004e1c', 2, 'kept: 2 has it'],
    ['0x700004e1d', 0, 'truncated later'],
    ['0x700004e1e', 0, 'lost: never logged'],
  ]);
  const untold = { ...server(3), log: logged('0x700004e1e', '0x700004e1f', '0x800000001') };
  const more = fatesOf({ ...state, servers: { ...state.servers, 3: untold } }, open, 3, 4);
  expect(more.at(-1)).toMatchObject({ zxid: '0x700004e1f', acks: null, fate: { key: 'election.fate.has' } });
  expect(fates[1]?.holders).toEqual([
    { sid: 2, up: true },
    { sid: 4, up: false },
  ]);
});
