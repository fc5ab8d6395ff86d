import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isMigrating, makeSessionKey, watchMigration } from './session-key.ts';

const LONGEST_MS = 4_500;

let directory: string;
let file: string;

beforeEach(() => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'vivarium-key-'));
  file = join(directory, 'session.key');
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

/** A server whose term the test sets; `done` counts how often it was told that the migration is over. */
function watch(): { term: string | null; done: number } {
  const server: { term: string | null; done: number } = { term: null, done: 0 };
  watchMigration(file, { term: () => server.term, longestTimeoutMs: () => LONGEST_MS }, () => server.done++);
  return server;
}

test('a migration ends when one server has decided for longer than any session lives, and the others see it', () => {
  makeSessionKey(file, true);
  const [leader, follower] = [watch(), watch()];
  leader.term = 'leader 1';
  vi.advanceTimersByTime(LONGEST_MS + 500);
  expect([isMigrating(file), leader.done]).toEqual([true, 0]);
  vi.advanceTimersByTime(2_000);
  expect([isMigrating(file), leader.done, follower.done]).toEqual([false, 1, 1]);
  vi.advanceTimersByTime(60_000);
  expect([leader.done, follower.done]).toEqual([1, 1]);
  expect(existsSync(file)).toBe(true);
});

test('it does not end while leaders change, since each gives all sessions their time anew', () => {
  makeSessionKey(file, true);
  const server = watch();
  for (let epoch = 0; epoch < 20; epoch++) {
    server.term = `leader ${epoch}`;
    vi.advanceTimersByTime(3_000);
    server.term = null;
    vi.advanceTimersByTime(1_000);
  }
  expect([isMigrating(file), server.done]).toEqual([true, 0]);
});

test('a key of a new ensemble migrates nobody', () => {
  makeSessionKey(file, false);
  expect(isMigrating(file)).toBe(false);
});
