import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { expect, test } from 'vitest';
import { feedOf } from './feed-state.ts';

const info: ClusterInfo = {
  id: 'local',
  name: 'local',
  kind: 'hosted',
  capabilities: {
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
  },
  provenance: {
    process: 'host',
    role: 'trace',
    votes: 'trace',
    messages: 'trace',
    proposals: 'trace',
    sessions: 'trace',
    watches: 'trace',
    znodes: 'client',
    latency: 'missing',
    digest: 'missing',
  },
  kept: { first: 1, last: 9 },
  recording: false,
  connectString: null,
  attached: null,
};
const recorded: ClusterInfo = { ...info, kind: 'recorded', capabilities: { ...info.capabilities, live: false } };

test.each([
  ['connecting', { connection: 'connecting', info: null, lagMs: null }],
  ['connecting', { connection: 'connected', info: null, lagMs: null }],
  ['live', { connection: 'connected', info, lagMs: 12 }],
  ['behind', { connection: 'connected', info, lagMs: 3_210 }],
  ['recorded', { connection: 'connected', info: recorded, lagMs: null }],
  ['reconnecting', { connection: 'reconnecting', info, lagMs: 3_210 }],
  ['refused', { connection: 'refused', info: null, lagMs: null }],
] as const)('%s', (code, view) => {
  expect(feedOf(view).code).toBe(code);
});

test('how far behind is told in tenths of a second, so that it can be read', () => {
  expect(feedOf({ connection: 'connected', info, lagMs: 3_249 }).lagMs).toBe(3_200);
});
