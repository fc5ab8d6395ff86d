/** Free play with three acceptors. */
import { defineScenario } from '../../define-scenario.ts';
import { freeRules, freeSettings, minority, tenRounds, twoValues } from '../free-play.ts';
import { paxos } from '../protocol.ts';
import { stage } from '../script.ts';

export const freeThree = defineScenario(paxos(freeRules), {
  id: 'paxos-free-three',
  title: { en: 'Free play: three acceptors', zh: '自己动手：三个接受者' },
  purpose: {
    en: 'Two proposers, three acceptors, one learner. Select a proposer and let it propose X, Y or Z; deliver, hold, drop or forge what is under way; crash and restart whom you like. Nothing happens before you begin.',
    zh: '两个提议者、三个接受者、一个学习者。选中一个提议者，让它提议 X、Y 或 Z；在途消息可以交付、扣住、丢弃或篡改；谁都可以崩溃、重启。你不动手，什么也不会发生。',
  },
  kind: 'free',
  settings: freeSettings,
  nodes: stage(2, 3, 1),
  begin: [],
  rules: [],
  narration: [],
  predictions: [],
  goals: [minority, tenRounds, twoValues],
  outcome: () => [],
  breaks: () => [],
});
