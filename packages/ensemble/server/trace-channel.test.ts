import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EventsMessage } from './host-messages.ts';
import { TraceChannel } from './trace-channel.ts';

const BODY: ClusterEventBody = { kind: 'committed', zxid: '0x1' };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function channel(): { trace: TraceChannel; sent: EventsMessage[]; taken: ((error: Error | null) => void)[] } {
  const sent: EventsMessage[] = [];
  const taken: ((error: Error | null) => void)[] = [];
  const trace = new TraceChannel(7, (message, done) => {
    sent.push(message);
    taken.push(done);
  });
  return { trace, sent, taken };
}

describe('the trace channel', () => {
  test('events go in one batch after a moment, numbered', () => {
    const { trace, sent } = channel();
    trace.push(BODY);
    trace.push(BODY);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(10);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.events.map(({ sid, sequence, body }) => ({ sid, sequence, body }))).toEqual([
      { sid: 7, sequence: 0, body: BODY },
      { sid: 7, sequence: 1, body: BODY },
    ]);
    vi.advanceTimersByTime(100);
    expect(sent).toHaveLength(1);
  });

  test('many events go at once', () => {
    const { trace, sent } = channel();
    for (let i = 0; i < 512; i++) trace.push(BODY);
    expect(sent.map(({ events }) => events.length)).toEqual([512]);
  });

  test('a parent that takes nothing costs events, which are counted, and no memory', () => {
    const { trace, sent, taken } = channel();
    const pushed = 20_000;
    for (let i = 0; i < pushed; i++) trace.push(BODY);
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(4);
    // The count does not wait for another event.
    for (let i = 0; i < taken.length; i++) taken[i]?.(null);
    const events = sent.flatMap((message) => message.events);
    const dropped = events.filter(({ body }) => body.kind === 'dropped');
    expect(dropped).toHaveLength(1);
    const count = dropped[0]?.body.kind === 'dropped' ? dropped[0].body.count : 0;
    expect(events.length - 1 + count).toBe(pushed);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index));
  });

  test('at the end all that waits is sent, and its taking is waited for', () => {
    const { trace, sent, taken } = channel();
    let drained = 0;
    for (let i = 0; i < 3_000; i++) trace.push(BODY);
    trace.drain(() => drained++);
    for (let i = 0; i < taken.length; i++) {
      expect(drained).toBe(0);
      taken[i]?.(null);
    }
    expect(drained).toBe(1);
    expect(sent.flatMap(({ events }) => events)).toHaveLength(3_000);
    trace.drain(() => drained++);
    expect(drained).toBe(2);
  });

  test('a parent that has gone', () => {
    const { trace, sent, taken } = channel();
    trace.push(BODY);
    vi.advanceTimersByTime(10);
    taken[0]?.(new Error('gone'));
    trace.push(BODY);
    vi.advanceTimersByTime(10);
    expect(sent).toHaveLength(2);
    let drained = false;
    trace.drain(() => {
      drained = true;
    });
    taken[1]?.(new Error('gone'));
    expect(drained).toBe(true);
  });
});
