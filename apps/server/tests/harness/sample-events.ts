import type { ClusterEvent, ClusterEventBody } from '@vivarium/shared/cluster-event';
import { Random } from '@vivarium/shared/random';
import { syntheticSteps } from '../../sources/synthetic-events.ts';

/** So many events as a busy ensemble makes them, a millisecond apart; the seed decides what goes wrong in it. */
export function sampleEvents(count: number, seed = 1): ClusterEvent[] {
  const random = new Random(seed);
  const steps = syntheticSteps();
  return Array.from({ length: count }, (_, index) => {
    const next = steps.next().value;
    const { sid, body } = random.chance(0.05) ? mishap(random) : next;
    return { sid, sequence: index, atMs: 1_000 + index, wallMs: 1_700_000_000_000 + index, body };
  });
}

function mishap(random: Random): { readonly sid: number; readonly body: ClusterEventBody } {
  const sid = random.between(1, 5);
  const other = (sid % 5) + 1;
  const vote = { leader: other, zxid: '0x100000001', peerEpoch: 1, electionEpoch: 2, state: 'LOOKING' } as const;
  const body: ClusterEventBody = random.pick<ClusterEventBody>([
    { kind: 'stateChanged', state: 'LOOKING', phase: 'ELECTION', epoch: 1, leader: null },
    { kind: 'voteSent', to: other, vote },
    { kind: 'voteReceived', from: other, vote },
    { kind: 'electionWon', leader: other, electionEpoch: 2 },
    { kind: 'stateChanged', state: 'LEADING', phase: 'BROADCAST', epoch: 2, leader: sid },
    { kind: 'dropped', count: random.between(1, 9) },
    { kind: 'linkFaulted', to: other, fault: random.chance(0.5) ? { kind: 'cut' } : null, by: 'a test' },
    {
      kind: 'processChanged',
      process: random.pick(['killed', 'running', 'paused']),
      pid: null,
      by: 'a test',
      exit: { code: null, signal: 'SIGKILL' },
      lastLines: ['the last line, with a ü'],
    },
    { kind: 'warning', code: 'test', detail: '<script>\n' },
  ]);
  return { sid, body };
}
