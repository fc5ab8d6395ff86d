import { expect, it } from 'vitest';
import { MARKED_MS, RecentChanges } from './recent-changes.ts';

const change = (atMs: number) => ({ change: 'created' as const, atMs, session: '0x1' });

it('knows what changed at a path and below it, until it is old', () => {
  const changes = new RecentChanges();
  changes.note('/a/b', change(0));
  changes.note('/a/c', change(5_000));
  expect(changes.at('/a/b')).toEqual(change(0));
  expect(changes.below('/a')).toEqual({ count: 2, atMs: 5_000 });
  expect(changes.below('/')).toEqual({ count: 2, atMs: 5_000 });
  expect(changes.forget(MARKED_MS)).toBe(true);
  expect(changes.at('/a/b')).toBeNull();
  expect(changes.at('/a/c')).not.toBeNull();
  expect(changes.forget(MARKED_MS)).toBe(false);
  changes.forget(MARKED_MS * 2);
  expect(changes.isEmpty).toBe(true);
});

it('keeps the newest where too many change', () => {
  const changes = new RecentChanges();
  for (let i = 0; i < 5_000; i++) changes.note(`/n${i}`, change(i));
  expect(changes.at('/n0')).toBeNull();
  expect(changes.at('/n4999')).not.toBeNull();
});
