import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterEvent, ClusterEventBody, TracedVote } from './cluster-event.ts';
import { apply } from './cluster-reducer.ts';
import {
  type ClusterState,
  copyState,
  emptyState,
  MAX_ELECTIONS,
  MAX_LOG_ENTRIES,
  MAX_PROPOSALS,
  MAX_QUEUE,
  MAX_REQUESTS,
  MAX_VOTE_STEPS,
} from './cluster-state.ts';

/** A cluster whose events are one millisecond apart. */
class Story {
  readonly state: ClusterState = emptyState();

  tell(sid: number, ...bodies: ClusterEventBody[]): this {
    for (const body of bodies) apply(this.state, this.state.n + 1, eventAt(this.state.n + 1, sid, body));
    return this;
  }

  members(count: number): this {
    for (let sid = 1; sid <= count; sid++) {
      const ports = { host: 'h', clientPort: 1, quorumPort: 2, electionPort: 3 };
      this.tell(sid, { kind: 'memberAdded', role: 'participant', ...ports });
    }
    return this;
  }

  /** All servers run, and the one with the number leads. */
  led(count: number, leader: number): this {
    this.members(count);
    for (let sid = 1; sid <= count; sid++) this.tell(sid, stateChanged('LOOKING', 'ELECTION', null));
    this.tell(leader, stateChanged('LEADING', 'BROADCAST', leader));
    for (let sid = 1; sid <= count; sid++) {
      if (sid !== leader) this.tell(sid, stateChanged('FOLLOWING', 'BROADCAST', leader));
    }
    return this;
  }
}

function eventAt(n: number, sid: number, body: ClusterEventBody): ClusterEvent {
  return { sid, sequence: n, atMs: n, wallMs: 1_000_000 + n, body };
}

type PeerState = Extract<ClusterEventBody, { kind: 'stateChanged' }>['state'];
type Phase = Extract<ClusterEventBody, { kind: 'stateChanged' }>['phase'];

function stateChanged(state: PeerState, phase: Phase, leader: number | null): ClusterEventBody {
  return { kind: 'stateChanged', state, phase, epoch: 1, leader };
}

function ended(process: 'killed' | 'died'): ClusterEventBody {
  return { kind: 'processChanged', process, pid: null, by: 'me', exit: null, lastLines: [] };
}

function vote(leader: number, zxid: string, electionEpoch = 2): TracedVote {
  return { leader, zxid, peerEpoch: 1, electionEpoch, state: 'LOOKING' };
}

function proposed(zxid: string): ClusterEventBody {
  return { kind: 'proposed', zxid, operation: 'setData', path: '/a', session: '0x1', cxid: 7, bytes: 10 };
}

describe('an election', () => {
  test('names its cause, each step and what decided it, the tally and the end', () => {
    const story = new Story().led(3, 3).tell(3, ended('killed'));
    story.tell(1, stateChanged('LOOKING', 'ELECTION', null), { kind: 'voteSent', to: 2, vote: vote(1, '0x100000005') });
    story.tell(2, stateChanged('LOOKING', 'ELECTION', null), { kind: 'voteSent', to: 1, vote: vote(2, '0x100000004') });
    story.tell(2, { kind: 'voteReceived', from: 1, vote: vote(1, '0x100000005') });
    story.tell(2, { kind: 'voteSent', to: 1, vote: vote(1, '0x100000005') });
    story.tell(1, { kind: 'voteReceived', from: 2, vote: vote(1, '0x100000005') });
    story.tell(1, { kind: 'electionWon', leader: 1, electionEpoch: 2 });
    const open = story.state.elections.at(-1);
    expect(open).toMatchObject({ cause: { kind: 'killed', sid: 3 }, endedAtMs: null, quorum: 2, voters: [1, 2, 3] });
    expect(open?.steps.map(({ voter, step, because, tally }) => [voter, step, because, tally])).toEqual([
      [1, 'starts', null, [1]],
      [2, 'starts', null, [2]],
      [2, 'hears', 'zxid', [1, 2]],
      [1, 'keeps', 'equal', [1, 2]],
      [1, 'decides', null, [1, 2]],
    ]);
    story.tell(1, stateChanged('LEADING', 'DISCOVERY', 1), stateChanged('LEADING', 'BROADCAST', 1));
    expect(story.state.elections.at(-1)).toMatchObject({ leader: 1, phase: 'BROADCAST', endedAtMs: story.state.atMs });
    expect(story.state.marks.map(({ kind }) => kind)).toEqual(['election', 'elected', 'killed', 'election', 'elected']);
  });

  test('of one server that finds the others led is a return, and of more than one is an election', () => {
    const story = new Story().led(3, 3).tell(1, stateChanged('LOOKING', 'ELECTION', null));
    expect(story.state.elections.at(-1)?.cause).toEqual({ kind: 'rejoined', sid: 1 });
    story.tell(1, stateChanged('FOLLOWING', 'BROADCAST', 3));
    expect(story.state.elections.at(-1)?.endedAtMs).toBe(story.state.atMs);
    story.tell(1, stateChanged('LOOKING', 'ELECTION', null)).tell(2, stateChanged('LOOKING', 'ELECTION', null));
    expect(story.state.elections).toHaveLength(3);
    expect(story.state.elections.at(-1)?.cause).toEqual({ kind: 'lostQuorum', sid: null });
    story.tell(1, stateChanged('FOLLOWING', 'BROADCAST', 3));
    expect(story.state.elections.at(-1)?.endedAtMs).toBeNull();
    story.tell(2, stateChanged('FOLLOWING', 'BROADCAST', 3));
    expect(story.state.elections.at(-1)).toMatchObject({ leader: 3, endedAtMs: story.state.atMs });
  });
});

test('followers that notice the death of their leader before its host does are in one election, of its cause', () => {
  const story = new Story().led(3, 3).tell(1, stateChanged('LOOKING', 'ELECTION', null));
  story.tell(2, stateChanged('LOOKING', 'ELECTION', null)).tell(3, ended('killed'));
  expect(story.state.elections).toHaveLength(2);
  expect(story.state.elections.at(-1)?.cause).toEqual({ kind: 'killed', sid: 3 });
});

test('an election that nobody is left to hold is over, and the next start begins another one', () => {
  const story = new Story()
    .led(3, 3)
    .tell(3, ended('killed'))
    .tell(1, stateChanged('LOOKING', 'ELECTION', null));
  story
    .tell(1, { kind: 'voteSent', to: 2, vote: vote(1, '0x1') })
    .tell(1, ended('killed'))
    .tell(2, ended('killed'));
  expect(story.state.elections.at(-1)).toMatchObject({ endedAtMs: story.state.atMs, leader: null });
  story.tell(1, stateChanged('LOOKING', 'ELECTION', null));
  expect(story.state.elections.at(-1)).toMatchObject({ endedAtMs: null, votes: {} });
});

test('an attached leader that is not heard any more is the cause of the election, whichever is seen first', () => {
  const lost = { kind: 'reachabilityChanged', reachable: false, reason: 'refused' } as const;
  const attached = (): Story =>
    new Story()
      .members(3)
      .tell(3, stateChanged('LEADING', 'BROADCAST', 3))
      .tell(1, stateChanged('FOLLOWING', 'BROADCAST', 3))
      .tell(2, stateChanged('FOLLOWING', 'BROADCAST', 3));
  const first = attached()
    .tell(3, lost)
    .tell(1, stateChanged('LOOKING', 'ELECTION', null));
  expect(first.state.elections.at(-1)?.cause).toEqual({ kind: 'unreachable', sid: 3 });
  const later = attached()
    .tell(1, stateChanged('LOOKING', 'ELECTION', null))
    .tell(3, lost);
  expect(later.state.elections.at(-1)?.cause).toEqual({ kind: 'unreachable', sid: 3 });
  later.tell(1, lost).tell(2, lost);
  expect(later.state.elections.at(-1)?.endedAtMs).not.toBeNull();
});

test('of a cluster that is only looked at each commit counts once, though no proposal is seen', () => {
  const story = new Story().members(2);
  for (const zxid of ['0x100000001', '0x100000002', '0x100000002']) story.tell(1, { kind: 'committed', zxid });
  expect(story.state.committed).toBe(2);
});

test('what a server had on its disk before the first event is told by its vote, and by who brings it up to date', () => {
  const story = new Story().led(3, 3).tell(2, { kind: 'voteSent', to: 1, vote: vote(2, '0x100000007') });
  expect(story.state.servers[2]).toMatchObject({ lastLogged: '0x100000007', log: [{ state: 'logged' }] });
  const synchronised = {
    kind: 'synchronised',
    learner: 2,
    mode: 'DIFF',
    from: '0x100000007',
    txns: 0,
    nodes: null,
  } as const;
  story.tell(3, { ...synchronised, to: '0x100000007' });
  expect(story.state.servers[2]).toMatchObject({ lastCommitted: '0x0' });
  story.tell(2, { ...synchronised, to: '0x100000007' });
  expect(story.state.servers[2]).toMatchObject({ lastCommitted: '0x100000007', log: [{ state: 'committed' }] });
});

describe('a write', () => {
  test('is followed from the request to the reply, on each server', () => {
    const zxid = '0x100000001';
    const story = new Story().led(3, 3);
    const request = { kind: 'writeRequested', session: '0x1', cxid: 7, operation: 'setData', path: '/a' } as const;
    story.tell(1, request).tell(3, proposed(zxid));
    story.tell(1, { kind: 'packetReceived', from: 3, packet: 'PROPOSAL', zxid }, { kind: 'logged', zxid });
    story.tell(1, { kind: 'packetSent', to: 3, packet: 'ACK', zxid, queueLength: 0 });
    story.tell(3, { kind: 'acked', zxid, by: 1 }, { kind: 'committed', zxid });
    expect(story.state.servers[1]?.log).toEqual([{ zxid, state: 'acked' }]);
    expect(story.state.servers[3]?.log).toEqual([{ zxid, state: 'committed' }]);
    story.tell(1, { kind: 'committed', zxid });
    const reply = { kind: 'writeReplied', session: '0x1', cxid: 7, zxid, error: 0 } as const;
    story.tell(1, reply);
    const [proposal] = story.state.proposals;
    expect(proposal).toMatchObject({ requestedBy: 1, leader: 3, repliedAtMs: story.state.atMs });
    expect(Object.keys(proposal?.committedAtMs ?? {})).toEqual(['1', '3']);
    expect(story.state.committed).toBe(1);
  });

  test('that a new leader does not know is struck out of the log', () => {
    const story = new Story().led(3, 3).tell(3, proposed('0x100000001'), { kind: 'logged', zxid: '0x100000001' });
    story.tell(1, {
      kind: 'synchronised',
      learner: 3,
      mode: 'TRUNC',
      from: '0x100000001',
      to: '0x0',
      txns: 0,
      nodes: null,
    });
    expect(story.state.servers[3]?.log).toEqual([{ zxid: '0x100000001', state: 'truncated' }]);
    expect(story.state.servers[3]?.sync).toMatchObject({ mode: 'TRUNC' });
  });
});

describe('a link', () => {
  test('holds what was sent and not received, and loses it with its end', () => {
    const story = new Story().led(3, 3);
    for (const zxid of ['0x1', '0x2', '0x3']) {
      story.tell(3, { kind: 'packetSent', to: 1, packet: 'PROPOSAL', zxid, queueLength: 1 });
    }
    expect(story.state.links['3>1']).toMatchObject({ waiting: 3, sent: 3 });
    story.tell(1, { kind: 'packetReceived', from: 3, packet: 'PROPOSAL', zxid: '0x1' });
    expect(story.state.links['3>1']?.queue.map(({ zxid }) => zxid)).toEqual(['0x2', '0x3']);
    story.tell(3, ended('died'));
    expect(story.state.links['3>1']).toMatchObject({ waiting: 0, lost: 2, received: 1, queue: [] });
  });
});

test('a receipt that comes before its sending cancels it, and a vote to a dead server waits nowhere', () => {
  const story = new Story().led(3, 3);
  story.tell(1, { kind: 'packetReceived', from: 3, packet: 'COMMIT', zxid: '0x7' });
  story.tell(3, { kind: 'packetSent', to: 1, packet: 'COMMIT', zxid: '0x7', queueLength: 0 });
  expect(story.state.links['3>1']).toMatchObject({ waiting: 0, sent: 1, received: 1, queue: [], early: [] });
  story.tell(2, ended('died')).tell(1, { kind: 'voteSent', to: 2, vote: vote(1, '0x1') });
  expect(story.state.links['1>2']).toMatchObject({ waiting: 0, lost: 1 });
});

describe('a session', () => {
  test('moves between servers with its client', () => {
    const story = new Story().led(3, 3).tell(1, { kind: 'sessionCreated', session: '0x9', timeoutMs: 4000 });
    story.tell(1, { kind: 'clientConnected', client: 1, address: 'a:1', session: '0x9' });
    story.tell(2, { kind: 'clientConnected', client: 4, address: 'a:2', session: '0x9' });
    story.tell(1, { kind: 'clientClosed', client: 1, session: '0x9', reason: 'moved' });
    expect([1, 2].map((sid) => story.state.servers[sid]?.connections)).toEqual([0, 1]);
    expect(story.state.sessions['0x9']).toMatchObject({ server: 2, timeoutMs: 4000 });
    story.tell(3, { kind: 'sessionClosed', session: '0x9', expired: false });
    expect(story.state).toMatchObject({ sessionCount: 0, sessions: {} });
    expect(story.state.servers[2]?.connections).toBe(0);
  });
});

const sid = fc.integer({ min: 1, max: 3 });
const hex = fc.integer({ min: 0, max: 40 }).map((counter) => `0x1000000${counter.toString(16).padStart(2, '0')}`);
const anyVote = fc.record({
  leader: sid,
  zxid: hex,
  peerEpoch: fc.integer({ min: 1, max: 2 }),
  electionEpoch: fc.integer({ min: 1, max: 3 }),
  state: fc.constantFrom('LOOKING', 'FOLLOWING', 'LEADING'),
});
const phase = fc.constantFrom('ELECTION', 'DISCOVERY', 'SYNCHRONIZATION', 'BROADCAST');
const packet = fc.constantFrom('PROPOSAL', 'ACK', 'COMMIT', 'PING');
const cxid = fc.integer({ min: 1, max: 2_000 });
const session = fc.integer({ min: 1, max: 9 }).map((id) => `0x${id}`);
const anyBody = fc.oneof(
  fc.record({
    kind: fc.constant('stateChanged'),
    state: fc.constantFrom('LOOKING', 'FOLLOWING', 'LEADING'),
    phase,
    epoch: sid,
    leader: sid,
  }),
  fc.record({ kind: fc.constant('voteSent'), to: sid, vote: anyVote }),
  fc.record({ kind: fc.constant('voteReceived'), from: sid, vote: anyVote }),
  fc.record({ kind: fc.constant('electionWon'), leader: sid, electionEpoch: sid }),
  fc.record({ kind: fc.constant('packetSent'), to: sid, packet, zxid: hex, queueLength: sid }),
  fc.record({ kind: fc.constant('packetReceived'), from: sid, packet, zxid: hex }),
  hex.map((zxid) => proposed(zxid)),
  fc.record({ kind: fc.constantFrom('logged', 'committed'), zxid: hex }),
  fc.record({ kind: fc.constant('acked'), zxid: hex, by: sid }),
  fc.record({
    kind: fc.constant('synchronised'),
    learner: sid,
    mode: fc.constantFrom('DIFF', 'TRUNC', 'SNAP'),
    from: hex,
    to: hex,
    txns: sid,
    nodes: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('writeRequested'),
    session,
    cxid,
    operation: fc.constant('create'),
    path: fc.constant('/a'),
  }),
  fc.record({ kind: fc.constant('clientConnected'), client: sid, address: fc.constant('a'), session }),
  fc.record({ kind: fc.constant('sessionClosed'), session, expired: fc.boolean() }),
  fc.record({ kind: fc.constant('dropped'), count: sid }),
  fc.constant(ended('killed')),
) as fc.Arbitrary<ClusterEventBody>;
const anyEvents = fc.array(fc.tuple(sid, anyBody), { maxLength: 1_500, size: 'max' });

test('a state that crossed the network as JSON goes on as the one that it was made from', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(1_500), (events, cut) => {
      const whole = new Story().members(3);
      let received: ClusterState | null = null;
      for (const [index, [from, body]] of events.entries()) {
        if (index === cut) received = JSON.parse(JSON.stringify(whole.state));
        whole.tell(from, body);
        if (received !== null) apply(received, whole.state.n, eventAt(whole.state.n, from, body));
      }
      if (received !== null) expect(received).toEqual(whole.state);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('a copy stays as it was', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(200), (events, cut) => {
      const story = new Story().members(3);
      for (const [from, body] of events.slice(0, cut)) story.tell(from, body);
      const copy = copyState(story.state);
      const text = JSON.stringify(copy);
      for (const [from, body] of events.slice(cut)) story.tell(from, body);
      expect(JSON.stringify(copy)).toBe(text);
    }),
    { numRuns: 60, seed: 2 },
  );
});

test('every part is bounded, and a queue never holds more than waits', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const { state } = events.reduce((story, [from, body]) => story.tell(from, body), new Story().members(3));
      for (const { log } of Object.values(state.servers)) expect(log.length).toBeLessThanOrEqual(MAX_LOG_ENTRIES);
      for (const { queue, waiting } of Object.values(state.links)) {
        expect(queue.length).toBeLessThanOrEqual(Math.min(MAX_QUEUE, waiting));
      }
      expect(state.proposals.length).toBeLessThanOrEqual(MAX_PROPOSALS);
      expect(Object.keys(state.requests).length).toBeLessThanOrEqual(MAX_REQUESTS);
      expect(state.elections.length).toBeLessThanOrEqual(MAX_ELECTIONS);
      for (const { steps } of state.elections) expect(steps.length).toBeLessThanOrEqual(MAX_VOTE_STEPS);
    }),
    { numRuns: 100, seed: 3 },
  );
});

test('an observer that is in nobody’s configuration is no server, however much is said to it', () => {
  const stranger = 6170879796371002;
  const { state } = new Story()
    .led(3, 3)
    .tell(
      3,
      { kind: 'packetReceived', from: stranger, packet: 'OBSERVERINFO', zxid: '0x0' },
      { kind: 'synchronised', learner: stranger, mode: 'SNAP', from: '0x0', to: '0x100000001', txns: 0, nodes: 5 },
      { kind: 'packetSent', to: stranger, packet: 'SNAP', zxid: '0x100000001', queueLength: 0 },
    );
  expect(Object.keys(state.servers)).toEqual(['1', '2', '3']);
  expect(Object.keys(state.links).filter((key) => key.includes(String(stranger)))).toEqual([]);
});
