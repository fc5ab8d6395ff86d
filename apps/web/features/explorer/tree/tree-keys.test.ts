import { expect, it } from 'vitest';
import { moveOf } from './tree-keys.ts';

const key = (name: string, modifiers: { ctrlKey?: boolean } = {}) => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...modifiers,
});

it('moves with arrows and types with letters', () => {
  expect(moveOf(key('ArrowDown'), '')).toEqual({ kind: 'by', rows: 1 });
  expect(moveOf(key('End'), '')).toEqual({ kind: 'last' });
  expect(moveOf(key('q'), '')).toEqual({ kind: 'type', text: 'q' });
  expect(moveOf(key('Shift'), '')).toBeNull();
  expect(moveOf(key('a', { ctrlKey: true }), '')).toBeNull();
});

it('leaves commands to the page, but not in the middle of a name', () => {
  expect(moveOf(key('e'), '')).toBeNull();
  expect(moveOf(key('E'), '')).toEqual({ kind: 'type', text: 'e' });
  expect(moveOf(key('e'), 'qu')).toEqual({ kind: 'type', text: 'que' });
  expect(moveOf(key(' '), 'a')).toEqual({ kind: 'type', text: 'a ' });
  expect(moveOf(key(' '), '')).toEqual({ kind: 'choose' });
});
