import { type ClusterState, emptyState, type ServerView } from '@vivarium/shared/cluster-state';
import { describe, expect, test } from 'vitest';
import { healthOf } from './health.ts';

function server(sid: number, change: Partial<ServerView> = {}): ServerView {
  return {
    sid,
    member: { role: 'participant', host: '127.0.0.1', clientPort: 1, quorumPort: 2, electionPort: 3 },
    process: { state: 'running', pid: 1, by: null, exit: null, lastLines: [], sinceMs: 0 },
    state: 'FOLLOWING',
    phase: 'BROADCAST',
    epoch: 7,
    leader: 1,
    sinceMs: 0,
    unreachable: null,
    vote: null,
    log: [],
    lastLogged: '0x700000010',
    lastCommitted: '0x700000010',
    lastApplied: '0x700000010',
    connections: 0,
    sync: null,
    lastEventMs: 0,
    ...change,
  };
}

const process = (state: 'running' | 'paused' | 'killed' | 'starting') => ({
  state,
  pid: 1,
  by: null,
  exit: null,
  lastLines: [],
  sinceMs: 0,
});
const leader = server(1, { state: 'LEADING' });
const observer = (sid: number, change: Partial<ServerView> = {}) =>
  server(sid, {
    member: { role: 'observer', host: '127.0.0.1', clientPort: 1, quorumPort: 2, electionPort: 3 },
    state: 'OBSERVING',
    ...change,
  });

function ensemble(servers: readonly ServerView[], change: Partial<ClusterState> = {}): ClusterState {
  return { ...emptyState(), servers: Object.fromEntries(servers.map((one) => [one.sid, one])), ...change };
}

const election: ClusterState['elections'][number] = {
  number: 2,
  startedAtMs: 40,
  startedWallMs: 1_000_040,
  cause: { kind: 'killed', sid: 1 },
  endedAtMs: null,
  leader: null,
  epoch: null,
  phase: 'ELECTION',
  quorum: 2,
  voters: [1, 2, 3],
  votes: {},
  heard: {},
  steps: [],
};

describe('healthOf', () => {
  test('nothing is known of an ensemble without servers', () => {
    expect(healthOf(emptyState())).toMatchObject({ word: 'unknown', reason: { code: 'nothingKnown' }, leader: null });
  });

  test('healthy: all follow the leader, and how many may fail', () => {
    const health = healthOf(ensemble([leader, server(2), server(3), observer(4)]));
    expect(health).toMatchObject({ word: 'healthy', reason: { code: 'allSynced', voters: 3, spare: 1 }, votersUp: 3 });
    expect(health.leader?.sid).toBe(1);
  });

  test('an observer counts neither as a voter nor towards the quorum', () => {
    const killed = { process: process('killed') };
    expect(healthOf(ensemble([leader, server(2, killed), server(3, killed), observer(4), observer(5)]))).toMatchObject({
      word: 'quorumLost',
      reason: { code: 'tooFewUp', up: 1, voters: 3, quorum: 2 },
      leader: null,
    });
  });

  test('four voters need three', () => {
    const killed = { process: process('killed') };
    const two = [leader, server(2), server(3, killed), server(4, killed)];
    expect(healthOf(ensemble(two)).reason).toEqual({ code: 'tooFewUp', up: 2, voters: 4, quorum: 3 });
  });

  test('degraded: a voter is down, and none is left to spare', () => {
    expect(healthOf(ensemble([leader, server(2), server(3, { process: process('killed') })]))).toMatchObject({
      word: 'degraded',
      reason: { code: 'votersDown', sids: [3], spare: 0 },
    });
  });

  test('degraded: a paused voter does not count as up', () => {
    expect(healthOf(ensemble([leader, server(2), server(3, { process: process('paused') })]))).toMatchObject({
      word: 'degraded',
      reason: { code: 'votersPaused', sids: [3], spare: 0 },
      votersUp: 2,
    });
  });

  test('degraded: a server that looks for a leader, or follows another epoch', () => {
    const looking = server(3, { state: 'LOOKING', phase: 'ELECTION' });
    expect(healthOf(ensemble([leader, server(2), looking])).reason).toEqual({
      code: 'notFollowing',
      sids: [3],
      spare: 0,
    });
    expect(healthOf(ensemble([leader, server(2, { epoch: 6 }), server(3)])).reason).toMatchObject({ sids: [2] });
  });

  test('degraded: an observer is down; a link is disturbed', () => {
    const three = [leader, server(2), server(3)];
    expect(healthOf(ensemble([...three, observer(4, { process: process('killed') })])).reason).toEqual({
      code: 'observersDown',
      sids: [4],
    });
    const link = { from: 1, to: 2, queue: [], waiting: 0, sent: 0, received: 0, lost: 0, early: [] };
    const links = { '1>2': { ...link, fault: { kind: 'cut' } as const }, '2>1': { ...link, fault: null } };
    expect(healthOf(ensemble(three, { links })).reason).toEqual({ code: 'linksDisturbed', links: 1 });
  });

  test('no leader: an election is open, with its cause', () => {
    const looking = { state: 'LOOKING', phase: 'ELECTION' } as const;
    const servers = [server(1, { process: process('killed') }), server(2, looking), server(3, looking)];
    expect(healthOf(ensemble(servers, { elections: [election] }))).toMatchObject({
      word: 'noLeader',
      reason: { code: 'electing', cause: { kind: 'killed', sid: 1 }, sinceMs: 40 },
    });
  });

  test('no leader: an election that is over is not the one to come', () => {
    const servers = [server(1, { process: process('killed') }), server(2), server(3)];
    const elections = [{ ...election, endedAtMs: 45, leader: 1 }];
    expect(healthOf(ensemble(servers, { elections }))).toMatchObject({
      word: 'noLeader',
      reason: { code: 'leaderLost' },
    });
  });

  test('no leader: the elected one still synchronises', () => {
    const elect = server(1, { state: 'LEADING', phase: 'SYNCHRONIZATION', sinceMs: 55 });
    expect(healthOf(ensemble([elect, server(2, { phase: 'SYNCHRONIZATION' }), server(3)])).reason).toEqual({
      code: 'synchronising',
      sid: 1,
      sinceMs: 55,
    });
  });

  test('of two that think they lead, the one of the higher epoch does', () => {
    const old = server(1, { state: 'LEADING', epoch: 6 });
    const health = healthOf(ensemble([old, server(2, { state: 'LEADING', epoch: 7 }), server(3)]));
    expect(health.leader?.sid).toBe(2);
    expect(health.reason).toMatchObject({ code: 'notFollowing', sids: [1] });
  });

  test('servers that are being started are no lost quorum', () => {
    const starting = { process: process('starting'), state: null };
    expect(healthOf(ensemble([server(1, starting), server(2, starting), server(3, starting)]))).toMatchObject({
      word: 'unknown',
      reason: { code: 'starting' },
    });
  });

  test('healthy, and one is far behind the leader', () => {
    const ahead = server(1, { state: 'LEADING', lastCommitted: '0x700000200' });
    const health = healthOf(ensemble([ahead, server(2, { lastCommitted: '0x7000001ff' }), server(3)]));
    expect(health).toMatchObject({ word: 'healthy', reason: { code: 'behind', sid: 3, transactions: 496 } });
  });

  test('a server that is attached, not hosted, counts by what it says', () => {
    const attached = { process: null };
    const servers = [
      server(1, { ...attached, state: 'LEADING' }),
      server(2, attached),
      server(3, { ...attached, state: null }),
    ];
    expect(healthOf(ensemble(servers)).reason).toMatchObject({ code: 'votersDown', sids: [3] });
  });
});
