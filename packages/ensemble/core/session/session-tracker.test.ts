import { ErrorCode } from '@vivarium/shared/error-code';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OWN_CLIENT, SessionTracker } from './session-tracker.ts';

const TICK_MS = 1000;

/** A tracker whose owner looks whenever it is asked to, and what expired when. */
class Watched {
  readonly tracker = new SessionTracker(TICK_MS, 0);
  readonly expired: { readonly id: bigint; readonly atMs: number }[] = [];
  nowMs = 0;

  /** Lets time pass; `stopped`: without a look in between. */
  pass(ms: number, stopped = false): void {
    const endMs = this.nowMs + ms;
    while (!stopped && this.tracker.deadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.tracker.deadlineMs);
      this.look();
    }
    this.nowMs = endMs;
  }

  look(): void {
    for (const id of this.tracker.expire(this.nowMs)) {
      this.expired.push({ id, atMs: this.nowMs });
      this.tracker.remove(id);
    }
  }
}

describe('expiry', () => {
  test('by whole buckets, at the end of the one in which the timeout ends', () => {
    const watched = new Watched();
    watched.nowMs = 300;
    watched.tracker.track(1n, 4000, 300);
    watched.nowMs = 900;
    watched.tracker.track(2n, 4000, 900);
    watched.pass(10_000);
    expect(watched.expired).toEqual([
      { id: 1n, atMs: 5000 },
      { id: 2n, atMs: 5000 },
    ]);
    expect(watched.tracker.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('never before the timeout of silence, and at most a tick behind it', () => {
    const step = fc.record({ passMs: fc.integer({ min: 0, max: 3000 }), session: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 9000 }), (steps, timeoutMs) => {
        const watched = new Watched();
        const heardMs = new Map<bigint, number>();
        for (const { passMs, session } of steps) {
          watched.pass(passMs);
          const id = BigInt(session);
          const isNew = !heardMs.has(id);
          if (isNew) watched.tracker.track(id, timeoutMs, watched.nowMs);
          if (isNew || watched.tracker.touch(id, timeoutMs, watched.nowMs)) heardMs.set(id, watched.nowMs);
        }
        watched.pass(timeoutMs + TICK_MS);
        expect(watched.expired).toHaveLength(heardMs.size);
        for (const { id, atMs } of watched.expired) {
          const silentMs = atMs - (heardMs.get(id) ?? 0);
          expect(silentMs).toBeGreaterThanOrEqual(timeoutMs);
          expect(silentMs).toBeLessThanOrEqual(timeoutMs + TICK_MS);
        }
      }),
    );
  });

  test('an older sign of life does not shorten what a newer one gave', () => {
    const watched = new Watched();
    watched.tracker.track(1n, 4000, 0);
    watched.nowMs = 500;
    expect(watched.tracker.touch(1n, 9000, 500)).toBe(true);
    expect(watched.tracker.touch(1n, 1000, 500)).toBe(true);
    watched.pass(20_000);
    expect(watched.expired).toEqual([{ id: 1n, atMs: 10_000 }]);
  });

  test('the time in which the server itself was stopped does not count, however long it was', () => {
    for (const stoppedMs of [1_100, 4_000, 3_600_000]) {
      const watched = new Watched();
      watched.tracker.track(1n, 4000, 0);
      watched.tracker.track(2n, 4000, 0);
      watched.pass(3500);
      watched.pass(stoppedMs, true);
      watched.look();
      expect(watched.expired).toEqual([]);
      // What its client had sent is read now.
      expect(watched.tracker.touch(1n, 4000, watched.nowMs)).toBe(true);
      const resumedMs = watched.nowMs;
      watched.pass(20_000);
      expect(watched.expired.map(({ id }) => id)).toEqual([2n, 1n]);
      const [silent, heard] = watched.expired.map(({ atMs }) => atMs - resumedMs);
      expect(silent).toBeLessThanOrEqual(2 * TICK_MS);
      expect(heard).toBeGreaterThanOrEqual(4000);
    }
  });

  test('a session that closes is neither touched nor expired, and buckets of none are not kept', () => {
    const watched = new Watched();
    watched.tracker.track(1n, 4000, 0);
    watched.tracker.setClosing(1n);
    expect(watched.tracker.touch(1n, 4000, 10)).toBe(false);
    watched.pass(20_000);
    expect(watched.expired).toEqual([]);
    expect(watched.tracker.isKnown(1n)).toBe(true);
    watched.tracker.remove(1n);
    expect(watched.tracker.count).toBe(0);
  });
});

describe('pitfall 14: who may act for a session', () => {
  test('its owner alone; without one, after a change of leaders, whoever speaks first', () => {
    const tracker = new SessionTracker(TICK_MS, 0);
    tracker.track(1n, 4000, 0);
    expect(tracker.check(1n, 7)).toBe(ErrorCode.OK);
    expect(tracker.check(1n, OWN_CLIENT)).toBe(ErrorCode.SESSIONMOVED);
    tracker.setOwner(1n, OWN_CLIENT);
    expect(tracker.check(1n, OWN_CLIENT)).toBe(ErrorCode.OK);
    expect(tracker.check(1n, 7)).toBe(ErrorCode.SESSIONMOVED);
    tracker.setClosing(1n);
    expect(tracker.check(1n, OWN_CLIENT)).toBe(ErrorCode.SESSIONEXPIRED);
    expect(tracker.check(2n, OWN_CLIENT)).toBe(ErrorCode.SESSIONEXPIRED);
  });
});
