/** What of an election the stage shows at an instant. */
import type { ClusterState, ElectionView } from '@vivarium/shared/cluster-state';
import { roleOf } from '../../../viz/roles.ts';

/** More candidates than this are counted, not drawn. */
export const MAX_CANDIDATES = 3;

/** What is left of an election stays so long on the screen. */
const FADE_MS = 1_600;

/** An election that is on the stage, and whether it is only what is left of it. */
export interface ShownElection {
  readonly election: ElectionView;
  readonly isFading: boolean;
}

/**
 * The election to draw at the instant: the open one while anybody is left to vote, or the last one for a moment after its
 * end.
 */
export function shownElection(state: ClusterState, headMs: number, speed: number): ShownElection | null {
  const election = state.elections.at(-1);
  if (election === undefined || election.cause.kind === 'rejoined') return null;
  if (election.endedAtMs === null) {
    return election.voters.every((sid) => isOut(state, sid)) ? null : { election, isFading: false };
  }
  return headMs - election.endedAtMs < FADE_MS * Math.min(1, speed) ? { election, isFading: true } : null;
}

/** Who is voted for by whom, the most votes first; voters that can vote but have nobody's vote follow by sid. */
export function candidatesOf(
  election: ElectionView,
  isUp: (sid: number) => boolean,
): readonly { readonly sid: number; readonly votes: readonly number[] }[] {
  const votes = new Map<number, number[]>(election.voters.filter(isUp).map((sid) => [sid, []]));
  for (const [voter, vote] of Object.entries(election.votes)) {
    votes.set(vote.leader, [...(votes.get(vote.leader) ?? []), Number(voter)]);
  }
  return [...votes]
    .map(([sid, by]) => ({ sid, votes: by }))
    .sort((a, b) => b.votes.length - a.votes.length || a.sid - b.sid);
}

/** The height of the plate in pixels with so many of the candidates, for finding a place for it. */
export function tallyHeight(shown: number, candidates: number): number {
  return 58 + shown * 28 + (candidates > shown ? 18 : 0);
}

/** Whether a server can take no part: its process has ended, or stands still. */
export function isOut(state: ClusterState, sid: number): boolean {
  const server = state.servers[sid];
  return server === undefined || roleOf(server) === 'down' || server.process?.state === 'paused';
}
