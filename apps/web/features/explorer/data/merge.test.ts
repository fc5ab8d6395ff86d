import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedSpan, diffLines } from './line-diff.ts';
import { merge, sideLines } from './merge.ts';
import { mergeData } from './merge-data.ts';

const names = { mine: 'mine', theirs: 'theirs' };
const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 12 });

describe('the difference of two texts', () => {
  it('gives each text back, and calls equal what is equal', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const chunks = diffLines(a, b);
        expect(chunks.flatMap((chunk) => a.slice(chunk.aStart, chunk.aEnd))).toEqual(a);
        expect(chunks.flatMap((chunk) => b.slice(chunk.bStart, chunk.bEnd))).toEqual(b);
        for (const chunk of chunks.filter(({ same }) => same)) {
          expect(a.slice(chunk.aStart, chunk.aEnd)).toEqual(b.slice(chunk.bStart, chunk.bEnd));
        }
      }),
    );
  });

  it('finds the one line that differs among thousands', () => {
    const a = Array.from({ length: 5_000 }, (_, i) => `line ${i}`);
    const b = a.with(2_500, 'other');
    expect(diffLines(a, b).filter(({ same }) => !same)).toEqual([
      { same: false, aStart: 2_500, aEnd: 2_501, bStart: 2_500, bEnd: 2_501 },
    ]);
  });

  it('ends on texts that have nothing in common', () => {
    const a = Array.from({ length: 4_000 }, (_, i) => `a${i}`);
    const b = Array.from({ length: 4_000 }, (_, i) => `b${i}`);
    expect(diffLines(a, b)).toHaveLength(1);
  });

  it('marks whole words in a line', () => {
    const line = '"hard": 500000 },';
    const { from, to } = changedSpan(line, '"hard": 400000 },');
    expect(line.slice(from, to)).toBe('500000');
  });
});

describe('merging two changes', () => {
  it('keeps both where they touch different lines, also lines next to each other', () => {
    expect(merge('a\nb\nc', 'A\nb\nc', 'a\nB\nC', names)).toEqual({
      merged: 'A\nB\nC',
      draft: 'A\nB\nC',
      mineLines: 1,
      theirsLines: 2,
    });
  });

  it('does not decide where both touch a line', () => {
    const { merged, draft } = merge('a\nb', 'a\nx', 'a\ny', names);
    expect(merged).toBeNull();
    expect(draft).toBe('a\n<<<<<<< mine\nx\n=======\ny\n>>>>>>> theirs');
  });

  it('does not decide the order of lines put in at one place', () => {
    expect(merge('a\nz', 'a\nm\nz', 'a\nt\nz', names).merged).toBeNull();
  });

  it('takes the same change made twice once', () => {
    expect(merge('a\nb', 'a\nx', 'a\nx', names).merged).toBe('a\nx');
  });

  it('is the other side where one side changed nothing', () => {
    fc.assert(
      fc.property(lines, lines, (base, other) => {
        const a = base.join('\n');
        const b = other.join('\n');
        expect(merge(a, b, a, names).merged).toBe(b);
        expect(merge(a, a, b, names).merged).toBe(b);
        expect(merge(a, b, b, names).merged).toBe(b);
      }),
    );
  });

  it('does not depend on which side is mine', () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, mine, theirs) => {
        const [a, b, c] = [base, mine, theirs].map((list) => list.join('\n'));
        expect(merge(a ?? '', b ?? '', c ?? '', names).merged).toBe(merge(a ?? '', c ?? '', b ?? '', names).merged);
      }),
    );
  });

  it('merges JSON on one line by its values, and leaves it on one line', () => {
    const base = '{"big":9007199254740993,"a":1,"b":2}';
    const mine = base.replace('"a":1', '"a":9');
    const theirs = base.replace('"b":2', '"b":7');
    expect(mergeData({ base, mine, theirs }, names).merged).toBe('{"big":9007199254740993,"a":9,"b":7}');
  });

  it('does not make of JSON what is none', () => {
    const base = '{\n"a": 1,\n"b": 2,\n"c": 3\n}';
    const mine = '{\n"b": 2,\n"c": 3\n}';
    const theirs = '{\n"a": 1,\n"b": 2\n}';
    expect(merge(base, mine, theirs, names).merged).not.toBeNull();
    expect(mergeData({ base, mine, theirs }, names).merged).toBe('{\n"b": 2\n}');
    const emptied = '{\n"a": 1\n}';
    expect(mergeData({ base, mine, theirs: emptied }, names).merged).toBeNull();
  });

  it('says what a line was', () => {
    expect(sideLines('a\nb', 'a\nx\ny')).toEqual([
      { text: 'a', changed: false, was: null },
      { text: 'x', changed: true, was: 'b' },
      { text: 'y', changed: true, was: null },
    ]);
  });
});
