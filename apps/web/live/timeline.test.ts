import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { emptyState } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { describe, expect, test } from 'vitest';
import { Cursor, Timeline } from './timeline.ts';

function event(n: number, body: ClusterEventBody, sid = 1): FeedEvent {
  return { n, sid, sequence: n, atMs: n * 10, wallMs: n * 10, body };
}

function committed(n: number): FeedEvent {
  return event(n, { kind: 'committed', zxid: `0x${n.toString(16)}` });
}

function filled(count: number, maxEvents = 60_000): Timeline {
  const timeline = new Timeline(emptyState(), maxEvents);
  for (let n = 1; n <= count; n++) timeline.push([committed(n)]);
  return timeline;
}

describe('a timeline', () => {
  test('has the state of each instant', () => {
    const timeline = filled(3_500);
    for (const n of [0, 1, 999, 1_000, 1_001, 3_500]) {
      const state = timeline.stateBefore(timeline.indexAfter(n * 10));
      expect(state.n).toBe(n);
      expect(state.servers[1]?.lastCommitted ?? '0x0').toBe(`0x${n.toString(16)}`);
    }
  });

  test('forgets the oldest, and its states stay right', () => {
    const timeline = filled(12_345, 4_000);
    expect(timeline.events.length).toBeLessThanOrEqual(4_000);
    expect(timeline.events[0]?.n).toBe(timeline.startN + 1);
    expect(timeline.stateBefore(0).n).toBe(timeline.startN);
    expect(timeline.stateBefore(timeline.indexAfter(120_000)).n).toBe(12_000);
  });

  test('a cursor moves on as events come, and says when its ground is gone', () => {
    const timeline = filled(100, 2_000);
    const cursor = new Cursor(timeline, timeline.indexAfter(500));
    expect(cursor.next?.n).toBe(51);
    expect(cursor.advance(705)).toBe(true);
    expect(cursor.state.n).toBe(70);
    for (let n = 101; n <= 9_000; n++) timeline.push([committed(n)]);
    expect(cursor.advance(710)).toBe(false);
  });
});

describe('messages', () => {
  const sent = (n: number, zxid: string): FeedEvent =>
    event(n, { kind: 'packetSent', to: 2, packet: 'PROPOSAL', zxid, queueLength: 0 });
  const received = (n: number, zxid: string): FeedEvent =>
    event(n, { kind: 'packetReceived', from: 1, packet: 'PROPOSAL', zxid }, 2);

  test('are under way from the send to the receipt, and are seen for a least time', () => {
    const timeline = new Timeline(emptyState());
    timeline.push([sent(1, '0x1'), sent(2, '0x2'), received(5, '0x1')]);
    const at = (ms: number, speed: number): string[] => timeline.messages.at(ms, speed).map(({ zxid }) => zxid);
    expect(at(5, 0.001)).toEqual([]);
    expect(at(30, 0.001)).toEqual(['0x1', '0x2']);
    expect(at(60, 0.001)).toEqual(['0x2']);
    expect(at(60, 1)).toEqual(['0x1', '0x2']);
    expect(at(60, 1).length).toBe(2);
  });

  test('are paired also where the receipt is told first', () => {
    const timeline = new Timeline(emptyState());
    timeline.push([received(1, '0x1'), sent(2, '0x1')]);
    expect(timeline.messages.between(0, 100, 10)).toMatchObject([{ sentAtMs: 20, receivedAtMs: 20 }]);
  });

  test('end with the server that sent them', () => {
    const timeline = new Timeline(emptyState());
    const died = { kind: 'processChanged', process: 'killed', pid: null, by: null, exit: null, lastLines: [] } as const;
    timeline.push([sent(1, '0x1'), event(4, died)]);
    expect(timeline.messages.between(0, 100, 10)).toMatchObject([{ receivedAtMs: null, lostAtMs: 40 }]);
    expect(timeline.messages.at(60, 0.001)).toEqual([]);
  });
});
