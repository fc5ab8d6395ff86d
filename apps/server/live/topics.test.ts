import type { Topic } from '@vivarium/shared/contract/socket';
import { expect, test } from 'vitest';
import { sampleEvents } from '../tests/harness/sample-events.ts';
import { eventsOfTopics } from './topics.ts';

const TOPICS: readonly Topic[] = ['cluster', 'znodes', 'sessions'];
const events = sampleEvents(1_000).map((event, at) => ({ n: at + 1, ...event }));

test('every event is of one topic', () => {
  const byTopic = TOPICS.flatMap((topic) => eventsOfTopics(events, new Set([topic])));
  expect(byTopic.sort((a, b) => a.n - b.n)).toEqual(events);
  expect(eventsOfTopics(events, new Set(TOPICS))).toEqual(events);
});

test('changes of znodes are of one topic, clients and watches of another', () => {
  const kinds = (topic: Topic): Set<string> =>
    new Set(eventsOfTopics(events, new Set([topic])).map(({ body }) => body.kind));
  expect(kinds('znodes')).toEqual(new Set(['applied']));
  expect([...kinds('sessions')].sort()).toEqual(
    ['clientConnected', 'sessionCreated', 'watchFired', 'watchSet', 'writeReplied', 'writeRequested'].sort(),
  );
});
