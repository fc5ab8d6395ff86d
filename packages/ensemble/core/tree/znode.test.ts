import { expect, test } from 'vitest';
import { CONTAINER_OWNER, isSessionOwner, MAX_TTL_MS, ttlOf, ttlOwner } from './znode.ts';

test.each([
  [1, 0xff00_0000_0000_0001n],
  [0x1234, 0xff00_0000_0000_1234n],
  [MAX_TTL_MS, 0xff00_00ff_ffff_ffffn],
])('pitfall 18: a time to live of %i ms as an owner: 0xFF, two bytes of zero, five of ms', (ttlMs, bits) => {
  const owner = ttlOwner(ttlMs);
  expect(BigInt.asUintN(64, owner)).toBe(bits);
  expect([ttlOf(owner), isSessionOwner(owner)]).toEqual([ttlMs, false]);
});

test('pitfall 18: a container has the sign bit alone, and what looks like neither is a session', () => {
  expect(BigInt.asUintN(64, CONTAINER_OWNER)).toBe(0x8000_0000_0000_0000n);
  expect([ttlOf(CONTAINER_OWNER), isSessionOwner(CONTAINER_OWNER), isSessionOwner(0n)]).toEqual([null, false, false]);
  // The first id that a server with sid 254 gives, the highest that goes together with times to live.
  const session = BigInt.asIntN(64, 0xfe00_0000_0000_0001n);
  expect([ttlOf(session), isSessionOwner(session), isSessionOwner(1n)]).toEqual([null, true, true]);
});

test.each([0, -1, -(2 ** 62), MAX_TTL_MS + 1])(
  'a time to live of %i ms, which a log of Apache’s may hold, is none',
  (ttlMs) => {
    expect(ttlOwner(ttlMs)).toBe(0n);
  },
);
