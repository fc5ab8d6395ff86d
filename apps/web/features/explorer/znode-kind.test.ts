import { expect, it } from 'vitest';
import { isSequentialName, kindOfOwner } from './znode-kind.ts';

it('reads what an owner says', () => {
  expect(kindOfOwner('0x0').kind).toBe('persistent');
  expect(kindOfOwner('0x100e8b8d9b70000').kind).toBe('ephemeral');
  expect(kindOfOwner('0x8000000000000000').kind).toBe('container');
  expect(kindOfOwner('0xff00000000002710')).toEqual({ kind: 'ttl', ttlMs: 10_000 });
  expect(kindOfOwner('0xff10e8b8d9b70000').kind).toBe('ephemeral');
});

it('knows names that look numbered', () => {
  expect(['n_0000000417', '0000000001', 'job-0000611540', 'x-00001'].map(isSequentialName)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
