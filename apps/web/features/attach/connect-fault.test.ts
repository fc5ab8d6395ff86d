import { expect, test } from 'vitest';
import { connectFault, isLoopbackOnly } from './connect-fault.ts';

test.each([
  ['', null],
  ['zk1:2181, zk2:2181/app', null],
  ['zk1', null],
  ['[::1]:2181', null],
  ['a:b:c', { fault: 'server', part: 'a:b:c' }],
  ['zk1:2181,zk 2:2181', { fault: 'server', part: 'zk 2:2181' }],
  ['zk1:0', { fault: 'port', part: 'zk1:0' }],
  ['zk1:', { fault: 'port', part: 'zk1:' }],
  ['zk1/app/', { fault: 'chroot', part: '/app/' }],
  ['http://zk1', { fault: 'port', part: 'http:' }],
])('%j: %j', (text, fault) => {
  expect(connectFault(text)).toEqual(fault);
});

test('loopback is told apart from what only looks like it', () => {
  expect(isLoopbackOnly('127.0.0.1:2181,localhost,[::1]:2181/a')).toBe(true);
  expect(isLoopbackOnly('127.0.0.1.example.org')).toBe(false);
  expect(isLoopbackOnly('127.0.0.1:2181,zk2')).toBe(false);
  expect(isLoopbackOnly('')).toBe(false);
});
