import { describe, expect, test } from 'vitest';
import { parseProperties } from './properties.ts';

function pairs(text: string): [string, string][] {
  return parseProperties(text).map(({ key, value }) => [key, value]);
}

describe('properties', () => {
  test.each([
    ['a=b', 'a', 'b'],
    ['a:b', 'a', 'b'],
    ['a b', 'a', 'b'],
    ['  a  =  b  ', 'a', 'b'],
    ['a\t:\tb c', 'a', 'b c'],
    ['a', 'a', ''],
    ['a=', 'a', ''],
    ['server.1=h:1:2', 'server.1', 'h:1:2'],
    ['a\\=b=c', 'a=b', 'c'],
    ['a=C:\\\\data', 'a', 'C:\\data'],
    ['a=\\u0041\\t.', 'a', 'A\t.'],
    ['a=b\\', 'a', 'b'],
    ['\uFEFFa=b', 'a', 'b'],
  ])('%j', (text, key, value) => {
    expect(pairs(text)).toEqual([[key, value]]);
  });

  test('comments, blank lines and every end of line', () => {
    expect(parseProperties('# one\r\n! two\r\n\r\n  # three\ra=1\nb=2 # not a comment\n')).toEqual([
      { key: 'a', value: '1', line: 5 },
      { key: 'b', value: '2 # not a comment', line: 6 },
    ]);
  });

  test('a backslash joins lines, an escaped one does not, and a comment never continues', () => {
    expect(parseProperties('a=1,\\\n   2,\\\n\t3\nb=x\\\\\n# c\\\nd=4')).toEqual([
      { key: 'a', value: '1,2,3', line: 1 },
      { key: 'b', value: 'x\\', line: 4 },
      { key: 'd', value: '4', line: 6 },
    ]);
  });
});
