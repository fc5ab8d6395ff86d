/** The lessons on Basic Paxos, in their order; then the mistakes, on purpose; then free play. */
import type { Scenario } from '../history.ts';
import { adopt } from './scenarios/adopt.ts';
import { commonestValue } from './scenarios/commonest-value.ts';
import { countByValue } from './scenarios/count-by-value.ts';
import { fiveAcceptors } from './scenarios/five-acceptors.ts';
import { freeFive } from './scenarios/free-five.ts';
import { freeThree } from './scenarios/free-three.ts';
import { happy } from './scenarios/happy.ts';
import { lateAccept } from './scenarios/late-accept.ts';
import { learnerAsksPeer } from './scenarios/learner-peer.ts';
import { learnerAsksAcceptors } from './scenarios/learner-round.ts';
import { livelock } from './scenarios/livelock.ts';
import { majorityOfLiving } from './scenarios/majority-of-living.ts';
import { promiseEqual } from './scenarios/promise-equal.ts';
import { promiseNotRaised } from './scenarios/promise-not-raised.ts';
import { rejectEqual } from './scenarios/reject-equal.ts';
import { tamperedPromise } from './scenarios/tampered-promise.ts';

export const scenarios: readonly Scenario[] = [
  happy,
  fiveAcceptors,
  adopt,
  lateAccept,
  livelock,
  learnerAsksPeer,
  learnerAsksAcceptors,
  tamperedPromise,
  promiseNotRaised,
  countByValue,
  majorityOfLiving,
  commonestValue,
  promiseEqual,
  rejectEqual,
  freeThree,
  freeFive,
];
