import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apachePassword, isPassword, issuedPassword, type SessionPasswordRule } from './session-password.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);
const STEPS: readonly SessionPasswordRule[] = [
  { issue: 'apache', key: null },
  { issue: 'apache', key: KEY },
  { issue: 'migrating', key: KEY },
  { issue: 'keyed', key: KEY },
];
const anyId = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

test("Apache's derivation is java.util.Random's", () => {
  // new Random(0x1000a2b3c4d0000L ^ 0xB3415C00L).nextBytes(16).
  const bytes = Buffer.from(apachePassword(0x1000a2b3c4d0000n)).toString('hex');
  expect(bytes).toBe('a92640f4827d6da02f083ac59bfe0500');
});

test('a keyed password is half of an HMAC over the id', () => {
  const id = Buffer.alloc(8);
  id.writeBigInt64BE(-5n);
  const expected = createHmac('sha256', KEY).update(id).digest().subarray(0, 16);
  expect(Buffer.from(issuedPassword({ issue: 'keyed', key: KEY }, -5n))).toEqual(expected);
});

describe('security 13: a guessed password', () => {
  test('of the derivation that everybody knows is refused where passwords are keyed', () => {
    fc.assert(fc.property(anyId, (id) => !isPassword({ issue: 'keyed', key: KEY }, id, apachePassword(id))));
  });

  test('by another key, of another session, cut short, or none at all is refused by every rule', () => {
    fc.assert(
      fc.property(anyId, fc.constantFrom(...STEPS), (id, rule) => {
        const right = issuedPassword(rule, id);
        expect(isPassword(rule, id, issuedPassword({ issue: 'keyed', key: OTHER }, id))).toBe(false);
        expect(isPassword(rule, BigInt.asIntN(64, id + 1n), right)).toBe(false);
        expect(isPassword(rule, id, right.subarray(0, 15))).toBe(false);
        expect(isPassword(rule, id, new Uint8Array(0))).toBe(false);
      }),
    );
  });
});

test('what one rule gives out, its neighbours on the way take, back and forth', () => {
  for (const [i, rule] of STEPS.entries()) {
    for (const neighbour of STEPS.slice(Math.max(0, i - 1), i + 2)) {
      expect(isPassword(neighbour, 99n, issuedPassword(rule, 99n))).toBe(true);
    }
  }
});
