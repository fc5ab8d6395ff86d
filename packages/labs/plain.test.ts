import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain, isSame, spell } from './plain.ts';

describe('plain data', () => {
  it('is the same where it says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(isSame(one, structuredClone(one))).toBe(true);
        expect(isSame(one, other)).toBe(isSame(other, one));
        expect(isSame(one, other)).toBe(spell(one) === spell(other));
      }),
    );
    expect(isSame([1], { 0: 1 })).toBe(false);
    expect(isSame({ a: 1, b: undefined }, { a: 1, c: undefined })).toBe(false);
  });

  it('is spelled in one way, without sentences', () => {
    expect(spell({ b: [1, 'x', null], a: 2n })).toBe('{"a":2n,"b":[1,"x",null]}');
    expect(spell({ text: { en: 'kept', zh: '保持' }, n: Number.NaN })).toBe('{"n":NaN,"text":""}');
    expect(spell({ en: 'kept', zh: '保持', more: 1 })).toBe('{"en":"kept","more":1,"zh":"保持"}');
    expect(spell([new Map([['a', new Set([1, 2])]]), Uint8Array.of(1, 255), undefined, () => 1])).toBe(
      '[<"a":<1,2>>,#1,255,~,~]',
    );
    const loop: { name: string; self?: unknown } = { name: 'loop' };
    loop.self = loop;
    expect(spell(loop)).toBe('{"name":"loop","self":^}');
  });

  it('is spelled the same whether its parts are shared or only equal', () => {
    const part = (): unknown => ({ list: Array.from({ length: 500 }, (_, i) => i), more: { deep: ['x'] } });
    const shared = part();
    expect(spell([shared, shared])).toBe(spell([part(), part()]));
    expect(spell([shared, shared]).length).toBeLessThan(100);
    // A part of a loop is spelled from where one comes to it.
    const a: { b?: unknown } = {};
    const b = { a };
    a.b = b;
    expect(spell([a, b])).toBe('[{"b":{"a":^}},{"a":{"b":^}}]');
  });

  it('is hashed with all that came before', () => {
    expect(chain('', 'x')).toMatch(/^[0-9a-f]{16}$/);
    expect(chain(chain('', 'x'), 'y')).not.toBe(chain(chain('', 'z'), 'y'));
  });
});
