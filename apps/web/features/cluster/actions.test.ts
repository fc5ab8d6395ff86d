import type { ProcessState } from '@vivarium/shared/cluster-event';
import { emptyState, type LinkView, type ServerView } from '@vivarium/shared/cluster-state';
import type { Capabilities } from '@vivarium/shared/contract/source';
import { describe, expect, it } from 'vitest';
import { serverActions } from './actions.ts';

const all: Capabilities = {
  live: true,
  processes: true,
  faults: true,
  addObserver: true,
  readZnodes: true,
  readPast: true,
  writeZnodes: true,
  search: false,
  transactions: false,
  health: false,
};
const none: Capabilities = { ...all, processes: false, faults: false };

function server(process: ProcessState): ServerView {
  return {
    sid: 2,
    member: null,
    process: { state: process, pid: 1, by: null, exit: null, lastLines: [], sinceMs: 0 },
    state: 'FOLLOWING',
    phase: 'BROADCAST',
    epoch: 1,
    leader: 1,
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

function link(from: number, to: number, fault: LinkView['fault']): LinkView {
  return { from, to, queue: [], waiting: 0, sent: 1, received: 1, lost: 0, early: [], fault };
}

describe('what can be done to a server', () => {
  it('follows its process', () => {
    const { links } = emptyState();
    expect(serverActions(server('running'), links, { ...all, faults: false })).toEqual([
      'kill',
      'pause',
      'stop',
      'restart',
    ]);
    expect(serverActions(server('paused'), links, { ...all, faults: false })[0]).toBe('resume');
    for (const dead of ['killed', 'died', 'stopped'] as const) {
      expect(serverActions(server(dead), links, { ...all, faults: false })).toEqual(['start']);
    }
    expect(serverActions(server('stopping'), links, { ...all, faults: false })).toEqual([]);
  });

  it('is nothing where the source is not capable of it', () => {
    expect(serverActions(server('running'), {}, none)).toEqual([]);
  });

  it('is healing where a link is disturbed, isolating until all are cut', () => {
    const faults = { ...all, processes: false };
    expect(serverActions(server('running'), { '1>2': link(1, 2, null) }, faults)).toEqual(['isolate']);
    expect(serverActions(server('running'), { '1>2': link(1, 2, { kind: 'slow', delayMs: 9 }) }, faults)).toEqual([
      'isolate',
      'heal',
    ]);
    const cut = { '1>2': link(1, 2, { kind: 'cut' }), '2>1': link(2, 1, { kind: 'cut' }) };
    expect(serverActions(server('running'), cut, faults)).toEqual(['heal']);
    expect(serverActions(server('running'), { '1>3': link(1, 3, { kind: 'cut' }) }, faults)).toEqual(['isolate']);
  });
});
