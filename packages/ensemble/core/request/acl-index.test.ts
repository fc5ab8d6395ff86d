import type { Acl, Id } from '@vivarium/shared/acl';
import { Random } from '@vivarium/shared/random';
import { expect, test } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { isPermitted } from './access.ts';

const config = testServerConfig();

function someId(random: Random): Id {
  const byte = (): number => random.below(3);
  switch (random.below(5)) {
    case 0:
      return { scheme: 'ip', id: `10.0.${byte()}.${byte()}/${random.pick([0, 7, 23, 24, 31, 32])}` };
    case 1:
      return { scheme: 'ip', id: `2001:db8::${byte()}:${byte()}/${random.pick([0, 32, 111, 127, 128])}` };
    case 2:
      return { scheme: 'x509', id: `CN=${random.below(20)}` };
    case 3:
      return { scheme: random.pick(['sasl', 'auth', 'world']), id: random.pick(['a', 'anyone', '']) };
    default:
      return { scheme: 'digest', id: `u${random.below(20)}:x` };
  }
}

test('a long ACL permits what its entries do one by one', () => {
  const random = new Random(7);
  let permitted = 0;
  for (let round = 0; round < 300; round++) {
    const acl = Array.from(
      { length: random.between(16, 30) },
      (): Acl => ({ perms: 1 << random.below(5), id: someId(random) }),
    );
    const own = [someId(random), someId(random)].map(({ scheme, id }) => ({ scheme, id: id.replace(/\/\d+$/, '') }));
    for (const perm of [1, 2, 4, 8, 16]) {
      const whole = isPermitted(config, acl, perm, own);
      expect(whole).toBe(acl.some((entry) => isPermitted(config, [entry], perm, own)));
      if (whole) permitted++;
    }
  }
  expect(permitted).toBeGreaterThan(50);
  expect(permitted).toBeLessThan(1_450);
});

test('a long ACL that names neither the client nor everybody still lets the superuser pass', () => {
  const acl = Array.from({ length: 20 }, (_, n): Acl => ({ perms: 31, id: { scheme: 'digest', id: `${n}:x` } }));
  expect(isPermitted(config, acl, 1, [{ scheme: 'ip', id: 'not an address' }])).toBe(false);
  expect(isPermitted(config, acl, 1, [{ scheme: 'super', id: '' }])).toBe(true);
});
