import { afterEach, expect, test, vi } from 'vitest';
import { RequestGate } from './request-gate.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('so many are under way, the others come in their order, and none is forgotten when one fails', async () => {
  const gate = new RequestGate({ requests: 2, waiting: 3, waitMs: 10_000 });
  const begun: number[] = [];
  const ends: PromiseWithResolvers<number>[] = [];
  const ask = (index: number): Promise<number> =>
    gate.run(() => {
      begun.push(index);
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return end.promise;
    });
  const answers = [0, 1, 2, 3, 4].map(ask);
  await expect(ask(5)).rejects.toMatchObject({ error: { code: 'tooManyRequests' } });
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('lost'));
  await expect(answers[1]).rejects.toThrow('lost');
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[0]?.resolve(10);
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve(12);
  ends[3]?.resolve(13);
  await expect.poll(() => begun).toEqual([0, 1, 2, 3, 4]);
  ends[4]?.resolve(14);
  expect(await Promise.all([answers[0], answers[2], answers[3], answers[4]])).toEqual([10, 12, 13, 14]);
});

test('who has waited for too long is not sent', async () => {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  const gate = new RequestGate({ requests: 1, waiting: 3, waitMs: 20 });
  const under = Promise.withResolvers<void>();
  const first = gate.run(() => under.promise);
  let sent = false;
  const second = gate.run(async () => {
    sent = true;
  });
  vi.advanceTimersByTime(60);
  under.resolve();
  await expect(second).rejects.toMatchObject({ error: { code: 'timeout' } });
  await first;
  expect(sent).toBe(false);
  expect(await gate.run(async () => 'on')).toBe('on');
});
