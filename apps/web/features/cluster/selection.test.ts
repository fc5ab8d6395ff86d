import { describe, expect, it } from 'vitest';
import { formatSelection, parseSelection, sameSelection } from './selection.ts';

describe('a selection in the address', () => {
  it('is read as it was written', () => {
    for (const text of ['server:2', 'link:1>3', 'proposal:0x700000e10', 'election:9']) {
      const selection = parseSelection(text);
      expect(selection).not.toBeNull();
      expect(selection && formatSelection(selection)).toBe(text);
    }
  });

  it('is none where the text stands for none', () => {
    for (const text of [null, undefined, '', 'server:', 'server:-1', 'server:2x', 'link:1', 'proposal:700', 'x:1']) {
      expect(parseSelection(text)).toBeNull();
    }
  });

  it('is the same when it names the same', () => {
    expect(sameSelection({ kind: 'server', sid: 2 }, { kind: 'server', sid: 2 })).toBe(true);
    expect(sameSelection({ kind: 'server', sid: 2 }, { kind: 'election', number: 2 })).toBe(false);
    expect(sameSelection(null, null)).toBe(true);
    expect(sameSelection(null, { kind: 'server', sid: 2 })).toBe(false);
  });
});
