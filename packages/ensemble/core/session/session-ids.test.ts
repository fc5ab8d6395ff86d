import { expect, test } from 'vitest';
import { CONTAINER_OWNER } from '../tree/znode.ts';
import { isReaderSession, NO_SESSION, SessionIds } from './session-ids.ts';

const free = (): boolean => false;

test('an id has the sid in front, then the time, then a counter', () => {
  const ids = new SessionIds(3, 0x0123456789);
  expect(ids.take(free)).toBe(0x03_0123456789_0000n);
  expect(ids.take(free)).toBe(0x03_0123456789_0001n);
});

test('of the time only what fits counts, and a sid above 127 makes ids negative, as Java longs', () => {
  expect(new SessionIds(200, 0xff0123456789).take(free)).toBe(BigInt.asIntN(64, 0xc8_0123456789_0000n));
});

test('neither the mark of containers nor that of no session at all is ever an id', () => {
  expect(new SessionIds(0x80, 0).take(free)).toBe(CONTAINER_OWNER + 1n);
  expect(new SessionIds(0, 0).take(free)).toBe(NO_SESSION + 1n);
});

test('a life that begins at the same millisecond as the one before passes over the sessions that it left', () => {
  const before = new SessionIds(1, 1000);
  const left = new Set([before.take(free), before.take(free)]);
  expect(left).not.toContain(new SessionIds(1, 1000).take((id) => left.has(id)));
});

test('ids of readers are told from those of the ensemble, on every server', () => {
  for (const sid of [0, 1, 127, 128, 255]) {
    const ids = new SessionIds(sid, 1_795_268_700_763);
    const [one, two] = [ids.takeForReader(), ids.takeForReader()];
    expect([one, two].every(isReaderSession)).toBe(true);
    expect(two).toBe(one + 1n);
    expect(BigInt.asUintN(8, one >> 56n)).toBe(BigInt(sid));
    expect(isReaderSession(ids.take(free))).toBe(false);
  }
});
