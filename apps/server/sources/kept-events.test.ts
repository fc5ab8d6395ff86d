import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import { apply } from '@vivarium/shared/cluster-reducer';
import { type ClusterState, copyState, emptyState } from '@vivarium/shared/cluster-state';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiFailure } from '../api-failure.ts';
import { sampleEvents } from '../tests/harness/sample-events.ts';
import { eventBytes } from './event-bytes.ts';
import { KeptEvents } from './kept-events.ts';

const HUGE = 1 << 30;

test('events are numbered from 1 without a gap', () => {
  const kept = new KeptEvents();
  expect(kept.kept).toEqual({ first: 1, last: 0 });
  expect(sampleEvents(5).map((event) => kept.push(event).n)).toEqual([1, 2, 3, 4, 5]);
  expect(kept.kept).toEqual({ first: 1, last: 5 });
  expect(kept.after(2, 2).map(({ n }) => n)).toEqual([3, 4]);
  expect(kept.after(5, 2)).toEqual([]);
});

test('the oldest go when there are too many, or too many bytes', () => {
  const events = sampleEvents(1_000);
  const byCount = new KeptEvents({ events: 100, bytes: HUGE, checkpointEvents: 10 });
  for (const event of events) byCount.push(event);
  expect(byCount.kept.last).toBe(1_000);
  expect(byCount.kept.last - byCount.kept.first + 1).toBeGreaterThan(85);
  expect(byCount.kept.last - byCount.kept.first + 1).toBeLessThanOrEqual(100);

  const bytes = events.slice(-200).reduce((sum, event) => sum + eventBytes(event), 0);
  const byBytes = new KeptEvents({ events: HUGE, bytes, checkpointEvents: 100 });
  for (const event of events) byBytes.push(event);
  const count = byBytes.kept.last - byBytes.kept.first + 1;
  expect(count).toBeGreaterThan(150);
  expect(count).toBeLessThanOrEqual(200);
});

test('what is not kept and what is not there yet are told apart', () => {
  const kept = new KeptEvents({ events: 20, bytes: HUGE, checkpointEvents: 5 });
  for (const event of sampleEvents(100)) kept.push(event);
  const { first } = kept.kept;
  expect(() => kept.stateAt(first - 2)).toThrow(ApiFailure);
  expect(codeOf(() => kept.stateAt(first - 2))).toBe('instantNotKept');
  expect(codeOf(() => kept.after(first - 2, 1))).toBe('instantNotKept');
  expect(codeOf(() => kept.stateAt(101))).toBe('instantUnknown');
  expect(kept.stateAt(first - 1).n).toBe(first - 1);
  expect(kept.after(first - 1, 1)[0]?.n).toBe(first);
});

test('a state that was handed out stays as it is', () => {
  const kept = new KeptEvents();
  const [first, ...rest] = sampleEvents(500);
  if (first === undefined) throw new Error('no event');
  kept.push(first);
  const state = kept.stateAt(null);
  const before = structuredClone(state);
  for (const event of rest) kept.push(event);
  expect(state).toEqual(before);
});

test('property: the state at each kept event is the one that all events up to it make', () => {
  const limits = fc.record({
    events: fc.integer({ min: 20, max: 400 }),
    bytes: fc.integer({ min: 10_000, max: 200_000 }),
    checkpointEvents: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 600 }), fc.integer(), (limit, count, seed) => {
      const events = sampleEvents(count, seed);
      const kept = new KeptEvents(limit);
      for (const event of events) kept.push(event);
      const { first, last } = kept.kept;
      expect(last).toBe(count);
      const states = replay(events);
      for (let n = first - 1; n <= last; n += 7) expect(kept.stateAt(n)).toEqual(states[n]);
      expect(kept.after(first - 1, count)).toEqual(
        events.slice(first - 1).map((event, at) => ({ n: first + at, ...event })),
      );
    }),
    { numRuns: 30 },
  );
});

/** The state after each number of events. */
function replay(events: readonly ClusterEvent[]): ClusterState[] {
  const state = emptyState();
  const states = [copyState(state)];
  events.forEach((event, at) => {
    apply(state, at + 1, event);
    states.push(copyState(state));
  });
  return states;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiFailure) return error.error.code;
    throw error;
  }
  return 'none';
}
