import type { Capabilities } from '@vivarium/shared/contract/source';
import { expect, test } from 'vitest';
import { viewsOf } from './cluster-views.ts';

const none: Capabilities = {
  live: true,
  processes: false,
  faults: false,
  addObserver: false,
  readZnodes: true,
  readPast: false,
  writeZnodes: false,
  search: false,
  transactions: false,
  health: false,
};

test('health comes first where somebody else runs the cluster, and beside the drawing where it runs here', () => {
  expect(viewsOf({ kind: 'attached', capabilities: { ...none, health: true } }).first).toBe('health');
  expect(viewsOf({ kind: 'hosted', capabilities: { ...none, health: true } })).toEqual({
    views: ['health', 'ring', 'spacetime', 'table'],
    first: 'ring',
  });
});

test('a source that tells no health has its drawings alone', () => {
  expect(viewsOf({ kind: 'recorded', capabilities: none }).views).not.toContain('health');
  expect(viewsOf(null).first).toBe('ring');
});
