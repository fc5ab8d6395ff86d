/** The lessons on Basic Paxos, in their order; then the mistakes, on purpose; then free play. */
import type { Scenario } from '../history.ts';
import { adopt } from './scenarios/adopt.ts';
import { fiveAcceptors } from './scenarios/five-acceptors.ts';
import { happy } from './scenarios/happy.ts';
import { lateAccept } from './scenarios/late-accept.ts';
import { learnerMissed } from './scenarios/learner-missed.ts';
import { livelock } from './scenarios/livelock.ts';
import { promiseNotRaised } from './scenarios/promise-not-raised.ts';
import { tamperedPromise } from './scenarios/tampered-promise.ts';

export const scenarios: readonly Scenario[] = [
  happy,
  fiveAcceptors,
  adopt,
  lateAccept,
  livelock,
  learnerMissed,
  tamperedPromise,
  promiseNotRaised,
];
