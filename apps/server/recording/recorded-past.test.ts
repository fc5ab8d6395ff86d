import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { apply } from '@vivarium/shared/cluster-reducer';
import { emptyState } from '@vivarium/shared/cluster-state';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Feed } from '../sources/feed.ts';
import { sampleEvents } from '../tests/harness/sample-events.ts';
import { RecordedPast } from './recorded-past.ts';
import { DEFAULT_RECORDING, Recorder, type RecordingOptions } from './recorder.ts';

const RING = { events: 500, bytes: 1 << 30, checkpointEvents: 100 };

let directory: string;
let recorder: Recorder;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-past-'));
});

afterEach(async () => {
  await recorder.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(options: Partial<RecordingOptions> = {}): Feed {
  const feed = new Feed(RING);
  recorder = new Recorder(
    { ...DEFAULT_RECORDING, directory, ...options },
    {
      feed,
      info: () => ({ name: 'test', connectString: null }) as ClusterInfo,
      failed: (error) => {
        throw error;
      },
    },
  );
  feed.setPast(new RecordedPast(recorder));
  return feed;
}

/** Waits until what is written has come to the files, up to what memory begins with. */
async function settled(feed: Feed, last: number): Promise<void> {
  await pollUntil(
    async () => ((await feed.eventsAfter(last - RING.events - 200, 1).catch(() => [])).length === 1 ? true : undefined),
    { deadlineMs: 5_000, intervalMs: 5, describe: () => `${readdirSync(directory)}` },
  );
}

test('what memory has no place for is read from the files, of a run that goes on', async () => {
  const events = sampleEvents(3_000);
  const feed = open({ partBytes: 100_000 });
  for (let at = 0; at < 2_500; at += 50) feed.push(events.slice(at, at + 50));
  await settled(feed, 2_500);
  expect(feed.kept).toEqual({ first: 1, last: 2_500 });
  feed.push(events.slice(2_500));
  await settled(feed, 3_000);
  const numbered = events.map((event, index) => ({ n: index + 1, ...event }));
  expect(feed.kept).toEqual({ first: 1, last: 3_000 });
  for (const after of [0, 1, 998, 2_100, 2_398, 2_600, 2_999]) {
    const found = await feed.eventsAfter(after, 20);
    expect(found).toEqual(numbered.slice(after, after + 20));
  }
  const state = emptyState();
  const wanted = new Set([1, 700, 1_001, 2_300, 2_450, 3_000]);
  for (const { n, ...event } of numbered) {
    apply(state, n, event);
    if (wanted.has(n)) expect(await feed.stateAt(n)).toEqual(state);
  }
});

test('the oldest files make place, and what was in them is said not to be kept', async () => {
  const events = sampleEvents(6_000);
  const feed = open({ partBytes: 200_000, maxBytes: 1_200_000 });
  for (let at = 0; at < events.length; at += 50) {
    feed.push(events.slice(at, at + 50));
    await new Promise(setImmediate);
  }
  await recorder.close();
  const { first } = feed.kept;
  expect(first).toBeGreaterThan(1);
  expect(first).toBeLessThan(6_000 - RING.events);
  await expect(feed.eventsAfter(first - 2, 1)).rejects.toMatchObject({ error: { code: 'instantNotKept' } });
  expect((await feed.eventsAfter(first - 1, 1))[0]?.n).toBe(first);
});
