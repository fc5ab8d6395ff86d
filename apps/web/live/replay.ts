/** The slow replay of an election: slow where something happens, quick where all wait. */
import type { ClusterState, ElectionView } from '@vivarium/shared/cluster-state';

/** Speed while votes and packets are under way: a message of half a millisecond takes a tenth of a second. */
const BUSY_SPEED = 0.005;
/** Speed while nothing happens: the leader-to-be waits 200 ms for a better vote. */
const IDLE_SPEED = 0.4;
/** Nothing for so long ahead is idle. */
const IDLE_AHEAD_MS = 4;
/** What is shown before the election and after its end. */
const LEAD_MS = 2;
const TAIL_MS = 6;
/** A replay that has not ended by then is left: time goes on elsewhere. */
export const MAX_REPLAY_MS = 45_000;

export interface Replay {
  readonly election: number;
  readonly startedAtMs: number;
  /** On the viewer's clock. */
  readonly beganMs: number;
}

/** The election that has begun since the last look and is to be replayed; null where there is none. */
export function replayable(state: ClusterState, lastSeen: number): ElectionView | null {
  const election = state.elections.at(-1);
  if (election === undefined || election.number <= lastSeen) return null;
  return election.cause.kind === 'rejoined' ? null : election;
}

/** Where the replay of an election begins. */
export function replayStart(election: ElectionView): number {
  return election.startedAtMs - LEAD_MS;
}

/** Where it ends: null while the election goes on. */
export function replayEnd(election: ElectionView): number | null {
  return election.endedAtMs === null ? null : election.endedAtMs + TAIL_MS;
}

/** The speed at an instant; `nextMs` is the time of the next thing that shows, null where none is known. */
export function replaySpeed(headMs: number, nextMs: number | null): number {
  return nextMs === null || nextMs - headMs > IDLE_AHEAD_MS ? IDLE_SPEED : BUSY_SPEED;
}
