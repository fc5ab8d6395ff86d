import type { HeardVote } from './election-events.ts';

/**
 * Who leads, by what servers have said of themselves: the leader of the newest epoch that anybody has settled on, once it says
 * itself that it leads. A deposed one, which has not noticed yet, still says so of an older epoch. Null: nobody knows.
 */
export function leaderAmong(heard: ReadonlyMap<number, HeardVote>): number | null {
  const newest = newestSettled(heard);
  if (newest === null) return null;
  const own = heard.get(newest.leader);
  return own?.state === 'LEADING' && own.vote.leader === newest.leader ? newest.leader : null;
}

/** Who leads by the word of those who follow alone, where the leader itself cannot be asked. */
export function leaderByHearsay(heard: ReadonlyMap<number, HeardVote>): number | null {
  const newest = newestSettled(heard);
  return newest === null || heard.has(newest.leader) ? null : newest.leader;
}

function newestSettled(heard: ReadonlyMap<number, HeardVote>): HeardVote['vote'] | null {
  let newest: HeardVote['vote'] | null = null;
  for (const { state, vote } of heard.values()) {
    if (state === 'LOOKING') continue;
    if (newest === null || vote.peerEpoch > newest.peerEpoch) newest = vote;
  }
  return newest;
}
