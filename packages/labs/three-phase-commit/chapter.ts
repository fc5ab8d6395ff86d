/** The lessons on three-phase commit. */
import type { Scenario } from '../history.ts';
import { abortLost } from './scenarios/abort-lost.ts';
import { freePlay } from './scenarios/free-play.ts';
import { halfPreCommit } from './scenarios/half-precommit.ts';
import { happy } from './scenarios/happy.ts';
import { missingAck } from './scenarios/missing-ack.ts';
import { oneNo } from './scenarios/one-no.ts';
import { partition } from './scenarios/partition.ts';
import { silence } from './scenarios/silence.ts';
import { silentDoCommit } from './scenarios/silent-docommit.ts';
import { silentWait } from './scenarios/silent-wait.ts';

export const scenarios: readonly Scenario[] = [
  happy,
  oneNo,
  silence,
  silentWait,
  missingAck,
  silentDoCommit,
  partition,
  abortLost,
  halfPreCommit,
  freePlay,
];
