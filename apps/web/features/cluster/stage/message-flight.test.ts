import { describe, expect, it } from 'vitest';
import type { Message } from '../../../live/messages.ts';
import { flightOf } from './message-flight.ts';

function message(sentAtMs: number, receivedAtMs: number | null, lostAtMs: number | null = null): Message {
  return { n: 1, from: 1, to: 2, packet: 'PROPOSAL', zxid: '0x1', vote: null, sentAtMs, receivedAtMs, lostAtMs };
}

describe('a message on its way', () => {
  it('is where it truly was', () => {
    expect(flightOf(message(100, 102), 101, 0.16, false)).toEqual({ kind: 'flying', progress: 0.5 });
    expect(flightOf(message(100, 102), 99, 0.16, false)).toEqual({ kind: 'over' });
    expect(flightOf(message(100, 102), 102, 0.16, false)).toEqual({ kind: 'over' });
  });

  it('is seen for the least time where it was too quick', () => {
    expect(flightOf(message(100, 101), 180, 160, false)).toEqual({ kind: 'flying', progress: 0.5 });
  });

  it('waits in the queue of a slowed link and flies when it is let through', () => {
    expect(flightOf(message(100, 600), 400, 0, false)).toEqual({ kind: 'waiting' });
    expect(flightOf(message(100, 600), 587.5, 0, false)).toEqual({ kind: 'flying', progress: 0.5 });
  });

  it('waits while nobody knows whether it comes', () => {
    expect(flightOf(message(100, null), 1_000, 0, false)).toEqual({ kind: 'waiting' });
    expect(flightOf(message(100, null), 112.5, 0, false)).toEqual({ kind: 'flying', progress: 0.45 });
    expect(flightOf(message(100, null), 112.5, 0, true)).toEqual({ kind: 'waiting' });
  });

  it('is gone once it is lost', () => {
    expect(flightOf(message(100, null, 110), 111, 0, false)).toEqual({ kind: 'over' });
    expect(flightOf(message(100, null, 110), 105, 0, false).kind).toBe('flying');
  });
});
