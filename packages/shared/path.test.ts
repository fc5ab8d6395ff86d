import { describe, expect, it } from 'vitest';
import { nameOf, parentOf, pathFault } from './path.ts';

describe('pathFault', () => {
  it('takes what ZooKeeper takes', () => {
    for (const path of [
      '/',
      '/a',
      '/a/b',
      '/a.b',
      '/...',
      '/.hidden',
      '/a..b/c',
      '/zookeeper/config',
      '/ü/漢字',
      '/ ',
      '/\u00a0',
    ]) {
      expect(pathFault(path), path).toBeNull();
    }
  });

  it('refuses what ZooKeeper refuses, and says where', () => {
    expect(pathFault('')).toBe('is empty');
    expect(pathFault('a')).toBe('must start with /');
    expect(pathFault('/a/')).toBe('must not end with /');
    expect(pathFault('//')).toBe('must not end with /');
    expect(pathFault('//a')).toBe('has an empty segment at 1');
    expect(pathFault('/a//b')).toBe('has an empty segment at 3');
    expect(pathFault('/.')).toBe('has a relative segment at 1');
    expect(pathFault('/a/../b')).toBe('has a relative segment at 3');
    expect(pathFault('/a/b/..')).toBe('has a relative segment at 5');
    expect(pathFault('/a\u0000')).toBe('has a character that is not allowed (U+0000) at 2');
  });

  it('refuses control characters, surrogates, the private area and the end of the plane, and nothing beside them', () => {
    const refused: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit++) {
      if (unit !== 0x2f && pathFault(`/a${String.fromCharCode(unit)}b`) !== null) refused.push(unit);
    }
    const ranges = [
      [0x0000, 0x001f],
      [0x007f, 0x009f],
      [0xd800, 0xf8ff],
      [0xfff0, 0xffff],
    ] as const;
    expect(refused).toEqual(ranges.flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, i) => low + i)));
  });
});

describe('parentOf and nameOf', () => {
  it('split a path', () => {
    expect([parentOf('/a/b/c'), nameOf('/a/b/c')]).toEqual(['/a/b', 'c']);
    expect([parentOf('/a'), nameOf('/a')]).toEqual(['/', 'a']);
    expect([parentOf('/'), nameOf('/')]).toEqual(['', '']);
  });
});
