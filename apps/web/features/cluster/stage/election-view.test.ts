import type { TracedVote } from '@vivarium/shared/cluster-event';
import { type ElectionView, emptyState, type ServerView } from '@vivarium/shared/cluster-state';
import { describe, expect, it } from 'vitest';
import { server } from '../inspector/texts-for-tests.ts';
import { candidatesOf, shownElection } from './election-view.ts';

const voteFor = (leader: number): TracedVote => ({
  leader,
  zxid: '0x100000001',
  peerEpoch: 1,
  electionEpoch: 2,
  state: 'LOOKING',
});

const election: ElectionView = {
  number: 1,
  startedAtMs: 1_000,
  startedWallMs: 1_000,
  cause: { kind: 'killed', sid: 4 },
  endedAtMs: null,
  leader: null,
  epoch: null,
  phase: 'ELECTION',
  quorum: 3,
  voters: [1, 2, 3, 4],
  votes: { 1: voteFor(3), 2: voteFor(2), 3: voteFor(3) },
  heard: {},
  steps: [],
};

describe('the candidates of an election', () => {
  it('are those with votes, the most first, then the voters that nobody votes for; a dead one only with votes', () => {
    expect(candidatesOf(election, (sid) => sid !== 4)).toEqual([
      { sid: 3, votes: [1, 3] },
      { sid: 2, votes: [2] },
      { sid: 1, votes: [] },
    ]);
    const forDead = { ...election, votes: { 1: voteFor(4) } };
    expect(candidatesOf(forDead, (sid) => sid !== 4)[0]).toEqual({ sid: 4, votes: [1] });
  });
});

describe('the election on the stage', () => {
  const at = (last: ElectionView, headMs: number, speed = 1, change: Partial<ServerView> = {}) => {
    const state = emptyState();
    state.servers[1] = server(1, change);
    state.elections.push(last);
    return shownElection(state, headMs, speed);
  };

  it('is the open one, and the last one for a moment of the viewer’s time after its end', () => {
    expect(at(election, 1_500)).toEqual({ election, isFading: false });
    const ended = { ...election, endedAtMs: 2_000 };
    expect(at(ended, 2_500)).toEqual({ election: ended, isFading: true });
    expect(at(ended, 4_000)).toBeNull();
    expect(at(ended, 2_500, 0.01)).toBeNull();
    expect(at(ended, 2_010, 0.01)?.isFading).toBe(true);
  });

  it('is none while nobody is left to vote', () => {
    expect(
      at(election, 1_500, 1, {
        process: { state: 'stopped', sinceMs: 1_200, pid: null, by: null, exit: null, lastLines: [] },
      }),
    ).toBeNull();
  });

  it('is none where a server only came back, or none was seen', () => {
    expect(at({ ...election, cause: { kind: 'rejoined', sid: 1 } }, 1_500)).toBeNull();
    expect(shownElection(emptyState(), 0, 1)).toBeNull();
  });
});
