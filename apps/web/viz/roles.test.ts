import type { PeerState, ProcessState } from '@vivarium/shared/cluster-event';
import type { ServerView } from '@vivarium/shared/cluster-state';
import { expect, it } from 'vitest';
import { roleOf } from './roles.ts';

function server(state: PeerState | null, process: ProcessState | null): ServerView {
  return {
    sid: 1,
    member: null,
    process: process === null ? null : { state: process, pid: 1, by: null, exit: null, lastLines: [], sinceMs: 0 },
    state,
    phase: 'ELECTION',
    epoch: 0,
    leader: null,
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

it('a role is what the server says while its process lives, and down once it has ended', () => {
  expect(roleOf(server('LEADING', 'running'))).toBe('leader');
  expect(roleOf(server('FOLLOWING', 'paused'))).toBe('follower');
  expect(roleOf(server('OBSERVING', null))).toBe('observer');
  expect(roleOf(server('LOOKING', 'running'))).toBe('looking');
  for (const ended of ['killed', 'died', 'stopped'] as const) expect(roleOf(server('LEADING', ended))).toBe('down');
  expect(roleOf(server('LEADING', 'stopping'))).toBe('leader');
  expect(roleOf(server(null, 'starting'))).toBe('unknown');
  expect(roleOf(server(null, null))).toBe('unknown');
});
