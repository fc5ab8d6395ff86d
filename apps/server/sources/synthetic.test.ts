import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { afterEach, expect, test } from 'vitest';
import type { Source } from './source.ts';
import { createSynthetic } from './synthetic.ts';
import { syntheticSteps } from './synthetic-events.ts';

let source: Source | null = null;

afterEach(() => source?.close());

test('the made-up ensemble looks like a busy one', async () => {
  source = createSynthetic({ eventsPerSecond: 20_000 });
  const events = await take(source, 3_000);
  expect(events.map(({ n }) => n)).toEqual(events.map((_, at) => at + 1));
  for (const [at, { atMs }] of events.entries()) expect(atMs).toBeGreaterThanOrEqual(events[at - 1]?.atMs ?? 0);
  const state = await source.stateAt(3_000);
  expect(Object.keys(state.servers)).toHaveLength(5);
  expect(Object.values(state.servers).map((server) => server.state)).toEqual([
    ...Array(4).fill('FOLLOWING'),
    'LEADING',
  ]);
  expect(state.committed).toBeGreaterThan(40);
  expect(state.sessionCount).toBe(40);
  const done = state.proposals.find(({ repliedAtMs }) => repliedAtMs !== null);
  expect(Object.keys(done?.ackedAtMs ?? {})).toHaveLength(5);
  expect(Object.keys(done?.appliedAtMs ?? {})).toHaveLength(5);
});

test('it makes as many events as it was asked for', async () => {
  source = createSynthetic({ eventsPerSecond: 10_000 });
  const events = await take(source, 2_000);
  const lastMs = (events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0);
  expect(lastMs).toBeGreaterThan(150);
});

test('every packet that is sent is received', () => {
  const steps = syntheticSteps();
  const underWay = new Map<string, number>();
  for (let made = 0; made < 5_000; made++) {
    const { sid, body } = steps.next().value;
    if (body.kind === 'packetSent') underWay.set(`${sid}>${body.to} ${body.packet}`, made);
    if (body.kind === 'packetReceived') expect(underWay.delete(`${body.from}>${sid} ${body.packet}`)).toBe(true);
  }
  expect(underWay.size).toBeLessThanOrEqual(1);
});

/** Waits for so many events. */
function take(of: Source, count: number): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  return new Promise((resolve) => {
    const end = of.subscribe((more) => {
      events.push(...more);
      if (events.length < count) return;
      end();
      resolve(events);
    });
  });
}
