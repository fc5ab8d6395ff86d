import { expect, it } from 'vitest';
import { messageKind, messagePath } from './message-shape.ts';

it('each packet has the kind of its name, whatever the name', () => {
  expect(['PROPOSAL', 'COMMIT', 'INFORM', 'ACK', 'NOTIFICATION', 'PING', 'REQUEST', '17'].map(messageKind)).toEqual([
    'proposal',
    'commit',
    'commit',
    'ack',
    'notification',
    'ping',
    'other',
    'other',
  ]);
});

it('only a proposal is hollow', () => {
  const kinds = ['proposal', 'commit', 'ack', 'notification', 'ping', 'other'] as const;
  expect(kinds.filter((kind) => !messagePath(kind, 10).filled)).toEqual(['proposal']);
});
