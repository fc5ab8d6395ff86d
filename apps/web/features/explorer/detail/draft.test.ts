import { expect, it } from 'vitest';
import { dataLimit, draftBytes, isDirty } from './draft.ts';

const stat = {
  czxid: '0x1',
  mzxid: '0x1',
  pzxid: '0x1',
  ctimeMs: 0,
  mtimeMs: 0,
  version: 3,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: '0x0',
  dataLength: 1,
  numChildren: 0,
};
const base = (data: string | null) => ({ path: '/a', data, stat, acl: [], at: null });
const text = (data: string | null, written: string) => ({
  base: base(data),
  content: { kind: 'text' as const, text: written },
});

it('is dirty only where saving would change something', () => {
  expect(isDirty(null)).toBe(false);
  expect(isDirty(text(btoa('a'), 'a'))).toBe(false);
  expect(isDirty(text(btoa('a'), 'b'))).toBe(true);
  expect(isDirty(text(null, ''))).toBe(false);
  const bytes = new Uint8Array([97]);
  expect(isDirty({ base: base(btoa('a')), content: { kind: 'file', name: 'f', bytes } })).toBe(false);
  expect(isDirty({ base: base(null), content: { kind: 'file', name: 'f', bytes: new Uint8Array() } })).toBe(true);
});

it('counts bytes, not characters', () => {
  expect(draftBytes(text(null, '绿')).length).toBe(3);
});

it('leaves room for the path in a request', () => {
  expect(dataLimit('/a')).toBe(0xfffff - 57);
  expect(dataLimit('/绿')).toBe(0xfffff - 59);
});
