import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterOf, epochOf, formatHex, makeZxid } from './zxid.ts';

describe('zxid', () => {
  it('is made of an epoch and a counter', () => {
    expect(makeZxid(5, 3)).toBe(0x500000003n);
    expect(makeZxid(0, 0xffffffff)).toBe(0xffffffffn);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7fffffff }),
        fc.integer({ min: 0, max: 0xffffffff }),
        (epoch, counter) => {
          const zxid = makeZxid(epoch, counter);
          expect([epochOf(zxid), counterOf(zxid)]).toEqual([epoch, counter]);
        },
      ),
    );
  });

  it('is printed as Apache prints it', () => {
    expect(formatHex(0x500000003n)).toBe('0x500000003');
    expect(formatHex(0n)).toBe('0x0');
    expect(formatHex(-1n)).toBe('0xffffffffffffffff');
  });
});
