import type { ClusterState, ServerView } from '../cluster-state.ts';

/** The server, or one of which nothing is known yet. */
export function serverOf(state: ClusterState, sid: number): ServerView {
  return state.servers[sid] ?? unknownServer(sid);
}

/** Replaces parts of a server. */
export function changeServer(state: ClusterState, sid: number, change: Partial<ServerView>): void {
  state.servers[sid] = { ...serverOf(state, sid), ...change };
}

/** Members that vote; those that are known, where the members are not. */
export function votersOf(state: ClusterState): number[] {
  const servers = Object.values(state.servers);
  return servers
    .filter(({ member, state: peer }) => (member === null ? peer !== 'OBSERVING' : member.role === 'participant'))
    .map(({ sid }) => sid);
}

function unknownServer(sid: number): ServerView {
  return {
    sid,
    member: null,
    process: null,
    unreachable: null,
    state: null,
    phase: 'ELECTION',
    epoch: 0,
    leader: null,
    sinceMs: 0,
    vote: null,
    log: [],
    lastLogged: '0x0',
    lastCommitted: '0x0',
    lastApplied: '0x0',
    connections: 0,
    sync: null,
    lastEventMs: 0,
  };
}
