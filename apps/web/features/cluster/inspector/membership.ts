import type { ClusterState, ServerView } from '@vivarium/shared/cluster-state';

/** Who votes, who is left of them, and how many make a majority. */
export interface Membership {
  readonly voters: readonly number[];
  readonly observers: readonly number[];
  /** Voters whose process runs, as far as is known. */
  readonly alive: readonly number[];
  readonly quorum: number;
}

/** Reads the members of a cluster from its state. */
export function membershipOf(state: ClusterState): Membership {
  const servers = Object.values(state.servers);
  const isVoter = (server: ServerView) => server.member?.role !== 'observer';
  const voters = servers.filter(isVoter).map(({ sid }) => sid);
  return {
    voters,
    observers: servers.filter((server) => !isVoter(server)).map(({ sid }) => sid),
    alive: servers.filter((server) => isVoter(server) && isUp(server)).map(({ sid }) => sid),
    quorum: Math.floor(voters.length / 2) + 1,
  };
}

/** Whether a server takes part: its process, where there is one to know of, runs and is not paused. */
export function isUp(server: ServerView): boolean {
  const { process } = server;
  if (process === null) return server.state !== null;
  return process.state === 'running' || process.state === 'starting';
}

/** The leader that a majority would name: the server that leads in the newest epoch; null while there is none. */
export function leaderOf(state: ClusterState): ServerView | null {
  const leading = Object.values(state.servers).filter((server) => server.state === 'LEADING' && isUp(server));
  return leading.reduce<ServerView | null>(
    (best, server) => (best && best.epoch >= server.epoch ? best : server),
    null,
  );
}
