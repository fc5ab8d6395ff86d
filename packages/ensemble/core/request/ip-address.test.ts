import { describe, expect, test } from 'vitest';
import { hostAddress, isInNetwork, isNetwork } from './ip-address.ts';

describe('networks of the scheme ip', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.0.0.130', '10.0.0.128/25', true],
    ['10.0.0.127', '10.0.0.128/25', false],
    ['10.0.0.255', '10.0.0.128/32', false],
    ['192.168.1.1', '0.0.0.0/0', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['0:0:0:0:0:0:0:1', '::/0', true],
    ['2001:db8:0:0:0:0:0:7', '2001:db8::/32', true],
    ['2001:db9:0:0:0:0:0:7', '2001:db8::/32', false],
    ['2001:db8:0:0:0:0:0:7', '2001:DB8::7/128', true],
    ['10.0.0.1', '::/0', false],
    ['0:0:0:0:0:0:0:1', '0.0.0.0/0', false],
    ['unknown', '0.0.0.0/0', false],
  ])('%s in %s: %s', (address, network, expected) => {
    expect(isInNetwork(address, network)).toBe(expected);
  });

  test.each([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.0.1',
    '10.0.0.256',
    '10.0.0.-1',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '10.0.0.x',
    ':1',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '::12345',
    '::g',
    '::1/129',
    '::ffff:10.0.0.1',
  ])('%j is none', (text) => {
    expect(isNetwork(text)).toBe(false);
  });

  test.each(['10.0.0.1', '10.0.0.0/0', '10.0.0.1/32', '::', '::1', '1::', '1:2:3:4:5:6:7:8', 'fe80::1/10'])(
    '%j is one',
    (text) => {
      expect(isNetwork(text)).toBe(true);
    },
  );
});

test.each([
  ['127.0.0.1:4711', '127.0.0.1'],
  ['[::1]:4711', '0:0:0:0:0:0:0:1'],
  ['[2001:db8::a0]:1', '2001:db8:0:0:0:0:0:a0'],
  ['[fe80::1%eth0]:1', 'fe80:0:0:0:0:0:0:1'],
  ['client-1', 'client-1'],
])('%s is told as Java tells it: %s', (address, expected) => {
  expect(hostAddress(address)).toBe(expected);
});
