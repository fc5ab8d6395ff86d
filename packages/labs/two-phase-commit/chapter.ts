/** The lessons on two-phase commit. */
import type { Scenario } from '../history.ts';
import { coordinatorCrash } from './scenarios/coordinator-crash.ts';
import { freePlay } from './scenarios/free-play.ts';
import { happy } from './scenarios/happy.ts';
import { heuristic } from './scenarios/heuristic.ts';
import { lateLog } from './scenarios/late-log.ts';
import { lostAck } from './scenarios/lost-ack.ts';
import { lostPrepare } from './scenarios/lost-prepare.ts';
import { lostVote } from './scenarios/lost-vote.ts';
import { noProtocol } from './scenarios/no-protocol.ts';
import { oneNo } from './scenarios/one-no.ts';
import { toldOne } from './scenarios/told-one.ts';

export const scenarios: readonly Scenario[] = [
  happy,
  oneNo,
  coordinatorCrash,
  toldOne,
  heuristic,
  lostVote,
  lostAck,
  noProtocol,
  lateLog,
  lostPrepare,
  freePlay,
];
