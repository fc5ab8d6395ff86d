import type { FlightPicture, NodePicture, Picture, StepRecord } from '@vivarium/labs/history';
import type { Happening } from '@vivarium/simulation/stepped/journal';
import { expect, test } from 'vitest';
import { pendingAt } from './pending.ts';

const flight = (id: number, dueMs: number, held = false): FlightPicture => ({
  id,
  from: 'A',
  to: 'B',
  type: 'M',
  label: `M${id}`,
  channel: null,
  dueMs,
  copyOf: null,
  tampered: false,
  sentN: 1,
  held,
  facts: [],
});

const node: NodePicture = {
  status: 'up',
  view: { mark: 'plain', role: 'r', state: '', mood: 'calm', facts: [], log: [] },
  timers: [{ timer: 'late', dueMs: 50, setN: 1 }],
  writes: ['log 1'],
};

const picture: Picture = {
  n: 3,
  atMs: 4,
  nodes: { A: node, B: { ...node, timers: [{ timer: 'soon', dueMs: 20, setN: 1 }], writes: [] } },
  inFlight: { 1: flight(1, 30), 2: flight(2, 10), 3: flight(3, 1, true) },
  cuts: [],
  verdicts: [],
  annotations: [],
};

const next = (happening: Happening): StepRecord => ({
  entry: {
    n: 4,
    atMs: 5,
    happening,
    by: 'world',
    cause: null,
    sent: [],
    timersSet: [],
    timersCleared: [],
    writes: [],
    told: [],
  },
  message: null,
  sentence: { en: '', zh: '' },
  narration: null,
  mark: null,
  nodes: {},
  facts: {},
  moved: [],
  cuts: null,
  verdicts: [],
  annotations: null,
  goals: [],
  hash: '',
});

const keys = (record: StepRecord | null) => pendingAt(picture, record).map(({ key }) => key);

test('messages are in the order in which they are due, what is held comes after them, then writes, then timers', () => {
  expect(keys(null)).toEqual([
    'message 2',
    'message 1',
    'message 3',
    'write A 0 log 1',
    'timer B soon',
    'timer A late',
  ]);
});

test('what comes next by itself is first, whatever it is', () => {
  expect(keys(next({ kind: 'deliver', message: 1, node: 'B' }))[0]).toBe('message 1');
  expect(keys(next({ kind: 'timer', node: 'A', timer: 'late' }))[0]).toBe('timer A late');
  expect(keys(next({ kind: 'persisted', node: 'A', write: 1, what: 'log 1' }))[0]).toBe('write A 0 log 1');
  expect(pendingAt(picture, next({ kind: 'boot', node: 'A' })).some(({ isNext }) => isNext)).toBe(false);
});
