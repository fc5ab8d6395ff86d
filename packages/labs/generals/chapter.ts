/** The generals: messages that get lost, and messengers that lie. */
import type { Scenario } from '../history.ts';
import { four } from './scenarios/four.ts';
import { signed } from './scenarios/signed.ts';
import { three } from './scenarios/three.ts';
import { freeFour, freeThree } from './scenarios/traitor-free.ts';
import { twoFree } from './scenarios/two-free.ts';
import { twoLost } from './scenarios/two-lost.ts';
import { twoLucky } from './scenarios/two-lucky.ts';

export const scenarios: readonly Scenario[] = [twoLost, twoLucky, twoFree, three, freeThree, four, freeFour, signed];
