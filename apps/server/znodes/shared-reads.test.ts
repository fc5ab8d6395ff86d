import { afterEach, expect, test, vi } from 'vitest';
import { SharedReads } from './shared-reads.ts';

afterEach(() => {
  vi.useRealTimers();
});

function rig() {
  const watched = new Set<string>();
  const loads: string[] = [];
  const reads = new SharedReads<number>({ isWatched: (path) => watched.has(path) });
  const read = (path: string): Promise<number> =>
    reads.read(path, 'znode', false, async () => ({ value: loads.push(path), bytes: 10 }));
  return { watched, loads, reads, read };
}

test('who asks for the same at the same time has one answer', async () => {
  const { loads, read } = rig();
  expect(await Promise.all([read('/a'), read('/a'), read('/b'), read('/a')])).toEqual([1, 1, 2, 1]);
  expect(loads).toEqual(['/a', '/b']);
});

test('what is watched is read once until it changes, or what it counts does', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  const { watched, loads, reads, read } = rig();
  watched.add('/a').add('/');
  await Promise.all([read('/a'), read('/')]);
  await vi.advanceTimersByTimeAsync(300);
  await Promise.all([read('/a'), read('/')]);
  expect(loads).toHaveLength(2);
  reads.touched('/a/b', true);
  expect(await Promise.all([read('/a'), read('/')])).toEqual([3, 4]);
  reads.touched('/c/d/e', true);
  await read('/a');
  expect(loads).toHaveLength(4);
});

test('however often it changes and whoever asks, it is read a few times a second', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  const { loads, reads, read } = rig();
  const all: Promise<number>[] = [];
  for (let ms = 0; ms < 600; ms++) {
    reads.touched('/hot');
    all.push(read('/hot'));
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(250);
  await Promise.all(all);
  expect(loads).toHaveLength(4);
});

test('what failed is tried again, and told to all who had asked', async () => {
  const reads = new SharedReads<number>({ isWatched: () => true });
  let tries = 0;
  const load = async () => {
    if (++tries === 1) throw new Error('lost');
    return { value: tries, bytes: 1 };
  };
  const read = () => reads.read('/a', 'znode', false, load);
  const [first, second] = await Promise.allSettled([read(), read()]);
  expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
  expect(await read()).toBe(2);
});
