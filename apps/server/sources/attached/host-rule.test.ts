import { expect, test } from 'vitest';
import { HostRule, HostRuleError } from './host-rule.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'rebound.example.org': ['127.0.0.1', '10.1.2.3'],
  'inside.example.org': ['10.1.2.3'],
  'zk1.example.org': ['192.0.2.1'],
};
const resolve = async (host: string): Promise<readonly string[]> => names[host] ?? [];

function ask(rule: string, host: string, port = 2181) {
  return HostRule.parse(rule).addressesOf({ host, port }, resolve);
}

test.each([
  ['127.0.0.1', 2181, ['127.0.0.1']],
  ['127.8.9.10', 65_535, ['127.8.9.10']],
  ['::1', 2181, ['::1']],
  ['::ffff:127.0.0.1', 2181, ['::ffff:127.0.0.1']],
  ['localhost', 2181, ['127.0.0.1', '::1']],
  ['LocalHost.', 2181, ['127.0.0.1', '::1']],
])('loopback has %s:%i', async (host, port, addresses) => {
  expect(await ask('loopback', host, port)).toEqual(addresses);
});

test.each([
  ['127.0.0.1', 22],
  ['10.1.2.3', 2181],
  ['0.0.0.0', 2181],
  ['::', 2181],
  ['::ffff:10.1.2.3', 2181],
  ['169.254.169.254', 80],
  ['fe80::1', 2181],
  ['inside.example.org', 2181],
  // One good address does not help: which of them is dialled is chance.
  ['rebound.example.org', 2181],
  // Nobody learns whether a name exists.
  ['nowhere.example.org', 2181],
])('loopback has not %s:%i', async (host, port) => {
  expect(await ask('loopback', host, port)).toBe('notPermitted');
});

test('networks, addresses, names and ports are told apart', async () => {
  expect(await ask('10.0.0.0/8', '10.1.2.3')).toEqual(['10.1.2.3']);
  expect(await ask('10.0.0.0/8', 'inside.example.org')).toEqual(['10.1.2.3']);
  expect(await ask('10.0.0.0/8', '11.0.0.1')).toBe('notPermitted');
  expect(await ask('10.0.0.0/8:2181', '10.1.2.3', 2182)).toBe('notPermitted');
  expect(await ask('10.0.0.0/8:22-23', '10.1.2.3', 22)).toEqual(['10.1.2.3']);
  expect(await ask('loopback,10.0.0.0/8', 'rebound.example.org')).toEqual(['127.0.0.1', '10.1.2.3']);
  expect(await ask('[2001:db8::]/32', '2001:db8::7')).toEqual(['2001:db8::7']);
  expect(await ask('2001:db8::/32', '2001:db9::7')).toBe('notPermitted');
  expect(await ask('zk1.example.org', 'ZK1.example.org')).toEqual(['192.0.2.1']);
  expect(await ask('*.example.org', 'zk1.example.org')).toEqual(['192.0.2.1']);
  expect(await ask('*.example.org', 'example.org')).toBe('notPermitted');
  expect(await ask('*.example.org', 'nowhere.example.org')).toBe('unknownHost');
  expect(await ask('any:2181', '203.0.113.9')).toEqual(['203.0.113.9']);
  expect(await ask('none', '127.0.0.1')).toBe('notPermitted');
});

test('a name is not even looked up where no address could help', async () => {
  const rule = HostRule.parse('zk1.example.org');
  const refuse = async (): Promise<never> => {
    throw new Error('it must not be looked up');
  };
  expect(await rule.addressesOf({ host: 'inside.example.org', port: 2181 }, refuse)).toBe('notPermitted');
});

test.each(['', ',', 'http://a', 'a b', '10.0.0', '10.0.0.0/33', 'zk1:0', 'zk1:70000', '[::1', '*'])(
  '%j is no rule',
  (text) => {
    expect(() => HostRule.parse(text)).toThrow(HostRuleError);
  },
);
