import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLUSTER_EVENT_VERSION, type ClusterEvent } from '@vivarium/shared/cluster-event';
import { apply } from '@vivarium/shared/cluster-reducer';
import { emptyState } from '@vivarium/shared/cluster-state';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Feed } from '../sources/feed.ts';
import type { RecordedSource } from '../sources/recorded.ts';
import { provenanceOf } from '../sources/source.ts';
import { sampleEvents } from '../tests/harness/sample-events.ts';
import { DEFAULT_RECORDING, Recorder, type RecordingOptions } from './recorder.ts';
import { Recordings } from './recordings.ts';

let directory: string;
let feed: Feed;
let failures: Error[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-recording-'));
  feed = new Feed();
  failures = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

test('what is recorded is read back, over all parts and from any instant', async () => {
  const events = sampleEvents(4_000);
  feed.push(events.slice(0, 70));
  const recorder = record({ partBytes: 100_000 });
  for (let at = 70; at < events.length; at += 50) feed.push(events.slice(at, at + 50));
  await recorder.close();
  expect(readdirSync(directory).length).toBeGreaterThan(3);

  const source = await theRecording();
  expect(source.info()).toMatchObject({ kind: 'recorded', kept: { first: 71, last: 4_000 } });
  expect(source.info().capabilities).not.toContain(true);
  expect(await source.eventsAfter(70, 10_000)).toEqual(numbered(events).slice(70));
  expect(await source.eventsAfter(2_500, 10)).toEqual(numbered(events).slice(2_500, 2_510));
  expect(await source.eventsAfter(4_000, 10)).toEqual([]);
  for (const n of [70, 71, 999, 1_000, 1_001, 2_345, 3_999, 4_000]) {
    expect(await source.stateAt(n)).toEqual(replayed(events.slice(0, n)));
  }
  expect(await source.stateAt(null)).toEqual(replayed(events));
  await expect(source.stateAt(69)).rejects.toMatchObject({ error: { code: 'instantNotKept' } });
  await expect(source.eventsAfter(4_001, 1)).rejects.toMatchObject({ error: { code: 'instantUnknown' } });
});

test('a long way is remembered in steps', async () => {
  const recorder = record();
  const events = sampleEvents(20_000);
  feed.push(events);
  await recorder.close();
  const source = await theRecording();
  expect(await source.stateAt(19_999)).toEqual(replayed(events.slice(0, 19_999)));
  for (const n of [20_000, 16_001, 16_000, 15_999, 8_001, 5]) {
    expect(await source.stateAt(n)).toEqual(replayed(events.slice(0, n)));
  }
});

test('each part can be played alone', async () => {
  const recorder = record({ partBytes: 50_000 });
  const events = sampleEvents(1_000);
  for (const event of events) feed.push([event]);
  await recorder.close();
  const [first = '', , ...rest] = parts();
  for (const name of [first, ...rest]) rmSync(path.join(directory, name));
  const source = await theRecording();
  const { first: from, last: to } = source.info().kept;
  expect(from).toBeGreaterThan(1);
  expect(to).toBeLessThan(1_000);
  expect(await source.eventsAfter(from - 1, 1_000)).toEqual(numbered(events).slice(from - 1, to));
  expect(await source.stateAt(to)).toEqual(replayed(events.slice(0, to)));
});

test('property: cut at any byte, what came before is read', async () => {
  const recorder = record();
  const events = sampleEvents(300);
  feed.push(events);
  await recorder.close();
  const [name = ''] = parts();
  const file = path.join(directory, name);
  const whole = readFileSync(file);
  const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (length) => {
      writeFileSync(file, whole.subarray(0, length));
      const [source] = await new Recordings(directory).list();
      const lines = ends.filter((end) => end < length).length;
      if (lines === 0) {
        expect(source).toBeUndefined();
        return;
      }
      expect(source?.info().kept).toEqual({ first: 1, last: lines - 1 });
      expect(await source?.eventsAfter(0, 1_000)).toEqual(numbered(events).slice(0, lines - 1));
      expect(await source?.stateAt(null)).toEqual(replayed(events.slice(0, lines - 1)));
    }),
    { numRuns: 60, examples: [[0], [whole.length - 1], [whole.length], [(ends[0] ?? 0) + 1]] },
  );
});

test('a damaged line is a missing event, not the end', async () => {
  const recorder = record();
  const events = sampleEvents(10);
  feed.push(events);
  await recorder.close();
  const [name = ''] = parts();
  const lines = readFileSync(path.join(directory, name), 'utf8').split('\n');
  lines[4] = '{"sid":1,"body":{}}';
  writeFileSync(path.join(directory, name), lines.join('\n'));
  const read = await (await theRecording()).eventsAfter(0, 100);
  expect(read.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(read[3]).toMatchObject({ atMs: events[2]?.atMs, body: { kind: 'dropped', count: 1 } });
  expect(read[4]).toMatchObject(events[4] ?? {});
});

test('what the disk was too slow for is counted, and the state is right again after it', async () => {
  const recorder = record({ maxWaitingBytes: 1 });
  const events = sampleEvents(400);
  feed.push(events.slice(0, 100));
  feed.push(events.slice(100, 200));
  await untilParts(2);
  feed.push(events.slice(200, 400));
  await recorder.close();

  const source = await theRecording();
  const read = await source.eventsAfter(0, 1_000);
  const gaps = read.filter(({ sid }) => sid === 0);
  const lost = gaps.reduce((sum, { body }) => sum + (body.kind === 'dropped' ? body.count : 0), 0);
  expect(lost).toBeGreaterThan(0);
  const { last } = source.info().kept;
  expect(read.at(-1)?.n).toBe(last);
  expect(await source.stateAt(last)).toEqual(replayed(events.slice(0, last)));
});

test('what is left out at the end is counted too', async () => {
  const recorder = record({ maxWaitingBytes: 1 });
  feed.push(sampleEvents(100));
  await recorder.close();
  const read = await (await theRecording()).eventsAfter(0, 1_000);
  expect(read).toMatchObject([{ n: 100, body: { kind: 'dropped', count: 100 } }]);
});

test('a file that was cut while it was looked at is an error', async () => {
  const recorder = record();
  feed.push(sampleEvents(100));
  await recorder.close();
  const source = await theRecording();
  const [name = ''] = parts();
  truncateSync(path.join(directory, name), statSync(path.join(directory, name)).size - 1_000);
  await expect(source.stateAt(100)).rejects.toThrow('any more');
  await expect(source.eventsAfter(0, 100)).rejects.toThrow('any more');
});

test('the oldest parts go when all are too long together', async () => {
  const limits = { partBytes: 40_000, maxBytes: 200_000 };
  const recorder = record(limits);
  const events = sampleEvents(3_000);
  for (let at = 0; at < events.length; at += 20) {
    feed.push(events.slice(at, at + 20));
    await new Promise(setImmediate);
  }
  await recorder.close();
  const bytes = parts().reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
  expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
  const source = await theRecording();
  expect(source.info().kept.last).toBe(3_000);
  expect(source.info().kept.first).toBeGreaterThan(1);
  expect(await source.stateAt(null)).toEqual(replayed(events));
});

test('a recording that still grows is read as far as it goes', async () => {
  const recorder = record();
  const recordings = new Recordings(directory);
  const events = sampleEvents(200);
  feed.push(events.slice(0, 100));
  feed.push(events.slice(100));
  await recorder.close();
  const [source] = await recordings.list();
  const [name = ''] = parts();
  expect(source?.info().kept).toEqual({ first: 1, last: 200 });
  writeFileSync(path.join(directory, name), `${JSON.stringify(events[0])}\n`, { flag: 'a' });
  expect(source?.info().kept.last).toBe(200);
  await recordings.list();
  expect(source?.info().kept.last).toBe(201);
});

test('a recording of another version is refused with a sentence, and other files are nothing', async () => {
  const name = '2026-01-02T03-04-05.678Z.0001.jsonl';
  writeFileSync(path.join(directory, name), `${JSON.stringify({ format: 'vivarium-recording', version: 99 })}\n`);
  writeFileSync(path.join(directory, 'notes.txt'), 'nothing');
  writeFileSync(path.join(directory, '2026-01-02T03-04-05.679Z.0001.jsonl'), 'no header\n');
  const recordings = new Recordings(directory);
  expect(await recordings.list()).toEqual([]);
  await expect(recordings.find('recording-2026-01-02T03-04-05.678Z')).rejects.toMatchObject({
    message: expect.stringContaining(`version 99, and this release reads version ${CLUSTER_EVENT_VERSION}`),
  });
  expect(await recordings.find('recording-none')).toBeUndefined();
  expect(await new Recordings(path.join(directory, 'none')).list()).toEqual([]);
});

test('where the disk refuses, recording ends and says so', async () => {
  const failed: Error[] = [];
  const recorder = record({ partBytes: 1_000 }, (error) => failed.push(error));
  feed.push(sampleEvents(1));
  rmSync(directory, { recursive: true });
  feed.push(sampleEvents(20));
  await recorder.close();
  expect(failed).toHaveLength(1);
  expect(recorder.isWriting).toBe(false);
});

function record(
  options: Partial<RecordingOptions> = {},
  failed: (error: Error) => void = (error) => failures.push(error),
): Recorder {
  return new Recorder({ ...DEFAULT_RECORDING, directory, ...options }, { feed, info, failed });
}

function info(): ClusterInfo {
  return {
    id: 'local',
    name: 'Local',
    kind: 'hosted',
    capabilities: {
      live: true,
      processes: true,
      faults: true,
      addObserver: true,
      readZnodes: true,
      readPast: true,
      writeZnodes: true,
      search: false,
      transactions: false,
      health: false,
    },
    provenance: provenanceOf('trace'),
    kept: feed.kept,
    recording: true,
    connectString: '127.0.0.1:2181',
    attached: null,
  };
}

async function theRecording(): Promise<RecordedSource> {
  const [source, another] = await new Recordings(directory).list();
  if (source === undefined || another !== undefined) throw new Error('not one recording');
  return source;
}

function parts(): string[] {
  return readdirSync(directory).sort();
}

async function untilParts(count: number): Promise<void> {
  while (parts().length < count) await new Promise(setImmediate);
}

function numbered(events: readonly ClusterEvent[]): object[] {
  return events.map((event, at) => ({ n: at + 1, ...event }));
}

function replayed(events: readonly ClusterEvent[]): object {
  const state = emptyState();
  events.forEach((event, at) => {
    apply(state, at + 1, event);
  });
  return state;
}
