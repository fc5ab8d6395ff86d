import { expect, test } from 'vitest';
import { BackOff } from './back-off.ts';

/** The middle of what is drawn around it. */
function about(ms: number): { readonly low: number; readonly high: number } {
  return { low: ms * 0.8, high: ms * 1.2 };
}

function expectAbout(delayMs: number, ms: number): void {
  const { low, high } = about(ms);
  expect(delayMs).toBeGreaterThanOrEqual(low);
  expect(delayMs).toBeLessThanOrEqual(high);
}

test('the end of a leader is followed by an attempt at once, failures by longer and longer pauses', () => {
  const backOff = new BackOff();
  backOff.following(0);
  expectAbout(backOff.ended(1_000, 'failed'), 50);
  expectAbout(backOff.ended(1_000, 'failed'), 100);
  expectAbout(backOff.ended(1_000, 'failed'), 200);
  for (let i = 0; i < 30; i++) backOff.ended(1_000, 'failed');
  expectAbout(backOff.ended(1_000, 'failed'), 5_000);
  backOff.following(2_000);
  expectAbout(backOff.ended(3_000, 'failed'), 50);
});

test('a snapshot that came to nothing is asked for again after seconds, then after minutes', () => {
  const backOff = new BackOff();
  for (const ms of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    backOff.snapshotBegan();
    expectAbout(backOff.ended(0, 'failed'), ms);
  }
  // What costs the leader nothing need not wait for that.
  expect(backOff.ended(0, 'failed')).toBeLessThan(6_001);
});

test('a snapshot that brought the tree is none of these, unless it has to be sent again and again', () => {
  const backOff = new BackOff();
  backOff.snapshotBegan();
  backOff.following(0);
  expectAbout(backOff.ended(1_000, 'failed'), 50);
  backOff.snapshotBegan();
  backOff.following(2_000);
  expectAbout(backOff.ended(3_000, 'failed'), 5_000);
  backOff.snapshotBegan();
  backOff.following(10_000);
  expectAbout(backOff.ended(80_000, 'failed'), 50);
});

test('what would end in the same way is not hurried', () => {
  expectAbout(new BackOff().ended(0, 'hopeless'), 300_000);
});

test('who has only to ask for something else does so at once', () => {
  const backOff = new BackOff();
  for (let i = 0; i < 10; i++) backOff.ended(0, 'failed');
  expectAbout(backOff.ended(0, 'again'), 50);
});
