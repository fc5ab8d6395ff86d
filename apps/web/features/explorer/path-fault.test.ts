import { expect, it } from 'vitest';
import { faultOf } from './path-fault.ts';

it('has a reason for each fault', () => {
  expect(faultOf('/a/b')).toBeNull();
  const keys = ['', 'a', '/a/', '/a//b', '/a/../b', '/a\u0001'].map((path) => faultOf(path)?.key);
  expect(keys).toEqual(['empty', 'start', 'end', 'emptySegment', 'relative', 'character']);
  expect(faultOf('/a\u0001')).toMatchObject({ at: 2, character: 'U+0001' });
});
