import { expect, it } from 'vitest';
import { AssertionError, assert, unreachable } from './assert.ts';

it('assert throws where the condition does not hold, with the message', () => {
  expect(() => assert(true, 'fine')).not.toThrow();
  expect(() => assert(0, 'nothing')).toThrow(new AssertionError('nothing'));
  expect(() => unreachable('x' as never)).toThrow('unreachable: x');
});
