import { defineScenario } from '../../define-scenario.ts';
import type { NodeSpec } from '../../protocol.ts';
import type { Setting } from '../../scenario.ts';
import type { Text } from '../../text.ts';
import {
  fourGenerals,
  isBeyondTraitor,
  type TraitorMoment,
  threeGenerals,
  tieSetting,
  traitorProtocol,
  traitorSetting,
  whatIsKept,
} from '../traitor-protocol.ts';

const isFooled = (moment: TraitorMoment): boolean => {
  const kept = whatIsKept(moment);
  return kept !== null && kept !== 'kept' && !isBeyondTraitor(moment);
};

function freePlay(
  id: string,
  title: Text,
  nodes: readonly NodeSpec[],
  settings: readonly Setting[],
  goal: { readonly id: string; readonly text: Text },
) {
  return defineScenario(traitorProtocol({ signed: false, lies: 'byHand' }), {
    id,
    title,
    purpose: {
      en: 'The traitor tells the truth until you change what he says: give an order, then tamper with his letters, or drop them. Tampering with a loyal general’s letters is labelled: the protocol assumes that nobody can, and it does not count.',
      zh: '在你改动之前，叛徒说的都是真话：先下令，再篡改或丢弃他的信。篡改忠诚将军的信会被标出：协议假定没有人能这么做，那样不算数。',
    },
    kind: 'free',
    settings,
    nodes,
    begin: [],
    rules: [],
    narration: [],
    predictions: [],
    goals: [{ ...goal, reached: isFooled }],
    outcome: () => [
      {
        text: { en: 'Without an order, nobody does anything.', zh: '没有命令，谁也不动。' },
        holds: (last) => whatIsKept(last) === null,
      },
    ],
    breaks: () => [],
  });
}

/** Three generals: the traitor wins. */
export const freeThree = freePlay(
  'generals-free-three',
  { en: 'Free play: fool two of three', zh: '自己动手：三人之中' },
  threeGenerals,
  [traitorSetting(['L2', 'C']), tieSetting],
  {
    id: 'fool',
    text: {
      en: 'Break IC1 or IC2 with nothing but the traitor’s lies (it can be done: which traitor for which rule?)',
      zh: '只靠叛徒的谎言破坏 IC1 或 IC2（办得到：哪种规则该用哪个叛徒？）',
    },
  },
);

/** Four generals: he does not. */
export const freeFour = freePlay(
  'generals-free-four',
  { en: 'Free play: fool three of four', zh: '自己动手：四人之中' },
  fourGenerals,
  [traitorSetting(['C', 'L3'])],
  {
    id: 'fool',
    text: {
      en: 'Break IC1 or IC2 with nothing but the traitor’s lies (it cannot be done: convince yourself)',
      zh: '只靠叛徒的谎言破坏 IC1 或 IC2（办不到：亲手试试）',
    },
  },
);
