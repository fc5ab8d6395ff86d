import type { ClusterEvent, ClusterEventBody } from '@vivarium/shared/cluster-event';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { EventMerger } from './event-merger.ts';

const VOTE = { leader: 1, zxid: '0x0', peerEpoch: 0, electionEpoch: 1, state: 'LOOKING' } as const;
const COMMITTED: ClusterEventBody = { kind: 'committed', zxid: '0x1' };

/** A clock that stands until it is moved. */
class TestClock {
  timeMs = 1_000;
  private timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.timeMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.timeMs + delayMs, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  get pending(): number {
    return this.timers.length;
  }

  advance(ms: number): void {
    const endMs = this.timeMs + ms;
    for (;;) {
      const [next] = this.timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.timeMs = Math.max(this.timeMs, next.atMs);
      next.callback();
    }
    this.timeMs = endMs;
  }
}

let clock: TestClock;
let emitted: ClusterEvent[];
let merger: EventMerger;
let sequences: Map<number, number>;

beforeEach(() => {
  clock = new TestClock();
  emitted = [];
  sequences = new Map();
  merger = new EventMerger({ windowMs: 40, clock, emit: (event) => emitted.push(event) });
});

function event(sid: number, atMs: number, body: ClusterEventBody = COMMITTED): ClusterEvent {
  const sequence = sequences.get(sid) ?? 0;
  sequences.set(sid, sequence + 1);
  return { sid, sequence, atMs, wallMs: 0, body };
}

/** Hands over events, each as of its own server. */
function push(...events: ClusterEvent[]): void {
  for (const one of events) merger.push(one.sid, [one]);
}

function order(): string[] {
  return emitted.map(({ sid, atMs, body }) => `${sid}@${atMs} ${body.kind}`);
}

describe('the merger', () => {
  test('events of several servers come in one order, each when the window has passed', () => {
    push(event(2, 995), event(2, 999));
    clock.advance(10);
    push(event(1, 990), event(1, 997), event(1, 1_005));
    expect(emitted).toEqual([]);
    clock.advance(20);
    expect(order()).toEqual(['1@990 committed']);
    clock.advance(9);
    expect(order()).toEqual(['1@990 committed', '2@995 committed', '1@997 committed', '2@999 committed']);
    clock.advance(6);
    expect(order().at(-1)).toBe('1@1005 committed');
    expect(clock.pending).toBe(0);
  });

  test('one that comes later than the window goes out as it comes', () => {
    push(event(1, 1_000));
    clock.advance(50);
    push(event(2, 950), event(2, 1_049));
    expect(order()).toEqual(['1@1000 committed', '2@950 committed']);
  });

  test('at one instant the first that came is first', () => {
    push(event(3, 1_000), event(1, 1_000), event(2, 1_000));
    clock.advance(40);
    expect(emitted.map(({ sid }) => sid)).toEqual([3, 1, 2]);
  });

  test('at one instant a receipt comes behind its sending, and each server keeps its order', () => {
    push(
      event(2, 1_000, { kind: 'voteReceived', from: 1, vote: VOTE }),
      event(2, 1_000, { kind: 'packetSent', to: 3, packet: 'PING', zxid: '0x1', queueLength: 0 }),
      event(3, 1_000, { kind: 'packetReceived', from: 2, packet: 'PING', zxid: '0x1' }),
      event(1, 1_000, { kind: 'electionWon', leader: 1, electionEpoch: 1 }),
      event(1, 1_000, { kind: 'voteSent', to: 2, vote: VOTE }),
    );
    clock.advance(40);
    expect(order()).toEqual([
      '1@1000 electionWon',
      '1@1000 voteSent',
      '2@1000 voteReceived',
      '2@1000 packetSent',
      '3@1000 packetReceived',
    ]);
  });

  test('what the host tells of a server does not wait for what that server tells, nor the other way round', () => {
    merger.push('host', [event(1, 1_000, { kind: 'warning', code: 'host', detail: '' })]);
    clock.advance(20);
    merger.push(1, [event(1, 990), event(1, 1_010)]);
    clock.advance(40);
    expect(order()).toEqual(['1@990 committed', '1@1000 warning', '1@1010 committed']);
  });

  test('a clock that is ahead holds nothing for longer than the window', () => {
    push(event(1, 9_999_999));
    push(event(2, 1_000));
    clock.advance(40);
    expect(emitted.map(({ sid }) => sid)).toEqual([1, 2]);
  });

  test('all that is held goes out at the end', () => {
    push(event(2, 1_000), event(1, 999));
    merger.flush();
    expect(order()).toEqual(['1@999 committed', '2@1000 committed']);
    expect(clock.pending).toBe(0);
  });

  test('nothing is lost, each server keeps its order, and what comes in time is in order', () => {
    const arrivals = fc.array(
      fc.record({
        sid: fc.integer({ min: 1, max: 3 }),
        gapMs: fc.nat(20),
        lateMs: fc.nat(39),
        count: fc.integer({ min: 1, max: 5 }),
      }),
    );
    fc.assert(
      fc.property(arrivals, (batches) => {
        clock = new TestClock();
        emitted = [];
        sequences = new Map();
        merger = new EventMerger({ windowMs: 40, clock, emit: (one) => emitted.push(one) });
        const last = new Map<number, number>();
        let pushed = 0;
        for (const { sid, gapMs, lateMs, count } of batches) {
          clock.advance(gapMs);
          const atMs = Math.max(last.get(sid) ?? 0, clock.timeMs - lateMs);
          last.set(sid, atMs);
          merger.push(
            sid,
            Array.from({ length: count }, () => event(sid, atMs)),
          );
          pushed += count;
        }
        clock.advance(40);
        expect(emitted).toHaveLength(pushed);
        expect(clock.pending).toBe(0);
        const times = emitted.map(({ atMs }) => atMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        for (const sid of [1, 2, 3]) {
          const own = emitted.filter((one) => one.sid === sid).map(({ sequence }) => sequence);
          expect(own).toEqual(own.map((_, index) => index));
        }
      }),
    );
  });
});
