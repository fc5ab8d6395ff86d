import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { environment, fileDescriptors, filesIn } from './machine-facts.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'vivarium-facts-'));

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

describe('what is told of the machine', () => {
  test('a user without a name and a directory that is gone are no fault', () => {
    const fail = (): never => {
      throw new Error('ENOENT');
    };
    vi.spyOn(os, 'userInfo').mockImplementation(fail);
    vi.spyOn(os, 'homedir').mockImplementation(fail);
    vi.spyOn(process, 'cwd').mockImplementation(fail);
    const told = new Map(environment());
    expect([told.get('user.name'), told.get('user.home'), told.get('user.dir')]).toEqual(['?', '?', '?']);
    expect(told.get('os.memory.max')).toMatch(/^\d+MB$/);
  });

  test('the files of a directory, where there is one', () => {
    mkdirSync(path.join(directory, 'below'), { recursive: true });
    writeFileSync(path.join(directory, 'log.1'), 'abc');
    expect(filesIn(directory).map(({ name, stat }) => [name, stat.size])).toEqual([['log.1', 3]]);
    expect(filesIn(path.join(directory, 'nowhere'))).toEqual([]);
    expect(filesIn(path.join(directory, 'log.1'))).toEqual([]);
  });

  test('open files are counted where the system tells', () => {
    const told = fileDescriptors();
    if (told !== null) expect(told.open).toBeGreaterThan(0);
    expect(told === null || told.max >= told.open).toBe(true);
  });
});
