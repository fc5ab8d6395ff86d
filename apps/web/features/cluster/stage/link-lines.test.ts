import type { PeerState } from '@vivarium/shared/cluster-event';
import { type ClusterState, emptyState, type LinkView, type ServerView } from '@vivarium/shared/cluster-state';
import { describe, expect, it } from 'vitest';
import { drawnLeader, isElecting, linkLines } from './link-lines.ts';

function server(
  sid: number,
  state: PeerState | null,
  leader: number | null,
  role: 'participant' | 'observer',
): ServerView {
  return {
    sid,
    member: { role, host: '127.0.0.1', clientPort: 1, quorumPort: 2, electionPort: 3 },
    process: {
      state: state === null ? 'killed' : 'running',
      pid: null,
      by: null,
      exit: null,
      lastLines: [],
      sinceMs: 0,
    },
    state,
    phase: 'BROADCAST',
    epoch: 1,
    leader,
    sinceMs: 0,
    unreachable: null,
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

function cluster(states: readonly (PeerState | null)[], observer = false): ClusterState {
  const state = emptyState();
  const leader = states.indexOf('LEADING') + 1 || null;
  for (const [i, peer] of states.entries()) {
    const isObserver = observer && i === states.length - 1;
    state.servers[i + 1] = server(i + 1, peer, leader, isObserver ? 'observer' : 'participant');
  }
  return state;
}

const cut: LinkView = {
  from: 1,
  to: 3,
  queue: [],
  waiting: 0,
  sent: 0,
  received: 0,
  lost: 0,
  early: [],
  fault: { kind: 'cut' },
};
const keys = (state: ClusterState, filter: Parameters<typeof linkLines>[1], selected: string | null = null) =>
  linkLines(state, filter, selected).map(({ key }) => key);

describe('the links on the stage', () => {
  it('join the leader and each learner, in both directions, while there is a leader', () => {
    const state = cluster(['FOLLOWING', 'LEADING', 'FOLLOWING', 'OBSERVING'], true);
    expect(drawnLeader(state)).toBe(2);
    expect(keys(state, 'auto')).toEqual(['1>2', '2>1', '2>3', '2>4', '3>2', '4>2']);
  });

  it('join the voters while they elect, and end at the dead one', () => {
    const state = cluster(['LOOKING', 'LOOKING', null, 'LOOKING'], true);
    expect(isElecting(state)).toBe(true);
    const lines = linkLines(state, 'auto', null);
    expect(lines.filter(({ use }) => use === 'election').map(({ key }) => key)).toEqual(['1>2', '2>1']);
    expect(lines.filter(({ use }) => use === 'broken').map(({ key }) => key)).toEqual(['1>3', '2>3', '3>1', '3>2']);
  });

  it('show a disturbed or selected one whatever the filter', () => {
    const state = cluster(['FOLLOWING', 'LEADING', 'FOLLOWING']);
    state.links['1>3'] = cut;
    expect(keys(state, 'none')).toEqual(['1>3']);
    expect(keys(state, 'none', '3>1')).toEqual(['1>3', '3>1']);
  });

  it('take the leader with the higher epoch where an old one has not noticed yet', () => {
    const state = cluster(['LEADING', 'LEADING', 'FOLLOWING']);
    const [, second] = [state.servers[1], state.servers[2]];
    if (second !== undefined) state.servers[2] = { ...second, epoch: 2 };
    expect(drawnLeader(state)).toBe(2);
  });

  it('are those of the election while the only leader is paused and others look', () => {
    const state = cluster(['LEADING', 'LOOKING', 'LOOKING']);
    const leader = state.servers[1];
    if (leader?.process != null) state.servers[1] = { ...leader, process: { ...leader.process, state: 'paused' } };
    expect(isElecting(state)).toBe(true);
    expect(keys(state, 'auto')).toEqual(['1>2', '1>3', '2>1', '2>3', '3>1', '3>2']);
  });
});
