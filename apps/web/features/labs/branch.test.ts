import { expect, test } from 'vitest';
import { createStore } from 'zustand';
import { branchThatDoes, without } from './branch.ts';
import { EngineForTests } from './engine/engine-for-tests.ts';
import { LabActions } from './lab-actions.ts';
import type { LabState } from './lab-state.ts';

test('a branch that was left by another one and is gone is not taken for it', async () => {
  const store = createStore<LabState>(() => ({ phase: 'loading', failure: null, steps: 0, lab: null }));
  const around = { onFrame: () => {}, prefersStillness: () => true, notify: () => {} };
  const lab = new LabActions(store, new EngineForTests(), around);
  const now = () => store.getState().lab ?? expect.unreachable();
  await lab.open('2pc-happy', null);
  const { cursor, branch: first, info } = now();
  const [one = '', other = ''] = info.nodes.map(({ id }) => id);
  const crash = { do: 'crash', node: one } as const;
  const pause = { do: 'pause', node: other } as const;
  await lab.act(crash);
  const gone = now().branch;
  await lab.act(pause);
  const child = now().branch;
  expect(branchThatDoes(now().branches, first, cursor, crash)?.id).toBe(gone.id);
  expect(branchThatDoes(now().branches, first, cursor, pause)).toBeNull();

  const left = without(now().branches, gone);
  expect(left.find(({ id }) => id === child.id)).toMatchObject({ parent: first.id, forkedAt: cursor, action: crash });
  expect(branchThatDoes(left, first, cursor, pause)).toBeNull();
  expect(branchThatDoes(left, first, cursor, crash)).toBeNull();
  expect(branchThatDoes(left, child, cursor + 1, pause)?.id).toBe(child.id);
});
