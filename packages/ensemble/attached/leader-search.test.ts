import { expect, test } from 'vitest';
import type { HeardVote } from './election-events.ts';
import { leaderAmong, leaderByHearsay } from './leader-search.ts';

function said(state: HeardVote['state'], leader: number, peerEpoch: number): HeardVote {
  return { state, vote: { leader, zxid: '0x0', peerEpoch, electionEpoch: 1, state }, config: null };
}

test('a leader is who says so of the newest epoch', () => {
  expect(leaderAmong(new Map())).toBeNull();
  expect(leaderAmong(new Map([[1, said('FOLLOWING', 3, 1)]]))).toBeNull();
  const followed = [
    [1, said('FOLLOWING', 3, 1)],
    [3, said('LEADING', 3, 1)],
  ] as const;
  expect(leaderAmong(new Map(followed))).toBe(3);
  // A newer epoch has begun; its leader has not said so yet, and then has.
  expect(leaderAmong(new Map([...followed, [1, said('FOLLOWING', 2, 2)]]))).toBeNull();
  expect(leaderAmong(new Map([...followed, [1, said('FOLLOWING', 2, 2)], [2, said('LEADING', 2, 2)]]))).toBe(2);
});

test('what servers that are LOOKING had settled on before counts for nothing', () => {
  const looking = [
    [1, said('LOOKING', 3, 5)],
    [2, said('LOOKING', 3, 5)],
  ] as const;
  expect(leaderAmong(new Map([...looking, [3, said('LOOKING', 3, 5)]]))).toBeNull();
  expect(leaderByHearsay(new Map(looking))).toBeNull();
});

test('a leader that cannot be asked is known by those who follow; one that says otherwise is none', () => {
  expect(leaderByHearsay(new Map([[1, said('FOLLOWING', 3, 1)]]))).toBe(3);
  const denied = [
    [1, said('FOLLOWING', 3, 1)],
    [3, said('LOOKING', 3, 1)],
  ] as const;
  expect(leaderByHearsay(new Map(denied))).toBeNull();
});
