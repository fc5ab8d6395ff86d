import { describe, expect, test, vi } from 'vitest';
import type { Input, Instant, Output } from '../core/io.ts';
import { Driver, type DriverParts } from './driver.ts';

interface Rig {
  readonly driver: Driver;
  /** What happened, in order. */
  readonly log: string[];
  deadlineMs: number;
  answer: (input: Input) => readonly Output[];
}

/** A driver whose parts only write down what they are asked for. */
function rig(): Rig {
  const log: string[] = [];
  const parts = {
    core: {
      step: (now: Instant, input: Input): readonly Output[] => {
        expect(now.monotonicMs).toBeLessThanOrEqual(performance.now());
        log.push(input.kind);
        return made.answer(input);
      },
      get deadlineMs() {
        return made.deadlineMs;
      },
    },
    storage: {
      execute: (writeId: number) => {
        log.push(`write ${writeId}`);
        made.driver.submit({ kind: 'persisted', writeId });
        log.push('written');
      },
      truncate: (_: bigint, done: (result: { ok: false; reason: string }) => void) => done({ ok: false, reason: 'no' }),
    },
    clientPort: { send: () => log.push('reply'), flush: () => log.push('flush') },
    electionPort: null,
    quorumPort: null,
  };
  const made: Rig = {
    log,
    deadlineMs: Number.POSITIVE_INFINITY,
    answer: () => [],
    driver: new Driver(parts as unknown as DriverParts, {
      log: (_, message) => log.push(message),
      trace: () => {},
      members: () => {},
      snapshotWritten: () => {},
      fatal: (reason) => {
        log.push(`fatal ${reason}`);
        made.driver.stop();
      },
      settled: () => log.push('settled'),
    }),
  };
  return made;
}

const FRAME = new Uint8Array(0);

describe('the driver', () => {
  test('start comes first, also where a port has reported something before', () => {
    const { driver, log } = rig();
    driver.submit({ kind: 'clientConnected', client: 1, address: 'a', certificateSubject: null });
    expect(log).toEqual([]);
    driver.start();
    expect(log).toEqual(['start', 'clientConnected']);
  });

  test('an input from within an output waits until all outputs before it are carried out', () => {
    const made = rig();
    made.answer = (input) =>
      input.kind === 'tick'
        ? [
            { kind: 'persist', writeId: 1, write: { kind: 'currentEpoch', epoch: 1 } },
            { kind: 'sendClient', client: 1, frame: FRAME },
          ]
        : [];
    made.driver.start();
    made.driver.submit({ kind: 'tick' });
    expect(made.log).toEqual(['start', 'tick', 'write 1', 'written', 'reply', 'persisted']);
  });

  test('many inputs of one turn are one flush', async () => {
    const { driver, log } = rig();
    driver.start();
    for (let i = 0; i < 3; i++) driver.submit({ kind: 'clientFrame', client: 1, frame: FRAME });
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['start', 'clientFrame', 'clientFrame', 'clientFrame', 'flush', 'settled']);
  });

  test('a tick comes at the deadline, and an earlier one comes earlier', async () => {
    const made = rig();
    const startedMs = performance.now();
    made.deadlineMs = startedMs + 10_000;
    made.driver.start();
    await new Promise((resolve) => setImmediate(resolve));
    made.deadlineMs = startedMs + 30;
    made.answer = (input) => {
      if (input.kind === 'tick') made.deadlineMs = Number.POSITIVE_INFINITY;
      return [];
    };
    made.driver.submit({ kind: 'clientClosed', client: 1 });
    await vi.waitFor(() => expect(made.log).toContain('tick'));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(30);
    expect(made.log.filter((entry) => entry === 'tick')).toHaveLength(1);
    made.driver.stop();
  });

  test('the answer to a truncation', () => {
    const made = rig();
    made.answer = (input) => (input.kind === 'tick' ? [{ kind: 'truncate', zxid: 1n }] : []);
    made.driver.start();
    made.driver.submit({ kind: 'tick' });
    expect(made.log).toEqual(['start', 'tick', 'truncateRefused']);
  });

  test('after a fatal output nothing is carried out', () => {
    const made = rig();
    made.answer = (input) =>
      input.kind === 'tick'
        ? [
            { kind: 'fatal', reason: 'lost' },
            { kind: 'sendClient', client: 1, frame: FRAME },
          ]
        : [];
    made.driver.start();
    made.driver.submit({ kind: 'tick' });
    made.driver.submit({ kind: 'tick' });
    expect(made.log).toEqual(['start', 'tick', 'fatal lost']);
  });
});
