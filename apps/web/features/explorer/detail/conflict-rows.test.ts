import { expect, it } from 'vitest';
import { beforeAfterRows, conflictRows } from './conflict-rows.ts';

const base = ['{', '"a": 1,', '"b": 2,', '"c": 3,', '"d": 4,', '"e": 5,', '"f": 6,', '"g": 7', '}'];

it('puts the sides beside one another, marks what each changed, and folds what neither did', () => {
  const mine = base.with(1, '"a": 10,').join('\n');
  const theirs = base.with(2, '"b": 20,').join('\n');
  const rows = conflictRows(base.join('\n'), mine, theirs);
  expect(rows[1]).toEqual({
    kind: 'lines',
    mine: { text: '"a": 10,', changed: true, span: { from: 5, to: 7 } },
    theirs: { text: '"a": 1,', changed: false, span: null },
  });
  expect(rows[2]).toMatchObject({ mine: { changed: false }, theirs: { changed: true, text: '"b": 20,' } });
  expect(rows.at(-1)).toEqual({ kind: 'gap', lines: 4 });
});

it('leaves a place beside a line that only one side has', () => {
  const rows = conflictRows('a\nb', 'a\nb', 'a\nnew\nb');
  expect(rows).toContainEqual({ kind: 'lines', mine: null, theirs: { text: 'new', changed: true, span: null } });
});

it('puts what was beside what is, marks both, and folds what stayed', () => {
  const before = base.join('\n');
  const rows = beforeAfterRows(before, base.with(4, '"d": 40,').toSpliced(6, 1).join('\n'));
  const lines = rows.flatMap((row) => (row.kind === 'lines' ? [[row.mine, row.theirs]] : []));
  expect(lines).toContainEqual([
    { text: '"d": 4,', changed: true, span: { from: 5, to: 6 } },
    { text: '"d": 40,', changed: true, span: { from: 5, to: 7 } },
  ]);
  expect(lines).toContainEqual([{ text: '"f": 6,', changed: true, span: null }, null]);
  expect(rows[0]).toEqual({ kind: 'gap', lines: 2 });
  expect(beforeAfterRows(before, before)).toEqual([{ kind: 'gap', lines: 9 }]);
});
