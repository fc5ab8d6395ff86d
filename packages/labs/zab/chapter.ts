/** The lessons on ZAB, in their order. */
import type { Scenario } from '../history.ts';
import { committedSurvives } from './scenarios/committed-survives.ts';
import { fifoQueues } from './scenarios/fifo-queues.ts';
import { fourPhases } from './scenarios/four-phases.ts';
import { freePlayOfFive, freePlayOfThree } from './scenarios/free-play.ts';
import { leaderOnlyReplaced } from './scenarios/leader-only-replaced.ts';
import { leaderOnlyTruncated } from './scenarios/leader-only-truncated.ts';
import { observer } from './scenarios/observer.ts';
import { partitions } from './scenarios/partitions.ts';
import { quorumSizes } from './scenarios/quorum-sizes.ts';
import { seenByTheNewLeader } from './scenarios/seen-by-the-new-leader.ts';
import { startUp } from './scenarios/start-up.ts';
import { unordered } from './scenarios/unordered.ts';
import { zxidArithmetic } from './scenarios/zxid-arithmetic.ts';
import { zxidBeatsId } from './scenarios/zxid-beats-id.ts';

export const scenarios: readonly Scenario[] = [
  startUp,
  zxidBeatsId,
  fourPhases,
  committedSurvives,
  leaderOnlyTruncated,
  leaderOnlyReplaced,
  seenByTheNewLeader,
  fifoQueues,
  observer,
  quorumSizes,
  partitions,
  zxidArithmetic,
  unordered,
  freePlayOfThree,
  freePlayOfFive,
];
